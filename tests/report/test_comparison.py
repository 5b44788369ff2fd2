from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hch.report.comparison import compare_schemes, format_estimate, make_proxy_panels, make_strength_panels
from hch.report.runs import Run
from hch.report.statistics import Estimate


def run(rows: list[tuple[int, float, float | None]], **final: Any) -> Run:
    listed = [
        {"step": step, "accuracy": {"model": gold}, "oversight": {"approval": approval, "kl": 1.0}}
        for step, gold, approval in rows
    ]
    return Run(Path("run"), {}, listed, {"status": "done", "steps": 99, **listed[-1], **final}, [])


ONE = run([(10, 0.5, 0.2), (20, 0.4, 0.6)], oversight={"approval": 0.6, "appeal": {"Charmed": 0.7, "Noisy": 0.1}})
OTHER = run([(10, 0.7, 0.4), (20, 0.2, 0.8), (30, 0.1, 0.9)])


def test_a_scheme_has_the_mean_of_its_runs_and_the_flaw_that_is_used_most() -> None:
    estimates = compare_schemes({"approval": [ONE, OTHER]})["approval"]
    assert estimates["gold"].mean == pytest.approx(0.25)
    assert estimates["approval"].mean == pytest.approx(0.75)
    assert estimates["flaw_use"] == Estimate(0.7)
    assert estimates["unflawed_approval"] == Estimate(None)


@pytest.mark.parametrize(
    ("name", "estimate", "text"),
    [
        ("gold", Estimate(0.5, 0.4, 0.6), "50% [40, 60]"),
        ("gold", Estimate(0.5), "50%"),
        ("kl", Estimate(1.0, 0.5, 1.5), "1.00 [0.50, 1.50]"),
        ("steps", Estimate(1500.0, 1000.0, 2000.0), "1,500"),
        ("approval", Estimate(None), "–"),
    ],
)
def test_an_estimate_is_written_with_its_interval(name: str, estimate: Estimate, text: str) -> None:
    assert format_estimate(name, estimate) == text


def test_the_proxy_is_drawn_against_gold_over_the_steps_that_all_runs_have() -> None:
    (panel, *_) = make_proxy_panels({"approval": [ONE, OTHER]})
    (line,) = panel.lines
    assert line.points() == [pytest.approx((0.3, 0.6)), pytest.approx((0.7, 0.3))]


def test_without_oversight_there_is_nothing_to_draw() -> None:
    assert make_proxy_panels({"imitation": [run([(10, 0.5, None)])]})[0].title == "accuracy against divergence"


def test_comparisons_are_drawn_against_the_strength_of_the_flaw() -> None:
    weak, strong = (
        {"gold": Estimate(0.9), "flaw_use": Estimate(0.0)},
        {"gold": Estimate(0.2), "flaw_use": Estimate(1.0)},
    )
    panels = make_strength_panels({1.0: {"approval": strong}, 0.0: {"approval": weak, "imitation": weak}})
    assert [panel.title for panel in panels] == ["accuracy", "answers that use the flaw"]
    approval, imitation = panels[0].lines
    assert approval.points() == [(0.0, 0.9), (1.0, 0.2)]
    assert imitation.points() == [(0.0, 0.9)]
    assert approval.colour != imitation.colour
