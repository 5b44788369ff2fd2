from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest

from hch.optimum.losses.max_entropy import find_best_kinds
from hch.optimum.world.errors import NotDefinedError


def offer(**kinds: str) -> dict[str, dict[str, str]]:
    """Questions by name, each with a letter for the kind of each of its answers."""
    return {question: {f"{n}": kind for n, kind in enumerate(letters)} for question, letters in kinds.items()}


def test_what_is_chosen_more_often_than_it_is_there_is_best() -> None:
    offered = offer(a="AAB", b="AAB", c="AAB")
    half = find_best_kinds(offered, {"a": ("A", 1), "b": ("A", 1), "c": ("B", 1)})
    assert half["a"] == {"A", "B"}  # two thirds of the choices, and two thirds of what there was
    assert find_best_kinds(offered, {"a": ("A", 3), "b": ("A", 1), "c": ("B", 1)})["a"] == {"A"}
    assert find_best_kinds(offered, {"a": ("A", 1), "b": ("B", 1), "c": ("B", 1)})["c"] == {"B"}


def test_what_is_always_chosen_is_best_however_rarely_it_is_there() -> None:
    assert find_best_kinds(offer(a="AB", b="ABBB"), {"a": ("A", 1), "b": ("A", 1)})["b"] == {"A"}


def test_two_kinds_in_unlike_proportions_are_ordered_exactly() -> None:
    offered = offer(a="AB", b="AAAB")
    weights = {"a": ("A", Fraction(1)), "b": ("B", Fraction(1))}
    # At equal rewards A is expected 1/2 + 3/4 times and chosen once.
    assert find_best_kinds(offered, weights)["a"] == {"B"}


def test_preferences_lead_through_a_third_kind() -> None:
    best = find_best_kinds(offer(a="AB", b="BC", c="AC"), {"a": ("A", 1), "b": ("B", 1)})
    assert best["c"] == {"A"}


def test_kinds_that_were_never_compared_have_no_order() -> None:
    with pytest.raises(NotDefinedError, match="never compares"):
        find_best_kinds(offer(a="AB", c="AC"), {"a": ("B", 1)})


def test_where_nothing_is_known_everything_is_equal() -> None:
    assert find_best_kinds(offer(a="AB", c="CD"), {"a": ("A", 1)})["c"] == {"C", "D"}


def test_three_kinds_are_ordered_as_the_likelihood_orders_them() -> None:
    generator = random.Random(0)
    for _ in range(25):
        offered = offer(**{f"q{n}": "".join(generator.choice("ABC") for _ in range(4)) for n in range(6)})
        chosen = {q: (generator.choice(list(kinds.values())), generator.randint(1, 3)) for q, kinds in offered.items()}
        try:
            best = find_best_kinds(offered, chosen)
        except NotDefinedError:
            continue
        rewards = climb_likelihood(offered, chosen)
        for question, kinds in offered.items():
            top = max(rewards[kind] for kind in kinds.values())
            assert all(rewards[kind] > top - 0.05 for kind in best[question])


def climb_likelihood(offered: dict[str, dict[str, str]], chosen: dict[str, tuple[str, int]]) -> dict[str, float]:
    """The rewards by plain gradient ascent on the likelihood, with a small penalty so that they stay finite."""
    rewards = dict.fromkeys("ABC", 0.0)
    for _ in range(4000):
        slope = {kind: -1e-4 * reward for kind, reward in rewards.items()}
        for question, (kind, weight) in chosen.items():
            powers = [(other, math.exp(rewards[other])) for other in offered[question].values()]
            whole = sum(power for _, power in powers)
            slope[kind] += weight
            for other, power in powers:
                slope[other] -= weight * power / whole
        rewards = {kind: reward + 0.1 * slope[kind] for kind, reward in rewards.items()}
    return rewards
