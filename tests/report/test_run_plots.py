"""Many runs in one report: a line for each scheme, names beside each other, numbers in full."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.report.page import render_report
from hch.report.plots import Line, Panel, render_svg, save_png
from hch.report.run_plots import MOST_SEPARATE, RunGroup, group_runs, make_accuracy_panels, make_agreement_panel
from hch.report.runs import Run

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
def test_a_group_has_the_means_at_the_evaluations_that_all_runs_had(runs: list[dict[int, float]]) -> None:
    group = RunGroup("one", [run("one", seed, dict(sorted(by_step.items()))) for seed, by_step in enumerate(runs)])
    shared = sorted(set.intersection(*map(set, runs)))
    assert group.series("step") == shared
    means = [sum(by_step[step] for by_step in runs) / len(runs) for step in shared]
    assert group.series("accuracy", "model") == pytest.approx(means)


def test_few_runs_are_drawn_one_by_one_and_many_by_scheme() -> None:
    few = MANY[:MOST_SEPARATE]
    assert [group.runs for group in group_runs(few)] == [[single] for single in few]
    groups = group_runs(MANY)
    assert [group.name for group in groups] == SCHEMES
    assert [member for group in groups for member in group.runs] == MANY


def test_a_panel_of_many_runs_has_a_line_for_each_scheme_which_none_is_drawn_like() -> None:
    for panel in (*make_accuracy_panels(MANY), make_agreement_panel(MANY)):
        assert [line.name for line in panel.lines] == SCHEMES
        assert len({(line.colour, line.dashes) for line in panel.lines}) == len(SCHEMES)
        assert panel.title.endswith("(means)")
    (steps, *_) = make_accuracy_panels(MANY)
    assert {line.name: line.y for line in steps.references} == pytest.approx({"HCH": 1.0, "H alone": 0.51})


def test_all_names_stand_within_the_picture(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns where there is no room
        save_png(make_accuracy_panels(MANY), str(tmp_path / "curves.png"))
    drawn = render_svg(make_accuracy_panels(MANY)[0], "p")
    height = float(re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', drawn)[1])  # type: ignore[index]
    for name in SCHEMES:
        at = re.search(
            rf"translate\([\d.]+ ([\d.]+)\)[^>]*>(?:<tspan[^>]*>)?{name}<|y=\"([\d.]+)\"[^>]*>{name}<", drawn
        )
        assert at is not None, name
        assert 0 < float(at[1] or at[2]) < height


def test_a_page_of_many_runs_folds_each_of_them() -> None:
    page = render_report(MANY, ["scheme", "seed"])
    assert page.count("<details><summary><h2>") == len(MANY)
    assert "<details><summary><h2>" not in render_report(MANY[:MOST_SEPARATE], ["scheme", "seed"])


def test_two_lines_of_one_colour_are_told_apart_beside_their_names() -> None:
    lines = [Line("full", [0, 1], [0, 1], "#0061a8"), Line("dashed", [0, 1], [1, 0], "#0061a8", "--")]
    alike, apart = render_svg(Panel("t", "x", lines), "p"), render_svg(Panel("t", "x", lines[:1]), "p")
    assert alike.count("stroke-dasharray") > apart.count("stroke-dasharray") + 1
