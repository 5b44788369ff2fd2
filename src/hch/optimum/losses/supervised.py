"""Supervised: say what is right. The upper bound, never to be had in earnest."""

from __future__ import annotations

from dataclasses import dataclass

from hch.optimum.losses.objective import Cost, Objective, looked_at
from hch.optimum.world.tree import Leaf
from hch.optimum.world.world import Number, World


@dataclass(frozen=True)
class Supervised:
    """The distance from the nearest gold answer. Where a question has no gold, nothing is learned."""

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        return (looked_at(world, lambda question: _cost(world, question)),)


def _cost(world: World, question: str) -> Cost | None:
    entry = world.by_question[question]
    gold = entry.gold if entry.gold is not None else entry.aligned
    if not gold:
        return None
    targets = sorted({world.seen(answer) for answer in gold})
    numbers: tuple[Number, ...] = tuple(
        min(world.distance(world.seen(answer), target) for target in targets) for answer in entry.answers
    )
    return Cost(Leaf(numbers), tuple, world.weight(question))
