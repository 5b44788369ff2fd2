"""Many runs in one report: a line for each scheme, names beside each other, numbers in full."""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table

from hch.cli.compare import print_whole
from hch.report.curves import Line, Panel, save_png, svg
from hch.report.page import html
from hch.report.panels import accuracy_panels, agreement_panel
from hch.report.reading import Run
from hch.report.strands import MOST, Strand, strands

SCHEMES = [f"scheme {letter}" for letter in "abcdefghij"]


def run(scheme: str, seed: int, shares: dict[int, float]) -> Run:
    rows: list[dict[str, Any]] = [
        {
            "step": step,
            "seconds": step / 10,
            "human_actions": 7 * step,
            "accuracy": {"model": share, "amplified": share, "hch": 1.0, "alone": 0.5 + seed / 100},
            "agreement_with_hch": share,
            "by_difficulty": {"1": {"model": share}},
        }
        for step, share in shares.items()
    ]
    results = {"scheme": scheme, "status": "done", "steps": max(shares), **rows[-1]}
    return Run(Path(f"{scheme}-{seed}"), {"experiment": "many", "seed": seed}, rows, results, [])


MANY = [
    run(scheme, seed, {10: 0.1 * i, 20: 0.05 * i + 0.1 * seed}) for i, scheme in enumerate(SCHEMES) for seed in range(3)
]
shares = st.dictionaries(st.sampled_from([10, 20, 30, 40]), st.floats(0, 1), min_size=1)


@given(st.lists(shares, min_size=1, max_size=5))
def test_a_strand_is_the_mean_at_the_examinations_that_all_had(found: list[dict[int, float]]) -> None:
    strand = Strand("one", [run("one", seed, dict(sorted(each.items()))) for seed, each in enumerate(found)])
    shared = sorted(set.intersection(*map(set, found)))
    assert strand.over("step") == shared
    means = [sum(each[step] for each in found) / len(found) for step in shared]
    assert strand.over("accuracy", "model") == pytest.approx(means)


def test_few_runs_are_drawn_one_by_one_and_many_by_scheme() -> None:
    few = MANY[:MOST]
    assert [strand.runs for strand in strands(few)] == [[each] for each in few]
    drawn = strands(MANY)
    assert [strand.name for strand in drawn] == SCHEMES
    assert [each for strand in drawn for each in strand.runs] == MANY


def test_a_panel_of_many_runs_has_a_line_for_each_scheme_which_none_is_drawn_like() -> None:
    for panel in (*accuracy_panels(MANY), agreement_panel(MANY)):
        assert [line.name for line in panel.lines] == SCHEMES
        assert len({(line.colour, line.dashes) for line in panel.lines}) == len(SCHEMES)
        assert panel.title.endswith("(means)")
    (steps, *_) = accuracy_panels(MANY)
    assert {level.name: level.y for level in steps.levels} == pytest.approx({"HCH": 1.0, "H alone": 0.51})


def test_all_names_stand_within_the_picture(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns where there is no room
        save_png(accuracy_panels(MANY), str(tmp_path / "curves.png"))
    drawn = svg(accuracy_panels(MANY)[0], "p")
    height = float(re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', drawn)[1])  # type: ignore[index]
    for name in SCHEMES:
        at = re.search(
            rf"translate\([\d.]+ ([\d.]+)\)[^>]*>(?:<tspan[^>]*>)?{name}<|y=\"([\d.]+)\"[^>]*>{name}<", drawn
        )
        assert at is not None, name
        assert 0 < float(at[1] or at[2]) < height


def test_a_page_of_many_runs_folds_each_of_them() -> None:
    page = html(MANY, ["scheme", "seed"])
    assert page.count("<details><summary><h2>") == len(MANY)
    assert "<details><summary><h2>" not in html(MANY[:MOST], ["scheme", "seed"])


def test_two_lines_of_one_colour_are_told_apart_beside_their_names() -> None:
    lines = [Line("full", [0, 1], [0, 1], "#0061a8"), Line("dashed", [0, 1], [1, 0], "#0061a8", "--")]
    alike, apart = svg(Panel("t", "x", lines), "p"), svg(Panel("t", "x", lines[:1]), "p")
    assert alike.count("stroke-dasharray") > apart.count("stroke-dasharray") + 1


def test_a_table_is_printed_whole_where_the_console_is_narrow(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table()
    for _ in range(10):
        table.add_column("a heading", no_wrap=True)
    table.add_row(*["98% [96, 100]"] * 10)
    print_whole(table, Console(file=io.StringIO(), width=40))
    printed = capsys.readouterr().out
    assert printed.count("98% [96, 100]") == 10
    assert "…" not in printed
