"""What a loss asks of a model: at each question a cost for each answer, which may depend on the model that H consults.

A loss is a callable from a world to one or more objectives: a model is optimal if it is optimal for one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hch.optimum.world.tree import Tree
from hch.optimum.world.world import Number, World


@dataclass(frozen=True)
class Cost:
    """What the answers to one question cost: ``of`` a leaf of ``tree`` it is a number for each answer, in their order.

    The tree is what H hears of the model before the cost is known. The weight is not in the numbers.
    """

    tree: Tree[Any]
    of: Callable[[Any], tuple[Number, ...]]
    weight: Number


@dataclass(frozen=True)
class Objective:
    """The costs of all questions that the loss looks at; on all others a model may say anything.

    A model is optimal if none of its class has a smaller sum of weight × cost. With ``joint``, each of them is scored
    with H consulting that very model, which so may change its own target. Without, all are scored with H consulting the
    one that is judged: the target is not differentiated, and what is optimal is optimal against itself.
    """

    costs: Mapping[str, Cost]
    joint: bool = False
    about: str = ""


class Loss(Protocol):
    """From a world to the objectives that stand for a loss on it. Raises WorldError where it has no meaning there."""

    def __call__(self, world: World, /) -> tuple[Objective, ...]: ...


def looked_at(world: World, cost: Callable[[str], Cost | None], joint: bool = False, about: str = "") -> Objective:
    """The objective with a cost for each question that has a weight; none where ``cost`` gives None."""
    costs = {question: cost(question) for question in world.questions if world.weight(question) > 0}
    return Objective({question: each for question, each in costs.items() if each is not None}, joint, about)
