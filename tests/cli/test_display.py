from __future__ import annotations

import io
import re
from typing import Any

from rich.console import Console

from hch.cli.display import Display, results_table, rounds_table
from hch.training.loop import Moment

ROW: dict[str, Any] = {"step": 10, "seconds": 1.0, "accuracy": {"model": 0.5, "amplified": 0.75}}


def lines(moments: list[Moment]) -> list[str]:
    file = io.StringIO()
    with Display("tiny", Console(file=file, width=100)) as watch:
        for moment in moments:
            watch(moment)
    return file.getvalue().splitlines()


def test_away_from_a_terminal_there_is_a_line_now_and_then() -> None:
    early = [Moment(step, 1000, "", {}) for step in range(1, 10)]
    moments = [*early, *(Moment(step, 1000, "H′ errs", {**ROW, "step": step // 10 * 10}) for step in range(10, 1001))]
    said = lines(moments)
    assert 2 <= len(said) <= 5
    assert said[0].startswith("step 10 of 1000; ")
    assert "model 50.0%" in said[0]
    assert "H + model 75.0%" in said[0]
    assert "H′ errs" in said[0]
    assert said[-1].startswith("step 1000 of 1000; ")
    assert not any("\x1b" in line for line in said)


def test_on_a_terminal_there_is_a_bar_with_the_latest_scores_and_the_note() -> None:
    file = io.StringIO()
    with Display("tiny", Console(file=file, force_terminal=True, width=100, _environ={"TERM": "xterm"})) as watch:
        watch(Moment(500, 1000, "H′ errs on \x1b]0;5%", ROW))
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.getvalue())
    assert "500/1000" in shown
    assert "model 50.0%" in shown
    assert "H′ errs on <U+001B>]0;5%" in shown


def test_a_note_is_no_markup() -> None:
    assert "[bold]not bold[/bold]" in lines([Moment(10, 10, "[bold]not bold[/bold]", ROW)])[0]


def test_the_table_has_a_row_for_each_difficulty_and_one_for_all_and_copes_with_what_is_unknown() -> None:
    shares = {"alone": 0.0, "model": 0.5, "amplified": None, "hch": 1.0}
    console = Console(file=io.StringIO(), width=100)
    console.print(results_table({"by_difficulty": {"1": shares, "[red]2": shares}, "accuracy": shares}))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    rows = [line.split() for line in shown.splitlines() if "100.0%" in line]
    assert rows == [[name, "0.0%", "50.0%", "–", "100.0%"] for name in ("1", "[red]2", "all")]


def test_the_rounds_of_a_run_stand_side_by_side_and_of_many_the_first_the_last_and_some_between() -> None:
    def row(step: int) -> dict[str, Any]:
        shares = {"model": step / 100, "amplified": None}
        return {"step": step, "by_difficulty": {"[red]2": shares}, "accuracy": shares}

    def show(steps: range) -> list[list[str]]:
        console = Console(file=io.StringIO(), width=150)
        console.print(rounds_table([row(step) for step in steps]))
        return [re.split(r"  +", line.strip()) for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]

    few = show(range(0, 60, 20))
    assert ["difficulty", "untrained", "step 20", "step 40"] in few
    assert ["[red]2", "0.0%, –", "20.0%, –", "40.0%, –"] in few
    assert ["all", "0.0%, –", "20.0%, –", "40.0%, –"] in few
    many = show(range(0, 101, 2))
    assert ["difficulty", "untrained", "step 20", "step 40", "step 60", "step 80", "step 100"] in many


def test_away_from_a_terminal_it_is_said_once_that_people_are_waited_for() -> None:
    note = "waiting for people: 3 workspaces"
    assert lines([Moment(4, 10, note, {}, waiting=True)] * 5) == [f"step 4 of 10; {note}"]
    assert lines([Moment(9, 10, "", {**ROW, "step": 9}), Moment(9, 10, note, ROW, waiting=True)])[1:] == []
