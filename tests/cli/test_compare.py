from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from docs import comparisons
from docs.settled import settled
from hch.cli import main
from hch.cli.compare import Wanted, print_whole
from hch.experiments import load
from hch.text.files import read_json, read_rows
from hch.training import comparison
from hch.training.comparison import ENOUGH

OPTIONS = (
    "--steps 4 --evaluation.every 2 --evaluation.questions 20 --evaluation.judged 10 --reader.width 16 "
    "--reader.heads 2 --reader.fact-layers 1 --reader.question-layers 1 --batches.instances 4 --batches.questions 4"
)
SMALL = OPTIONS.split()


def record(path: Path) -> Any:
    return read_json(path / "experiment.json")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compared") / "all"
    words = ["compare", "permutation-charmed", "--seeds", "2", "--warm-up", "3", "--seed", "5", *SMALL]
    assert main([*words, "--out", str(folder)]) == 0
    return folder


def test_every_scheme_is_run_for_every_seed_from_one_start(compared: Path) -> None:
    from hch.training.schemes import SCHEMES

    runs = {path.name for path in compared.iterdir() if path.is_dir()}
    assert runs == {f"{name}-{seed}" for name in (*SCHEMES, "start") for seed in (5, 6)}
    for name in SCHEMES:
        for seed in (5, 6):
            of = record(compared / f"{name}-{seed}")
            assert (of["seed"], of["settings"]["scheme"]["name"]) == (seed, name)
            begun = "imitation" if name.startswith("hch_") else "start"
            assert of["settings"]["start"] == str(compared / f"{begun}-{seed}")
    assert record(compared / "start-5")["settings"]["steps"] == 3
    assert record(compared / "start-5")["settings"]["start"] is None


def test_all_have_as_many_steps_and_the_same_model(compared: Path) -> None:
    settings = [record(path)["settings"] for path in compared.iterdir() if path.is_dir() and "start" not in path.name]
    for part in ("headroom", "reader", "evaluation", "steps", "batches", "task"):
        assert len({json.dumps(row[part]) for row in settings}) == 1, part
    assert {row["steps"] for row in settings} == {4}
    assert settings[0]["evaluation"]["enough"] == ENOUGH


def test_the_comparison_is_kept_as_json_and_as_pictures(compared: Path) -> None:
    kept = read_json(compared / "comparison.json")
    assert (kept["seeds"], kept["warm_up"]) == ([5, 6], 3)
    assert all(row["preferred"]["mean"] is not None for row in kept["schemes"].values())
    assert {"first", "flipped"} <= set(kept["judge"])
    gold = kept["schemes"]["approval"]["gold"]
    finals = [read_json(compared / f"approval-{seed}" / "results.json")["accuracy"]["model"] for seed in (5, 6)]
    assert gold["mean"] == pytest.approx(sum(finals) / 2)
    assert gold["low"] <= gold["mean"] <= gold["high"]
    for name in ("proxy.png", "curves.png", "report.html"):
        assert (compared / name).stat().st_size > 0


def test_comparisons_are_drawn_for_the_documents(
    compared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folders in ([compared], [compared, compared]):
        picture = tmp_path / f"{len(folders)}.png"
        monkeypatch.setattr("sys.argv", ["comparisons", str(picture), *map(str, folders)])
        comparisons.main()
        assert picture.stat().st_size > 0


def test_imitation_too_is_seen_by_overseers(compared: Path) -> None:
    for scheme in ("imitation", "supervised"):
        rows = read_rows(compared / f"{scheme}-5" / "metrics.jsonl")
        assert all(row["oversight"]["unflawed_approval_read"] > 0 for row in rows)


def test_each_run_goes_on_from_where_it_was(compared: Path) -> None:
    words = record(compared / "debate-5")["command"]
    assert words[:2] == ["train", "permutation-charmed"]
    assert main(["resume", str(compared / "debate-5")]) == 0


def test_without_rivals_all_is_as_the_experiment_says(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    words = ["compare", "permutation-tiny", "--schemes", "imitation,supervised", *SMALL, "--out", str(folder)]
    assert main(words) == 0
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {"imitation", "supervised"}
    settings = record(folder / "imitation")["settings"]
    assert settings["evaluation"]["enough"] == load("permutation-tiny").evaluation.enough
    assert settings["start"] is None
    assert not (folder / "comparison.json").exists()


@pytest.mark.parametrize(("option", "value"), [("--seeds", "0"), ("--seeds", "two"), ("--warm-up", "-1")])
def test_a_number_that_cannot_be_is_wrong_usage(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "permutation-tiny", option, value]) == 2
    assert f"argument {option}: expected a whole number from" in capsys.readouterr().err


def statuses(words: list[str]) -> list[str]:
    wanted = Wanted.of(words)
    return [results["status"] for _, results in comparison.carry_out(wanted.comparison(), wanted.train)]


def test_a_run_ends_when_gold_falls_while_approval_rises_if_it_is_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hch.training.loop.is_gamed", lambda rows, in_a_row: len(rows) >= in_a_row)
    words = ["permutation-charmed", "--schemes", "approval", "--seeds", "1", "--warm-up", "0", *SMALL]
    words += ["--steps", "9", "--evaluation.every", "1"]
    assert statuses([*words, "--out", str(tmp_path / "plain")]) == ["done"]
    assert read_json(tmp_path / "plain" / "approval" / "results.json")["steps"] == 9
    stopping = [*words, "--evaluation.stop-when-gamed", "3", "--out", str(tmp_path / "stopping")]
    assert statuses(stopping) == ["done"]
    results = read_json(tmp_path / "stopping" / "approval" / "results.json")
    assert (results["status"], results["steps"]) == ("done", 3)
    assert "gold has been falling while approval rose" in results["reason"]


def test_a_setting_of_the_schemes_is_an_option_where_all_of_them_have_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", "remedies", "--warm-up", "0", "--seeds", "1", "--steps", "1", "--scheme.protocol.turns", "2"]
    words += ["--evaluation.questions", "10", "--evaluation.judged", "5"]
    assert main([*words, "--schemes", "debate,quoting_debate", "--out", str(tmp_path / "out")]) == 0
    for scheme in ("debate", "quoting_debate"):
        assert record(tmp_path / "out" / scheme)["settings"]["scheme"]["protocol"]["turns"] == 2
    panel, rows = settled(tmp_path / "out")
    assert [line.name for line in panel.lines] == ["debate", "quoting_debate"]
    assert [level.y for level in panel.references] == [0.25, 0.0], "the exact game, in four statements"
    assert rows[0].startswith("| `debate`, 4 statements | 25% | ")
    assert main([*words, "--schemes", "debate,imitation", "--out", str(tmp_path / "other")]) == 2
    assert "there is no option “--scheme.protocol.turns”" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_a_table_is_printed_whole_where_the_console_is_narrow(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table()
    for _ in range(10):
        table.add_column("a heading", no_wrap=True)
    table.add_row(*["98% [96, 100]"] * 10)
    print_whole(table, Console(file=io.StringIO(), width=40))
    printed = capsys.readouterr().out
    assert printed.count("98% [96, 100]") == 10
    assert "…" not in printed
