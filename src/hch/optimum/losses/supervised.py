"""Supervised: say what is right. An upper bound: in practice nobody has the right answers to all questions."""

from __future__ import annotations

from dataclasses import dataclass

from hch.optimum.losses.objective import Cost, Objective, build_objective
from hch.optimum.world.tree import Leaf
from hch.optimum.world.world import Number, World


@dataclass(frozen=True)
class Supervised:
    """The distance from the nearest gold answer. Where a question has no gold, nothing is learned."""

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        return (build_objective(world, lambda question: _make_cost(world, question)),)


def _make_cost(world: World, question: str) -> Cost | None:
    entry = world.by_question[question]
    gold = entry.gold if entry.gold is not None else entry.aligned
    if not gold:
        return None
    targets = sorted({world.loss_view(answer) for answer in gold})
    costs: tuple[Number, ...] = tuple(
        min(world.distance(world.loss_view(answer), target) for target in targets) for answer in entry.answers
    )
    return Cost(Leaf(costs), tuple, world.weight(question))
