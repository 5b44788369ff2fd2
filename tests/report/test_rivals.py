from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.report.reading import Run
from hch.report.rivals import Estimate, bradley_terry, comparison, estimate, proxy_panels, strength_panels, written

values = st.lists(st.floats(0, 1), min_size=2, max_size=8)


@given(values, st.integers(), st.randoms())
def test_an_interval_is_the_same_in_any_order_and_holds_the_mean(of: list[float], seed: int, shuffler: Any) -> None:
    found = estimate(of, seed)
    assert found.low is not None
    assert found.high is not None
    assert found.mean is not None
    assert min(of) - 1e-9 <= found.low <= found.mean + 1e-9 <= found.high + 2e-9 <= max(of) + 3e-9
    shuffler.shuffle(of)
    assert estimate(of, seed) == found


def test_every_whole_number_is_a_seed() -> None:
    of = [0.1, 0.25, 0.45, 0.8, 0.95]
    assert len({estimate(of, seed) for seed in (-1, 0, 1, 2)}) > 1


def test_an_interval_is_narrower_the_more_runs_agree() -> None:
    wide, narrow = estimate([0.2, 0.8]), estimate([0.45, 0.55] * 4)
    assert (wide.high or 0) - (wide.low or 0) > 4 * ((narrow.high or 0) - (narrow.low or 0))


def test_of_one_run_there_is_no_interval_and_of_none_no_mean() -> None:
    assert estimate([0.5, None]) == Estimate(0.5)
    assert estimate([None, math.nan]) == Estimate(None)


def run(rows: list[tuple[int, float, float | None]], **final: Any) -> Run:
    listed = [
        {"step": step, "accuracy": {"model": gold}, "oversight": {"approval": approval, "kl": 1.0}}
        for step, gold, approval in rows
    ]
    return Run(Path("run"), {}, listed, {"status": "done", "steps": 99, **listed[-1], **final}, [])


ONE = run([(10, 0.5, 0.2), (20, 0.4, 0.6)], oversight={"approval": 0.6, "appeal": {"Charmed": 0.7, "Noisy": 0.1}})
OTHER = run([(10, 0.7, 0.4), (20, 0.2, 0.8), (30, 0.1, 0.9)])


def test_a_scheme_has_the_mean_of_its_runs_and_the_flaw_that_is_used_most() -> None:
    found = comparison({"approval": [ONE, OTHER]})["approval"]
    assert found["gold"].mean == pytest.approx(0.25)
    assert found["approval"].mean == pytest.approx(0.75)
    assert found["flaw_use"] == Estimate(0.7)
    assert found["unflawed_approval"] == Estimate(None)


@pytest.mark.parametrize(
    ("name", "found", "shown"),
    [
        ("gold", Estimate(0.5, 0.4, 0.6), "50% [40, 60]"),
        ("gold", Estimate(0.5), "50%"),
        ("kl", Estimate(1.0, 0.5, 1.5), "1.00 [0.50, 1.50]"),
        ("steps", Estimate(1500.0, 1000.0, 2000.0), "1,500"),
        ("approval", Estimate(None), "–"),
    ],
)
def test_an_estimate_is_written_with_its_interval(name: str, found: Estimate, shown: str) -> None:
    assert written(name, found) == shown


def test_the_proxy_is_drawn_against_gold_over_the_steps_that_all_runs_have() -> None:
    (panel, *_) = proxy_panels({"approval": [ONE, OTHER]})
    (line,) = panel.lines
    assert line.points() == [pytest.approx((0.3, 0.6)), pytest.approx((0.7, 0.3))]


def test_without_oversight_there_is_nothing_to_draw() -> None:
    assert proxy_panels({"imitation": [run([(10, 0.5, None)])]})[0].title == "right answers against divergence"


players = st.dictionaries(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")).filter(lambda pair: pair[0] != pair[1]),
    st.integers(0, 20).map(float),
    min_size=1,
)


@given(players, st.permutations("abcd"))
def test_ratings_do_not_change_when_players_are_renamed(games: dict[tuple[str, str], float], names: list[str]) -> None:
    renamed = dict(zip("abcd", names, strict=True))
    found = bradley_terry(games)
    again = bradley_terry({(renamed[a], renamed[b]): n for (a, b), n in games.items()})
    for player, strength in found.items():
        assert again[renamed[player]] == pytest.approx(strength, abs=1e-9)


@given(players)
def test_at_the_ratings_everybody_wins_as_often_as_is_expected_of_them(games: dict[tuple[str, str], float]) -> None:
    found = bradley_terry(games, prior=2.0)

    def chance(a: float, b: float) -> float:
        return 1 / (1 + math.exp(b - a))

    for player, strength in found.items():
        met = {(a, b): n for (a, b), n in games.items() if player in (a, b)}
        won = 1.0 + sum(n for (a, _), n in met.items() if a == player)
        expected = 2 * chance(strength, 0)
        expected += sum(n * chance(strength, found[b if a == player else a]) for (a, b), n in met.items())
        assert won == pytest.approx(expected, abs=1e-3)


def test_more_games_of_one_result_say_more_and_no_strength_is_infinite() -> None:
    strengths = [bradley_terry({("a", "b"): n})["a"] for n in (0.0, 1.0, 10.0, 1000.0)]
    assert strengths[0] == pytest.approx(0)
    assert all(earlier < later < 20 for earlier, later in itertools.pairwise(strengths))


def test_a_prior_is_needed() -> None:
    with pytest.raises(ValueError, match="prior must be above 0"):
        bradley_terry({("a", "b"): 1.0}, prior=0)


def test_comparisons_are_drawn_against_the_strength_of_the_flaw() -> None:
    weak, strong = (
        {"gold": Estimate(0.9), "flaw_use": Estimate(0.0)},
        {"gold": Estimate(0.2), "flaw_use": Estimate(1.0)},
    )
    panels = strength_panels({1.0: {"approval": strong}, 0.0: {"approval": weak, "imitation": weak}})
    assert [panel.title for panel in panels] == ["right answers", "answers that use the flaw"]
    approval, imitation = panels[0].lines
    assert approval.points() == [(0.0, 0.9), (1.0, 0.2)]
    assert imitation.points() == [(0.0, 0.9)]
    assert approval.colour != imitation.colour
