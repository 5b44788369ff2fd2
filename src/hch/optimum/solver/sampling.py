"""What a sample says where an exact answer is out of reach: a share, with an interval that holds whatever is true."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from hch.optimum.losses.objective import Objective
from hch.optimum.solver.narrowing import Answers
from hch.optimum.world.errors import OutOfReachError
from hch.optimum.world.tree import followed
from hch.optimum.world.world import Everything, Listed, World

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """Of ``drawn`` models, ``hits`` had a property; its share is from ``low`` to ``high``, 95 times out of 100."""

    hits: int
    drawn: int
    low: float
    high: float


def estimate(hits: int, drawn: int) -> Estimate:
    """The share with its interval, from Chernoff's bound: never narrower than what it promises."""
    bound = math.log(2 / (1 - CONFIDENCE)) / drawn
    share = hits / drawn
    low, high = 0.0, 1.0
    if hits:
        low = _outermost(share, 0.0, bound)
    if hits < drawn:
        high = _outermost(share, 1.0, bound)
    return Estimate(hits, drawn, low, high)


def _outermost(share: float, end: float, bound: float) -> float:
    """The share farthest towards ``end`` that could still have given this one."""
    near, far = share, end
    for _ in range(60):
        middle = (near + far) / 2
        near, far = (middle, far) if divergence(share, middle) <= bound else (near, middle)
    return far


def divergence(share: float, other: float) -> float:
    """The Kullback-Leibler divergence between two coins, in nats."""
    total = 0.0
    for one, two in ((share, other), (1 - share, 1 - other)):
        if one > 0:
            total += one * math.log(one / two) if two > 0 else math.inf
    return total


def random_model(world: World, generator: random.Random, domains: dict[str, Answers] | None = None) -> dict[str, str]:
    """A model of all functions, each as likely as any other."""
    if isinstance(world.models, Listed):
        return dict(generator.choice(world.models.models))
    if not isinstance(world.models, Everything):
        raise OutOfReachError("models with a limited number of answers are not sampled: the class is no product")
    offered = domains or {entry.question: entry.answers for entry in world.entries}
    return {question: generator.choice(answers) for question, answers in offered.items()}


def agrees(world: World, objective: Objective, model: dict[str, str]) -> bool:
    """Whether each of a model's answers costs least to H consulting that very model."""
    for question, cost in objective.costs.items():
        leaf = followed(cost.tree, lambda each: world.read(model[each]))
        numbers = dict(zip(world.by_question[question].answers, cost.of(leaf), strict=True))
        if numbers[model[question]] > min(numbers.values()):
            return False
    return True
