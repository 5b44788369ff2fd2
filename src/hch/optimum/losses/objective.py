"""What a loss minimises: at each question a cost for each answer, which may depend on the model that H consults.

A loss is a callable from a world to one or more objectives: a model is optimal if it is optimal for one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hch.optimum.world.tree import Tree, follow
from hch.optimum.world.world import Model, Number, World


@dataclass(frozen=True)
class Cost:
    """The cost of each answer to one question, as a function of what H hears.

    ``tree`` is what H asks before the cost is known. ``answer_costs`` maps the value of one of its leaves to a number
    for each answer, in the world's order of answers, before the question's ``weight`` is applied.
    """

    tree: Tree[Any]
    answer_costs: Callable[[Any], tuple[Number, ...]]
    weight: Number

    def find_leaf(self, world: World, consulted: Model) -> Any:
        """The value of the leaf that H reaches when it consults this model."""
        return follow(self.tree, lambda question: world.human_view(consulted[question]))

    def evaluate(self, world: World, question: str, consulted: Model) -> dict[str, Number]:
        """The cost of each answer to ``question``, without the weight, where H consults this model."""
        costs = self.answer_costs(self.find_leaf(world, consulted))
        return dict(zip(world.by_question[question].answers, costs, strict=True))


@dataclass(frozen=True)
class Objective:
    """The costs of all questions that the loss sees; on all others a model may give any answer.

    The objective is the sum of weight × cost, minimised over the world's model class. With ``joint``, each model is
    scored with H consulting that same model, so it can change its own target. Without, all models are scored with H
    consulting one of them, and that one is optimal if it has the least sum: a fixed point, whose target is not
    differentiated. ``description`` tells several objectives of one loss apart.
    """

    costs: Mapping[str, Cost]
    joint: bool = False
    description: str = ""


class Loss(Protocol):
    """From a world to the objectives that stand for a loss on it. Raises WorldError where it has no meaning there."""

    def __call__(self, world: World, /) -> tuple[Objective, ...]: ...


def build_objective(
    world: World, make_cost: Callable[[str], Cost | None], joint: bool = False, description: str = ""
) -> Objective:
    """The objective with a cost for each question of positive weight, except where ``make_cost`` gives None."""
    costs = {question: make_cost(question) for question in world.questions if world.weight(question) > 0}
    return Objective({question: cost for question, cost in costs.items() if cost is not None}, joint, description)
