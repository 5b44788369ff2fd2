from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from hch.optimum.flaw_strength import Departure, FlawedLoss, find_crossings, find_departure
from hch.optimum.losses.approval import Approval
from hch.optimum.losses.closeness import Closeness
from hch.optimum.losses.imitation import Imitation
from hch.optimum.solver.optimal import find_optimal
from hch.optimum.world.tree import Leaf
from hch.optimum.world.world import AllFunctions, Entry, World
from hch.optimum.world.worldfile import read_world
from tests.optimum.worlds import random_world

WORLDS = Path(__file__).parents[2] / "examples" / "worlds"


def models(world: World, flawed: FlawedLoss, strength: Fraction) -> list[dict[str, str]]:
    optimal = find_optimal(world, flawed(strength)).models()
    return sorted(optimal, key=lambda model: sorted(model.items()))


@pytest.mark.parametrize(("appeal", "strength"), [(1, 1), (2, Fraction(1, 2)), (Fraction(1, 3), 3)])
def test_the_strength_is_the_distance_over_what_the_sight_of_the_other_answer_adds(
    appeal: Fraction, strength: Fraction
) -> None:
    world = World((Entry("q", ("own", "other"), Leaf("own"), appeal={"other": appeal}),))
    assert find_departure(world, Closeness) == Departure(Fraction(strength), ("q",))


def test_the_examples_depart_where_their_pages_say() -> None:
    assert find_departure(read_world(WORLDS / "anchored.toml"), Closeness).strength == Fraction(1, 2)
    assert find_departure(read_world(WORLDS / "charmed.toml"), Approval).strength == 1


def test_without_appeal_no_strength_moves_anything() -> None:
    world = World((Entry("q", ("own", "other"), Leaf("own"), appeal={"own": 3}),))
    assert find_departure(world, Closeness) == Departure(None)


def test_closeness_without_anchoring_is_imitation() -> None:
    generator = random.Random(0)
    for _ in range(300):
        world = random_world(generator)
        plain = list(find_optimal(world, Imitation()).models())
        assert list(find_optimal(world, Closeness(Fraction(0))).models()) == plain


@pytest.mark.parametrize("flawed", [Closeness, Approval])
def test_below_the_strength_nothing_changes_and_at_it_something_does(flawed: FlawedLoss) -> None:
    generator = random.Random(1)
    moved = 0
    for _ in range(250):
        world = replace(random_world(generator, most=3), models=AllFunctions())
        departure = find_departure(world, flawed)
        crossings = sorted(set(find_crossings(world, flawed)))
        start = models(world, flawed, Fraction(0))
        below = [s for s in crossings if departure.strength is None or s < departure.strength]
        between = [
            (a + b) / 2
            for a, b in zip(
                [Fraction(0), *below], [*below, 9 if departure.strength is None else departure.strength], strict=True
            )
        ]
        for strength in [*below, *between]:
            assert models(world, flawed, strength) == start
        if departure.strength is not None:
            moved += 1
            after = next((s for s in crossings if s > departure.strength), departure.strength + 1)
            beyond = (departure.strength + after) / 2
            assert start != models(world, flawed, departure.strength) or start != models(world, flawed, beyond)
    assert moved > 20
