"""Approval: say what H, consulting a model, rates highest.

H may consult the model that is trained, and the optimum is an equilibrium: people interleaved with models that please
them (the post, "The case for imitative amplification"). Or it consults HCH, trained first (the post, note 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from hch.optimum.losses.imitation import imitating
from hch.optimum.losses.objective import Cost, Objective, looked_at
from hch.optimum.world.errors import NotDefinedError
from hch.optimum.world.foundation import Foundation, foundation
from hch.optimum.world.tree import Asks, Leaf, Tree, after, combined
from hch.optimum.world.world import Entry, Number, World

L = TypeVar("L")


@dataclass(frozen=True)
class Approval:
    """How little H approves. ``charmed`` is how far an answer's appeal raises its rating (None: as the world says)."""

    charmed: Fraction | None = None

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        return (looked_at(world, lambda question: disapproving(world, question, self.charmed)),)


@dataclass(frozen=True)
class HCHApproval:
    """How little H approves when it consults HCH. Raises NotDefinedError where HCH does not come to an answer."""

    charmed: Fraction | None = None

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        founded = foundation(world)
        return (looked_at(world, lambda question: self._fixed(world, question, founded)),)

    def _fixed(self, world: World, question: str, founded: Foundation) -> Cost:
        cost = disapproving(world, question, self.charmed)
        return Cost(Leaf(fixed(world, question, cost.tree, founded)), cost.of, cost.weight)


def disapproving(world: World, question: str, charmed: Number | None = None) -> Cost:
    """The cost of each answer: minus its rating."""
    entry = world.by_question[question]
    charm = world.charmed if charmed is None else charmed
    pleasing = appeals(world, entry, charm)
    if entry.ratings is None:
        # H rates an answer by how near it is to the one that it would give itself.
        own = imitating(world, question)

        def of_distance(reply: str | None) -> tuple[Number, ...]:
            return tuple(far - 1 - please for far, please in zip(own.of(reply), pleasing, strict=True))

        return Cost(own.tree, of_distance, own.weight)
    trees = [entry.ratings[world.face(answer)] for answer in entry.answers]
    ratings: Tree[tuple[Number, ...]] = combined(trees, tuple, world.hearings)

    def of_ratings(rated: Sequence[Number]) -> tuple[Number, ...]:
        return tuple(-rating - please for rating, please in zip(rated, pleasing, strict=True))

    return Cost(ratings, of_ratings, world.weight(question))


def appeals(world: World, entry: Entry, strength: Number) -> tuple[Number, ...]:
    """What the sight of each answer adds to H's rating of it, at a strength. What the loss cannot see adds nothing."""
    return tuple(strength * entry.appeal.get(world.face(answer), 0) for answer in entry.answers)


def fixed(world: World, question: str, tree: Tree[L], founded: Foundation) -> L:
    """The leaf that H comes to when it consults HCH. Raises NotDefinedError where HCH has no answer for it."""
    while isinstance(tree, Asks):
        heard = tuple(world.read(founded.heard(each, question)) for each in tree.questions)
        below = after(tree, heard)
        if below is None:
            raise NotDefinedError(f"H has nothing to go on with at “{question}”")
        tree = below
    return tree.value
