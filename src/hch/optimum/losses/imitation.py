"""Imitation: say what H says when it consults the model.

As an iterated fixed point, the target is not differentiated, and a model is optimal if it is optimal against itself
(the post, "The case for imitative amplification"). As one joint objective, the model can also change its own target.
"""

from __future__ import annotations

from dataclasses import dataclass

from hch.optimum.losses.objective import Cost, Objective, build_objective
from hch.optimum.world.errors import WorldError
from hch.optimum.world.world import Number, World


@dataclass(frozen=True)
class Imitation:
    """The distance from H's reply. Where H passes there is no target, so every answer costs nothing."""

    joint: bool = False

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        return (build_objective(world, lambda question: make_imitation_cost(world, question), self.joint),)


def make_imitation_cost(world: World, question: str) -> Cost:
    """The cost of each answer: its distance from H's reply, as far as the loss sees both.

    The cost raises WorldError for a reply that is none of the question's answers.
    """
    entry = world.by_question[question]

    def measure_distances(reply: str | None) -> tuple[Number, ...]:
        if reply is None:
            return (0,) * len(entry.answers)
        if reply not in entry.answers:
            raise WorldError(f"H replies “{reply}” to “{question}”, which is none of its answers {list(entry.answers)}")
        target = world.loss_view(reply)
        return tuple(world.distance(world.loss_view(answer), target) for answer in entry.answers)

    return Cost(entry.human, measure_distances, world.weight(question))
