"""What a judge tends to is told by what it does, and by nothing about who is right."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.schemes.judge_bias import Game, judge_bias, slope
from hch.text.judgements import FIRST, SECOND, TIE, Judged, Kind, State, Verdict

UNREAD = Verdict(State.UNREAD)
sides = st.sampled_from([FIRST, SECOND, TIE, None])
texts = st.lists(st.sampled_from("ab"), min_size=1, max_size=5).map(" ".join)
pairs = st.lists(st.tuples(texts, texts, sides, sides), max_size=12)


def game(first: str, second: str, side: str | None, *statements: tuple[str, str]) -> Game:
    verdict = UNREAD if side is None else Verdict(State.READ, side)
    return Game(Judged(Kind.CHOOSE, "which?", (first, second), None, statements), verdict)


@given(pairs)
def test_it_does_not_matter_which_order_came_first(result: list[tuple[str, str, str, str]]) -> None:
    games = [game(a, b, side) for a, b, side, _ in result]
    turned = [game(b, a, side) for a, b, _, side in result]
    assert judge_bias(games, turned) == pytest.approx(judge_bias(turned, games))


@given(pairs)
def test_whoever_always_judges_alike_in_both_orders_never_flips(result: list[tuple[str, str, str, str]]) -> None:
    games = [game(a, b, side) for a, b, side, _ in result]
    turned = [game(b, a, item.verdict.swapped.side) for (a, b, _, _), item in zip(result, games, strict=True)]
    seen = judge_bias(games, turned)
    assert seen.get("flipped", 0.0) == 0.0
    if "first" in seen:
        assert seen["first"] == pytest.approx(0.5)


def test_a_judge_of_the_first_place_flips_always() -> None:
    seen = judge_bias([game("a", "b", FIRST)] * 3, [game("b", "a", FIRST)] * 3)
    assert (seen["first"], seen["flipped"]) == (1.0, 1.0)
    assert "longer" not in seen
    assert "length_slope" not in seen


def test_what_a_side_has_stated_counts_as_said_by_it() -> None:
    seen = judge_bias([game("a a", "b", SECOND, (SECOND, "b is proven so"), (FIRST, "no"))])
    assert seen["longer"] == 1.0
    assert seen["length_slope"] > 0


def test_nothing_is_told_by_what_could_not_be_read_or_was_even() -> None:
    assert judge_bias([game("a", "b", None)], [game("b", "a", None)]) == {}
    assert judge_bias([game("a a", "b", TIE)]) == {}


@given(st.lists(st.integers(-9, 9).filter(bool), min_size=1, max_size=30))
def test_the_slope_is_where_the_likelihood_is_highest_and_turns_with_the_games(won: list[int]) -> None:
    result = slope(won)

    def likelihood(at: float) -> float:
        return -math.fsum(math.log1p(math.exp(-at * more)) for more in won) - 0.05 * at * at

    assert all(likelihood(result) >= likelihood(result + aside) for aside in (-1e-3, 1e-3))
    assert slope([-more for more in won]) == pytest.approx(-result, abs=1e-9)


def test_a_known_slope_is_found_again() -> None:
    randomness = random.Random(3)
    lengths = [randomness.choice([-3, -2, -1, 1, 2, 3]) for _ in range(4000)]
    won = [more if randomness.random() < 1 / (1 + math.exp(-0.7 * more)) else -more for more in lengths]
    assert slope(won) == pytest.approx(0.7, abs=0.08)
