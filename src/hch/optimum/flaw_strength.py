"""The strength of a flaw at which the optimum changes: computed exactly, not searched for.

Each answer's cost is linear in the strength, so the best answers change only where two such lines cross. The optimum is
computed at each crossing and just beyond it, from the smallest strength on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from hch.optimum.losses.objective import Loss
from hch.optimum.solver.optimal import OptimalSet, find_optimal
from hch.optimum.world.tree import enumerate_paths
from hch.optimum.world.world import World

FlawedLoss = Callable[[Fraction], Loss]
"""A loss by the strength of its flaw: ``Closeness``, ``Approval``."""

MOST_CROSSINGS = 400
"""Crossings at which the optimum is computed."""
MOST_COMPARED = 20_000
"""Models of two optimal sets that are compared one by one."""


@dataclass(frozen=True)
class Departure:
    """The smallest strength at which the optimum differs from that without the flaw; None where there is none.

    At the strength itself there is a tie; 0 means that any flaw at all changes the optimum. ``questions`` are where the
    possible answers change. ``sure`` is False where there were too many crossings, or too large sets, to decide.
    """

    strength: Fraction | None
    questions: tuple[str, ...] = ()
    sure: bool = True


def find_departure(world: World, flawed: FlawedLoss) -> Departure:
    """Where the optimum of a flawed loss departs from that without the flaw.

    Raises WorldError and OutOfReachError as ``find_optimal`` does.
    """
    unflawed = find_optimal(world, flawed(Fraction(0)))
    # At 0 too: where answers tie without the flaw, the weakest one decides between them.
    crossings = sorted({Fraction(0), *find_crossings(world, flawed)})
    for number, strength in enumerate(crossings[:MOST_CROSSINGS]):
        following = crossings[number + 1] if number + 1 < len(crossings) else strength + 1
        for tried in (strength, (strength + following) / 2):
            optimum = find_optimal(world, flawed(tried))
            same = have_same_models(world, unflawed, optimum)
            if same is None:
                return Departure(None, sure=False)
            if not same:
                changed = (
                    question
                    for question in world.questions
                    if set(unflawed.possible_answers(question)) != set(optimum.possible_answers(question))
                )
                return Departure(strength, tuple(changed))
    return Departure(None, sure=len(crossings) <= MOST_CROSSINGS)


def find_crossings(world: World, flawed: FlawedLoss) -> Iterator[Fraction]:
    """The strengths above 0 at which two answers to a question cost the same, for something that H may hear."""
    (at_zero,), (at_one,) = (flawed(Fraction(strength))(world) for strength in (0, 1))
    for question, cost in at_zero.costs.items():
        known = set()
        for _, leaf in enumerate_paths(cost.tree, world.human_views):
            costs = cost.answer_costs(leaf)
            slopes = tuple(b - a for a, b in zip(costs, at_one.costs[question].answer_costs(leaf), strict=True))
            if (costs, slopes) in known:
                continue
            known.add((costs, slopes))
            for (one, slope), (other, other_slope) in combinations(zip(costs, slopes, strict=True), 2):
                if slope != other_slope and (strength := Fraction(other - one) / (slope - other_slope)) > 0:
                    yield strength


def have_same_models(world: World, one: OptimalSet, other: OptimalSet) -> bool | None:
    """Whether two sets have the same models; None where they are too large to compare."""
    if one.exists != other.exists:
        return False
    if not one.exists:
        return True
    if any(set(one.possible_answers(q)) != set(other.possible_answers(q)) for q in world.questions):
        return False
    if one.is_product and other.is_product:
        return True
    if one.size != other.size:
        return False
    if one.size > MOST_COMPARED:
        return None
    models = [{tuple(model[q] for q in world.questions) for model in optimum.models()} for optimum in (one, other)]
    return models[0] == models[1]
