"""Approval: say what H, consulting a model, rates highest.

H may consult the model in training, and the optimum is an equilibrium: people interleaved with models that please them
(the post, "The case for imitative amplification"). Or it consults HCH, trained beforehand (the post, note 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from hch.optimum.losses.imitation import make_imitation_cost
from hch.optimum.losses.objective import Cost, Objective, build_objective
from hch.optimum.world.errors import NotDefinedError
from hch.optimum.world.fixed_point import HCHSolution, solve_hch
from hch.optimum.world.tree import Branch, Leaf, Tree, combine_trees, get_child
from hch.optimum.world.world import Entry, Number, World

L = TypeVar("L")


@dataclass(frozen=True)
class Approval:
    """Minus H's rating. ``charmed`` is how far an answer's appeal raises its rating (None: the world's strength)."""

    charmed: Fraction | None = None

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        return (build_objective(world, lambda question: make_approval_cost(world, question, self.charmed)),)


@dataclass(frozen=True)
class HCHApproval:
    """Minus H's rating when it consults HCH. Raises NotDefinedError where HCH has no answer that H needs."""

    charmed: Fraction | None = None

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        hch = solve_hch(world)

        def make_cost(question: str) -> Cost:
            cost = make_approval_cost(world, question, self.charmed)
            return Cost(Leaf(_follow_hch(world, question, cost.tree, hch)), cost.answer_costs, cost.weight)

        return (build_objective(world, make_cost),)


def make_approval_cost(world: World, question: str, charmed: Number | None = None) -> Cost:
    """The cost of each answer: minus its rating, and minus its appeal × ``charmed``."""
    entry = world.by_question[question]
    appeals = compute_appeals(world, entry, world.charmed if charmed is None else charmed)
    if entry.ratings is None:
        # By default H rates an answer 1 minus its distance from H's own reply.
        imitation = make_imitation_cost(world, question)

        def rate_by_distance(reply: str | None) -> tuple[Number, ...]:
            distances = imitation.answer_costs(reply)
            return tuple(distance - 1 - appeal for distance, appeal in zip(distances, appeals, strict=True))

        return Cost(imitation.tree, rate_by_distance, imitation.weight)
    trees = [entry.ratings[world.representative(answer)] for answer in entry.answers]
    tree: Tree[tuple[Number, ...]] = combine_trees(trees, tuple, world.human_views)

    def negate_ratings(ratings: Sequence[Number]) -> tuple[Number, ...]:
        return tuple(-rating - appeal for rating, appeal in zip(ratings, appeals, strict=True))

    return Cost(tree, negate_ratings, world.weight(question))


def compute_appeals(world: World, entry: Entry, strength: Number) -> tuple[Number, ...]:
    """What the sight of each answer adds to H's rating, at a flaw's strength. Hidden channels add nothing."""
    return tuple(strength * entry.appeal.get(world.representative(answer), 0) for answer in entry.answers)


def _follow_hch(world: World, question: str, tree: Tree[L], hch: HCHSolution) -> L:
    """The leaf that H reaches when it consults HCH. Raises NotDefinedError where HCH has no answer for it."""
    while isinstance(tree, Branch):
        heard = tuple(world.human_view(hch.get_answer(subquestion, question)) for subquestion in tree.questions)
        child = get_child(tree, heard)
        if child is None:
            raise NotDefinedError(f"H has nothing to go on with at “{question}”")
        tree = child
    return tree.value
