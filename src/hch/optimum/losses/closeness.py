"""Closeness: H first commits to its own answer, is then shown the model's, and rates how close it is.

The post ("The case for imitative amplification") doubts that this equals imitation, since the sight of an answer may
move the rating. Here it moves it by ``anchored`` × the answer's appeal.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hch.optimum.losses.approval import compute_appeals
from hch.optimum.losses.imitation import make_imitation_cost
from hch.optimum.losses.objective import Cost, Objective, build_objective
from hch.optimum.world.world import Number, World


@dataclass(frozen=True)
class Closeness:
    """H's rating of an answer's distance from its own reply.

    ``anchored`` is how much the answer's appeal shortens that distance (None: the world's strength). Where H passes
    there is no reply to compare with, so only the appeal counts.
    """

    anchored: Fraction | None = None

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        return (build_objective(world, lambda question: self._make_cost(world, question)),)

    def _make_cost(self, world: World, question: str) -> Cost:
        imitation = make_imitation_cost(world, question)
        strength = world.anchored if self.anchored is None else self.anchored
        appeals = compute_appeals(world, world.by_question[question], strength)

        def rate_distances(reply: str | None) -> tuple[Number, ...]:
            distances = imitation.answer_costs(reply)
            return tuple(distance - appeal for distance, appeal in zip(distances, appeals, strict=True))

        return Cost(imitation.tree, rate_distances, imitation.weight)
