from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from hch.optimum.losses.approval import Approval
from hch.optimum.losses.closeness import Closeness
from hch.optimum.losses.imitation import Imitation
from hch.optimum.solver.optimal import optimal
from hch.optimum.strengths import Departure, Flawed, crossing_strengths, departs, optimum_at
from hch.optimum.world.tree import Leaf
from hch.optimum.world.world import Entry, Everything, World
from hch.optimum.world.worldfile import read_world
from tests.optimum.worlds import random_world

WORLDS = Path(__file__).parents[2] / "examples" / "worlds"


def models(world: World, flawed: Flawed, strength: Fraction) -> list[dict[str, str]]:
    found = list(optimum_at(world, flawed, strength).models())
    return sorted(found, key=lambda model: sorted(model.items()))


@pytest.mark.parametrize(("appeal", "strength"), [(1, 1), (2, Fraction(1, 2)), (Fraction(1, 3), 3)])
def test_the_strength_is_the_distance_over_what_the_sight_of_the_other_answer_adds(
    appeal: Fraction, strength: Fraction
) -> None:
    world = World((Entry("q", ("own", "other"), Leaf("own"), appeal={"other": appeal}),))
    assert departs(world, Closeness) == Departure(Fraction(strength), ("q",))


def test_the_examples_depart_where_their_pages_say() -> None:
    assert departs(read_world(WORLDS / "anchored.toml"), Closeness).strength == Fraction(1, 2)
    assert departs(read_world(WORLDS / "charmed.toml"), Approval).strength == 1


def test_without_appeal_no_strength_moves_anything() -> None:
    world = World((Entry("q", ("own", "other"), Leaf("own"), appeal={"own": 3}),))
    assert departs(world, Closeness) == Departure(None)


def test_closeness_without_anchoring_is_imitation() -> None:
    generator = random.Random(0)
    for _ in range(300):
        world = random_world(generator)
        plain = list(optimal(world, Imitation()).models())
        assert list(optimum_at(world, Closeness, Fraction(0)).models()) == plain


@pytest.mark.parametrize("flawed", [Closeness, Approval])
def test_below_the_strength_nothing_changes_and_at_it_something_does(flawed: Flawed) -> None:
    generator = random.Random(1)
    moved = 0
    for _ in range(250):
        world = replace(random_world(generator, most=3), models=Everything())
        found = departs(world, flawed)
        crossings = sorted(set(crossing_strengths(world, flawed)))
        start = models(world, flawed, Fraction(0))
        below = [s for s in crossings if found.strength is None or s < found.strength]
        between = [
            (a + b) / 2
            for a, b in zip(
                [Fraction(0), *below], [*below, 9 if found.strength is None else found.strength], strict=True
            )
        ]
        for strength in [*below, *between]:
            assert models(world, flawed, strength) == start
        if found.strength is not None:
            moved += 1
            after = next((s for s in crossings if s > found.strength), found.strength + 1)
            beyond = (found.strength + after) / 2
            assert start != models(world, flawed, found.strength) or start != models(world, flawed, beyond)
    assert moved > 20
