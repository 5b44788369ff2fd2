"""At which strength of a flaw the optimum changes: computed, not searched for.

Each answer's cost is a line in the strength, so the best ones change only where two lines cross. The optimum is looked
at there and just beyond, from the smallest strength on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from hch.optimum.losses.objective import Loss, Objective
from hch.optimum.solver.optimal import OptimalSet, solved
from hch.optimum.world.tree import paths
from hch.optimum.world.world import World

Flawed = Callable[[Fraction], Loss]
"""A loss by the strength of its flaw: ``Closeness``, ``Approval``."""

MOST_STRENGTHS = 400
"""Strengths at which lines cross that are looked at."""
MOST_COMPARED = 20_000
"""Models of two optimal sets that are compared one by one."""


@dataclass(frozen=True)
class Departure:
    """The smallest strength at which the optimum is not that of strength 0; None where there is none.

    At the strength itself there is a tie, or it is 0 and any flaw at all matters; ``questions`` are where it does.
    ``sure`` is False where there were more strengths, or larger sets, than are looked at.
    """

    strength: Fraction | None
    questions: tuple[str, ...] = ()
    sure: bool = True


def departs(world: World, flawed: Flawed) -> Departure:
    """Where the optimum of a flawed loss leaves that of the same without the flaw.

    Raises WorldError and OutOfReachError as ``optimal`` does.
    """
    start = optimum_at(world, flawed, Fraction(0))
    # Where answers are equal without the flaw, the weakest one decides between them.
    crossings = sorted({Fraction(0), *crossing_strengths(world, flawed)})
    for number, strength in enumerate(crossings[:MOST_STRENGTHS]):
        following = crossings[number + 1] if number + 1 < len(crossings) else strength + 1
        for each in (strength, (strength + following) / 2):
            found = optimum_at(world, flawed, each)
            same = compared(world, start, found)
            if same is None:
                return Departure(None, sure=False)
            if not same:
                moved = [q for q in world.questions if set(start.possible(q)) != set(found.possible(q))]
                return Departure(strength, tuple(moved))
    return Departure(None, sure=len(crossings) <= MOST_STRENGTHS)


def optimum_at(world: World, flawed: Flawed, strength: Fraction) -> OptimalSet:
    """The optimal models at a strength."""
    return solved(world, flawed(strength)(world))


def crossing_strengths(world: World, flawed: Flawed) -> Iterator[Fraction]:
    """The strengths above 0 at which two answers to a question cost the same, for something that H may hear."""
    zero, one = (_only(flawed(Fraction(each))(world)) for each in (0, 1))
    for question, cost in zero.costs.items():
        seen = set()
        for _, leaf in paths(cost.tree, world.hearings):
            numbers = cost.of(leaf)
            slopes = tuple(b - a for a, b in zip(numbers, one.costs[question].of(leaf), strict=True))
            if (numbers, slopes) in seen:
                continue
            seen.add((numbers, slopes))
            lines = list(zip(numbers, slopes, strict=True))
            for place, (height, slope) in enumerate(lines):
                for other, steepness in lines[:place]:
                    if slope != steepness and (strength := Fraction(other - height) / (slope - steepness)) > 0:
                        yield strength


def compared(world: World, one: OptimalSet, other: OptimalSet) -> bool | None:
    """Whether two sets have the same models; None where they are too large to tell."""
    if one.exists != other.exists:
        return False
    if not one.exists:
        return True
    if any(set(one.possible(question)) != set(other.possible(question)) for question in world.questions):
        return False
    if one.factors and other.factors:
        return True
    if one.size != other.size:
        return False
    if one.size > MOST_COMPARED:
        return None
    keys = world.questions
    models = [{tuple(model[key] for key in keys) for model in each.models()} for each in (one, other)]
    return models[0] == models[1]


def _only(objectives: tuple[Objective, ...]) -> Objective:
    (objective,) = objectives
    return objective
