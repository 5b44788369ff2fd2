"""Closeness: H first commits to its own answer, is then shown the model's, and rates how close it is.

The post ("The case for imitative amplification") doubts that this is imitation again, as the sight of an answer may
move the rating. Here it moves it by ``anchored`` × the answer's appeal.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hch.optimum.losses.approval import appeals
from hch.optimum.losses.imitation import imitating
from hch.optimum.losses.objective import Cost, Objective, looked_at
from hch.optimum.world.world import Number, World


@dataclass(frozen=True)
class Closeness:
    """How far H finds an answer from its own. ``anchored`` is how much its appeal brings it nearer (None: the world's).

    Where H passes it has no answer to compare with, so only the sight counts.
    """

    anchored: Fraction | None = None

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        return (looked_at(world, lambda question: self._cost(world, question)),)

    def _cost(self, world: World, question: str) -> Cost:
        strength = world.anchored if self.anchored is None else self.anchored
        own, entry = imitating(world, question), world.by_question[question]
        pull = appeals(world, entry, strength)

        def of(reply: str | None) -> tuple[Number, ...]:
            return tuple(far - near for far, near in zip(own.of(reply), pull, strict=True))

        return Cost(own.tree, of, own.weight)
