from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from hch.cli import main
from hch.report import read_run, write_report, write_run_report
from hch.report.plots import spread_labels
from hch.text.files import RunError

HOSTILE = "<script>alert(1)</script>&amp;\"'\x1b[31m\u202e$x$"


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    """A run of one's own to spoil."""
    return Path(shutil.copytree(tiny_run, tmp_path / "run"))


def change(path: Path, edit: Callable[[Any], None]) -> None:
    """Edits a JSON file, or every line of one with lines."""
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        for row in rows:
            edit(row)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        value = json.loads(path.read_text())
        edit(value)
        path.write_text(json.dumps(value))


def words_of(page: str) -> str:
    """What a page says, apart from its markup."""
    return " ".join(html.unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)).split())


class Tags(HTMLParser):
    """The tags and attributes of a page; raises where an element is closed that is not open."""

    VOID = frozenset(("meta", "br", "hr", "img", "input", "link", "path", "use"))

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_a_report_needs_nothing_but_itself(run: Path) -> None:
    page = write_run_report(run).read_text()
    tags = Tags(page).tags
    assert not {"script", "link", "iframe", "object", "embed"} & {tag for tag, _ in tags}
    for tag, attributes in tags:
        for name, value in attributes.items():
            if name in ("src", "href", "xlink:href", "data", "action"):
                assert value is not None
                assert value.startswith(("#", "data:image/png")), (tag, name, value)
            assert not name.startswith("on")
    assert not re.findall(r"@import|url\((?!#)", page)


def test_every_id_of_a_page_is_there_once_and_every_reference_is_met(run: Path) -> None:
    page = write_run_report(run).read_text()
    ids = [attributes["id"] for _, attributes in Tags(page).tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", page)) <= {(i, "") for i in ids} | {
        ("", i) for i in ids
    }


def test_a_report_says_what_was_run_and_what_came_of_it(run: Path) -> None:
    said = words_of(write_run_report(run).read_text())
    results = json.loads((run / "results.json").read_text())
    for text in (
        "permutation-tiny",
        "done after 20 steps",
        f"{results['human_actions']:,}",
        f"{results['consultations']:,}",
        "hch train permutation-tiny --steps 20",
        "scheme imitation",
        "seed 3",
        json.loads((run / "experiment.json").read_text())["versions"]["torch"],
        "difficulty H alone model H + model HCH",
        "learner.learning_rate",
    ):
        assert text in said, text


def test_plots_have_words_that_can_be_read_and_colours_that_a_dark_page_can_change(run: Path) -> None:
    page = write_run_report(run).read_text()
    plots = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(plots) >= 5
    for plot in plots:
        assert "<text" in plot
        assert "var(--soft)" in plot
        assert not set(re.findall(r"#[0-9a-f]{6}\b", plot)) - {"#000000", "#ffffff"}
    for name in ("accuracy against steps", "seconds of training", "human actions", "agreement with HCH"):
        assert any(name in plot for plot in plots)


def test_transcripts_are_shown_to_be_read(run: Path) -> None:
    said = words_of(write_run_report(run).read_text())
    assert re.search(r"σ\^\d\(\w\)\? 4 facts (\w -> \w ){4}σ", said)
    assert "lookup" in said
    assert "H replies" in said


def test_hostile_texts_stay_texts_wherever_they_stand(run: Path, tmp_path: Path) -> None:
    def spoil_record(record: Any) -> None:
        record["experiment"] = record["settings"]["summary"] = record["settings"]["scheme"]["name"] = HOSTILE
        record["command"].append(HOSTILE)
        record["versions"][HOSTILE] = HOSTILE

    def spoil_results(results: Any) -> None:
        results["status"], results["reason"], results["scheme"] = "failed", HOSTILE, HOSTILE
        results["by_difficulty"][HOSTILE] = results["by_difficulty"].pop("1")
        results["by_size"] |= {HOSTILE: results["accuracy"]}

    def spoil_row(row: Any) -> None:
        row["note"] = HOSTILE
        row["by_difficulty"][HOSTILE] = row["by_difficulty"].pop("1")

    def spoil_tree(tree: Any) -> None:
        root = tree["transcripts"][0]
        tree["contexts"][root["context"]].append(HOSTILE)
        root["question"] = root["by"] = root["text"] = root["reason"] = HOSTILE
        root["outcome"] = "passed"
        root["rounds"] = [
            [{"question": HOSTILE, "answer": HOSTILE, "outcome": o, "by": HOSTILE, "reason": HOSTILE}]
            for o in ("answered", HOSTILE)
        ]

    change(run / "experiment.json", spoil_record)
    change(run / "results.json", spoil_results)
    change(run / "metrics.jsonl", spoil_row)
    change(run / "transcripts.jsonl", spoil_tree)
    other = shutil.copytree(run, tmp_path / "<script>")
    for page in (write_run_report(run), write_report([read_run(run), read_run(other)], tmp_path / "both.html")):
        text = page.read_text()
        assert "script" not in {tag for tag, _ in Tags(text).tags}
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert text.count("&lt;script&gt;alert(1)") > 20


def test_a_run_that_has_only_begun_is_reported_as_such(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("metrics.jsonl", "results.json", "transcripts.jsonl", "curves.png"):
        (run / name).unlink()
    assert main(["report", str(run)]) == 0
    assert capsys.readouterr().out == f"{run}/report.html\n"
    page = (run / "report.html").read_text()
    Tags(page)
    said = words_of(page)
    assert "unfinished There is no evaluation yet" in said
    assert f"hch resume {run}" in said
    assert "<svg" not in page


def test_a_run_without_results_shows_its_last_evaluation(run: Path) -> None:
    (run / "results.json").unlink()
    said = words_of(write_run_report(run).read_text())
    assert "unfinished The last evaluation was at step 20" in said
    assert "the model" in said


def test_results_from_before_a_run_went_on_are_not_taken_for_its_results(run: Path) -> None:
    change(run / "results.json", lambda results: results.update(steps=10, status="stopped"))
    assert "unfinished" in words_of(write_run_report(run).read_text())


def test_a_failed_run_says_why(run: Path) -> None:
    change(run / "results.json", lambda results: results.update(status="failed", reason="the loss was not finite"))
    assert "failed after 20 steps: the loss was not finite" in words_of(write_run_report(run).read_text())


def test_what_is_no_number_is_a_dash(run: Path) -> None:
    def forget(row: Any) -> None:
        row["accuracy"] = dict.fromkeys(row["accuracy"])
        row["agreement_with_hch"] = None
        row["by_difficulty"] = {level: dict.fromkeys(shares) for level, shares in row["by_difficulty"].items()}

    change(run / "results.json", forget)
    change(run / "metrics.jsonl", forget)
    page = write_run_report(run).read_text()
    Tags(page)
    assert "–" in words_of(page)
    assert not re.search(r"\bnan\b", page)


def test_the_imitated_human_is_shown_where_there_is_one(run: Path) -> None:
    imitated = {"error": 0.25, "trusted": False, "transcripts": 123}
    change(run / "metrics.jsonl", lambda row: row.update(imitated=imitated))
    page = write_run_report(run).read_text()
    assert "It errs on 25.0% of the latest ones, which were held out. It is not trusted" in words_of(page)
    assert "123 transcripts of H" in words_of(page)
    assert "transcripts on which H′ errs" in page


def test_the_curriculum_is_shown_where_sizes_change(run: Path) -> None:
    assert "size of the instances" not in write_run_report(run).read_text()
    change(run / "metrics.jsonl", lambda row: row.update(size=row["step"]))
    assert "size of the instances" in write_run_report(run).read_text()


def test_a_model_that_was_evaluated_before_its_first_step_is_shown_as_it_was(run: Path) -> None:
    shown = ("untrained", "H + model (dashed)")
    said = words_of(write_run_report(run).read_text())
    assert not any(text in said for text in shown)
    change(run / "metrics.jsonl", lambda row: row.update(step=row["step"] - 10))
    said = words_of(write_run_report(run).read_text())
    assert all(text in said for text in shown)


def test_several_runs_stand_side_by_side(
    run: Path, tiny_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def supervise(record: Any) -> None:
        record["scheme"], record["human_actions"] = "supervised", 0

    change(run / "results.json", supervise)
    change(run / "metrics.jsonl", lambda row: row.update(human_actions=0))
    out = tmp_path / "both.html"
    assert main(["report", str(tiny_run), str(run), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    page = out.read_text()
    said = words_of(page)
    Tags(page)
    assert "2 runs of permutation-tiny" in said
    steps, _, actions = (re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL))[:3]
    assert words_of(steps).count("supervised") == 1
    assert words_of(steps).count("imitation") == 1
    # A run that asks no human is a level on the plot against human actions, and no line of its own colour.
    assert "supervised" in words_of(actions)
    assert actions.count("var(--series-1)") == 0


def test_the_columns_of_several_runs_can_be_chosen(run: Path, tiny_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "both.html"
    assert main(["report", str(tiny_run), str(run), "--out", str(out), "--columns", "seed,wall_seconds"]) == 0
    table = re.findall(r"<table.*?</table>", out.read_text(), flags=re.DOTALL)[0]
    assert words_of(table).startswith("run seed in all ")


def test_several_runs_get_one_page_in_the_folder_that_they_share(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = shutil.copytree(run, tmp_path / "other")
    for _ in range(2):
        assert main(["report", str(run), str(other)]) == 0
        assert capsys.readouterr().out == f"{tmp_path}/report.html\n"


def test_nothing_but_a_report_is_overwritten(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "mine.html"
    mine.write_text("<html>mine</html>")
    assert main(["report", str(run), "--out", str(mine)]) == 1
    assert "is no report" in capsys.readouterr().err
    assert mine.read_text() == "<html>mine</html>"


@pytest.mark.parametrize("name", ["experiment.json", "results.json", "metrics.jsonl", "transcripts.jsonl"])
def test_a_file_that_cannot_be_read_is_named(name: str, run: Path) -> None:
    (run / name).write_text("[1, 2\n{}\n")
    with pytest.raises(RunError, match=name):
        read_run(run)


def test_a_last_line_that_was_cut_short_is_left_out(run: Path) -> None:
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"step": 30, "acc')
    assert [row["step"] for row in read_run(run).rows] == [10, 20]


def test_names_of_lines_stand_apart_and_keep_their_order() -> None:
    placed = spread_labels([1.0, 1.0, 0.98, 0.0], distance=0.1)
    assert placed[0] - placed[1] == pytest.approx(0.1)
    assert placed[1] - placed[2] == pytest.approx(0.1)
    assert placed[3] == 0.0
    low = spread_labels([0.0, 0.01, 0.02], distance=0.1)
    assert low == pytest.approx([0.0, 0.1, 0.2])
