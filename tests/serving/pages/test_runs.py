from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from hch.report import Run, read_run
from hch.serving.pages.runs import RunFolders
from hch.serving.pages.settings import Settings
from tests.serving.pages.conftest import Visitor
from tests.serving.pages.desks import visible

Made = Callable[..., Visitor]


@pytest.fixture
def folder(settings: Settings) -> Path:
    assert settings.runs is not None
    return settings.runs


@pytest.fixture
def ruth(signed_in: Made, folder: Path) -> Visitor:
    return signed_in("researcher", "Ruth")


def row(step: int, **more: Any) -> dict[str, Any]:
    right = {"model": step / 100, "amplified": min(1.0, step / 50), "hch": 1.0, "alone": 0.125}
    levels = {str(level): {"model": right["model"] / (level + 1), "amplified": 1.0} for level in range(3)}
    figures = {"seconds": step / 2, "loss": 1 / step, "human_actions": step * 7, "agreement_with_hch": step / 200}
    return {"step": step, "accuracy": right, "by_difficulty": levels, **figures, **more}


def make_run(folder: Path, name: str, rows: Iterable[dict[str, Any]] = (), **results: Any) -> Path:
    path = folder / name
    path.mkdir()
    (path / "experiment.json").write_text(json.dumps({"experiment": "permutation-tiny", "seed": 3, "settings": {}}))
    (path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    if results:
        (path / "results.json").write_text(json.dumps({"experiment": "permutation-tiny", **results}))
    return path


def test_without_a_folder_or_without_runs_it_is_said_how_to_get_some(ruth: Visitor, settings: Settings) -> None:
    assert "There is no run yet." in visible(ruth.get("/runs").text)
    app: Any = ruth.app
    app.state.runs = RunFolders(None)
    assert "--runs FOLDER" in ruth.get("/runs").text


def test_runs_are_listed_newest_first_with_what_they_came_to(ruth: Visitor, folder: Path) -> None:
    older = make_run(folder, "older", [row(10), row(20)], status="done", steps=20, accuracy={"model": 0.93})
    os.utime(older / "experiment.json", (1, 1))
    make_run(folder, "newer", [row(10)])
    page = visible(ruth.get("/runs").text)
    assert page.index("newer") < page.index("older")
    assert "93.0%" in page
    assert "unfinished" in page


def test_a_runs_curves_figures_levels_and_notes_are_shown(ruth: Visitor, folder: Path) -> None:
    make_run(folder, "one", [row(10), row(20, note="the imitated human takes over"), row(40)])
    page = ruth.get("/runs/one").text
    text = visible(page)
    for said in ("permutation-tiny", "unfinished", "the imitated human takes over", "step 20", "40.0%", "280"):
        assert said in text
    assert 'aria-label="Right answers, against steps: model 40.0%, H + model 80.0%, HCH 100.0%' in page
    assert page.count("<polyline") == 6
    assert "against seconds of training" in ruth.get("/runs/one?against=seconds").text
    assert "against steps" in ruth.get("/runs/one?against=<script>").text


def test_a_page_shows_what_a_run_has_meanwhile_come_to(ruth: Visitor, folder: Path) -> None:
    run = make_run(folder, "one")
    assert "Nothing has been measured yet" in ruth.get("/runs/one").text
    with (run / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(row(30)) + "\n")
        file.write('{"step": 40, "accu')  # being written right now
    assert "30.0%" in visible(ruth.get("/runs/one").text)


def test_why_a_run_failed_is_said(ruth: Visitor, folder: Path) -> None:
    make_run(folder, "one", [row(10)], status="failed", steps=10, reason="the loss was not a number")
    page = visible(ruth.get("/runs/one").text)
    assert "failed" in page
    assert "the loss was not a number" in page


def test_two_runs_are_compared_in_one_picture_and_one_table(ruth: Visitor, folder: Path) -> None:
    for name in ("a & b", "c"):
        make_run(folder, name, [row(10), row(40)])
    page = ruth.get("/runs", params={"with": ["a & b", "c"]}).text
    assert "The model’s right answers, against actions of H: a &amp; b 40.0%, c 40.0% at the end." in page
    assert "Figures of both" in page
    for chosen in (["c"], ["c", "c"], ["c", "gone"]):
        alone = ruth.get("/runs", params={"with": chosen}).text
        assert "Choose two runs that are still there" in alone
        assert "<polyline" not in alone
    assert ruth.get("/runs", params={"with": ["a & b", "c", "c", "../c"]}).text.count("checked") == 2


@pytest.mark.parametrize(
    "name", ["..", ".", "../other", "%2e%2e", "..%2fother", "/etc", "one/experiment.json", "one%00"]
)
def test_no_run_but_those_in_the_folder_is_shown(ruth: Visitor, folder: Path, name: str) -> None:
    make_run(folder, "one", [row(10)])
    make_run(folder.parent, "other", [row(10)])
    answer = ruth.get(f"/runs/{name}")
    # What a browser makes shorter before it asks leads to other pages.
    assert answer.status_code == 404 or answer.url.path in ("/", "/runs/", "/runs")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("experiment.json", "{nope"),
        ("experiment.json", "[]"),
        ("metrics.jsonl", "nope\n"),
        ("metrics.jsonl", "[]\n"),
        ("results.json", "3"),
    ],
)
def test_a_run_that_cannot_be_read_is_told_of_and_the_others_are_shown(
    ruth: Visitor, folder: Path, file: str, content: str
) -> None:
    (make_run(folder, "broken", [row(10)]) / file).write_text(content)
    make_run(folder, "fine", [row(10)])
    page = visible(ruth.get("/runs").text)
    assert f"broken: broken/{file}" in page
    assert str(folder) not in page
    assert "fine" in page
    assert ruth.get("/runs/broken").status_code == 404


@pytest.mark.parametrize("value", [None, "much", [], {"model": "x"}, True, 1e300, -1e300, {}, {"1": 3}])
@pytest.mark.parametrize("key", ["accuracy", "loss", "by_difficulty", "seconds", "step", "note", "agreement_with_hch"])
def test_whatever_a_row_has_its_run_is_shown(ruth: Visitor, folder: Path, key: str, value: object) -> None:
    make_run(folder, "one", [row(10), {**row(20), key: value}, {}])
    for path in ("/runs/one", "/runs/one?against=actions", "/runs"):
        assert ruth.get(path).status_code == 200


def test_a_folder_whose_name_is_no_text_is_told_of(ruth: Visitor, folder: Path) -> None:
    try:
        os.mkdir(os.fsencode(folder) + b"/odd\xff")  # noqa: PTH102 - pathlib has no bytes
    except OSError:
        pytest.skip("this file system takes no such name")
    (folder / os.fsdecode(b"odd\xff") / "experiment.json").write_text("{}")
    page = visible(ruth.get("/runs").text)
    assert "its name is no text in UTF-8" in page


def test_a_run_is_read_again_only_where_it_has_changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(folder, "one", [row(10)])
    make_run(folder, "two", [row(10)])
    read: list[str] = []
    folders = RunFolders(folder)

    def read_and_note(path: Path, **options: Any) -> Run:
        read.append(path.name)
        return read_run(path, **options)

    monkeypatch.setattr("hch.serving.pages.runs.read_run", read_and_note)
    folders.all()
    folders.all()
    assert sorted(read) == ["one", "two"]
    (folder / "two" / "metrics.jsonl").write_text(json.dumps(row(10)) + "\n" + json.dumps(row(20)) + "\n")
    runs, _ = folders.all()
    assert sorted(read) == ["one", "two", "two"]
    assert len(runs["two"].rows) == 2
