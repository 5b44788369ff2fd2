"""Imitation: say what H says when it consults the model.

As an iterated fixed point, the target is not differentiated, and a model is optimal if it is optimal against itself
(the post, "The case for imitative amplification"). As one joint objective, the model may also change what it is to say.
"""

from __future__ import annotations

from dataclasses import dataclass

from hch.optimum.losses.objective import Cost, Objective, looked_at
from hch.optimum.world.errors import WorldError
from hch.optimum.world.world import Number, World


@dataclass(frozen=True)
class Imitation:
    """The distance from what H replies. Where H passes nothing is learned, so every answer costs nothing."""

    joint: bool = False

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        return (looked_at(world, lambda question: imitating(world, question), self.joint),)


def imitating(world: World, question: str) -> Cost:
    """The cost of each answer: how far the loss sees it from H's reply.

    Raises WorldError, when it comes to that, for a reply that is none of the answers.
    """
    entry = world.by_question[question]

    def of(reply: str | None) -> tuple[Number, ...]:
        if reply is None:
            return (0,) * len(entry.answers)
        if reply not in entry.answers:
            raise WorldError(f"H replies “{reply}” to “{question}”, which is none of its answers {list(entry.answers)}")
        target = world.seen(reply)
        return tuple(world.distance(world.seen(answer), target) for answer in entry.answers)

    return Cost(entry.human, of, world.weight(question))
