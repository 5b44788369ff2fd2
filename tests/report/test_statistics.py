from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.report.statistics import Estimate, estimate_mean, fit_bradley_terry

values = st.lists(st.floats(0, 1), min_size=2, max_size=8)


@given(values, st.integers(), st.randoms())
def test_an_interval_is_the_same_in_any_order_and_holds_the_mean(of: list[float], seed: int, shuffler: Any) -> None:
    estimate = estimate_mean(of, seed)
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.mean is not None
    assert min(of) - 1e-9 <= estimate.low <= estimate.mean + 1e-9 <= estimate.high + 2e-9 <= max(of) + 3e-9
    shuffler.shuffle(of)
    assert estimate_mean(of, seed) == estimate


def test_every_whole_number_is_a_seed() -> None:
    of = [0.1, 0.25, 0.45, 0.8, 0.95]
    assert len({estimate_mean(of, seed) for seed in (-1, 0, 1, 2)}) > 1


def test_an_interval_is_narrower_the_more_runs_agree() -> None:
    wide, narrow = estimate_mean([0.2, 0.8]), estimate_mean([0.45, 0.55] * 4)
    assert (wide.high or 0) - (wide.low or 0) > 4 * ((narrow.high or 0) - (narrow.low or 0))


def test_of_one_run_there_is_no_interval_and_of_none_no_mean() -> None:
    assert estimate_mean([0.5, None]) == Estimate(0.5)
    assert estimate_mean([None, math.nan]) == Estimate(None)


players = st.dictionaries(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")).filter(lambda pair: pair[0] != pair[1]),
    st.integers(0, 20).map(float),
    min_size=1,
)


@given(players, st.permutations("abcd"))
def test_ratings_do_not_change_when_players_are_renamed(games: dict[tuple[str, str], float], names: list[str]) -> None:
    renamed = dict(zip("abcd", names, strict=True))
    strengths = fit_bradley_terry(games)
    again = fit_bradley_terry({(renamed[a], renamed[b]): n for (a, b), n in games.items()})
    for player, strength in strengths.items():
        assert again[renamed[player]] == pytest.approx(strength, abs=1e-9)


@given(players)
def test_at_the_ratings_everybody_wins_as_often_as_is_expected_of_them(games: dict[tuple[str, str], float]) -> None:
    strengths = fit_bradley_terry(games, prior=2.0)

    def chance(a: float, b: float) -> float:
        return 1 / (1 + math.exp(b - a))

    for player, strength in strengths.items():
        met = {(a, b): n for (a, b), n in games.items() if player in (a, b)}
        won = 1.0 + sum(n for (a, _), n in met.items() if a == player)
        expected = 2 * chance(strength, 0)
        expected += sum(n * chance(strength, strengths[b if a == player else a]) for (a, b), n in met.items())
        assert won == pytest.approx(expected, abs=1e-3)


def test_more_games_of_one_result_say_more_and_no_strength_is_infinite() -> None:
    strengths = [fit_bradley_terry({("a", "b"): n})["a"] for n in (0.0, 1.0, 10.0, 1000.0)]
    assert strengths[0] == pytest.approx(0)
    assert all(earlier < later < 20 for earlier, later in itertools.pairwise(strengths))


def test_a_prior_is_needed() -> None:
    with pytest.raises(ValueError, match="prior must be above 0"):
        fit_bradley_terry({("a", "b"): 1.0}, prior=0)
