"""Estimates from random models, for where an exact answer is out of reach: a share with a confidence interval."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from hch.optimum.losses.objective import Objective
from hch.optimum.world.errors import OutOfReachError
from hch.optimum.world.world import AllFunctions, ListedModels, Model, World

CONFIDENCE = 0.95


@dataclass(frozen=True)
class ShareEstimate:
    """``hits`` of ``samples`` models had a property; its true share is in [``low``, ``high``] with 95% confidence."""

    hits: int
    samples: int
    low: float
    high: float


def estimate_share(hits: int, samples: int) -> ShareEstimate:
    """The share with its interval.

    The interval inverts Chernoff's bound P(share as far off) ≤ 2 exp(-n KL(share, true share)), which holds for every
    n, so that its coverage is never below the nominal one.
    """
    bound = math.log(2 / (1 - CONFIDENCE)) / samples
    share = hits / samples
    low = _find_bound(share, 0.0, bound) if hits else 0.0
    high = _find_bound(share, 1.0, bound) if hits < samples else 1.0
    return ShareEstimate(hits, samples, low, high)


def _find_bound(share: float, end: float, bound: float) -> float:
    """The share farthest from ``share`` towards ``end`` within this divergence, by bisection."""
    inside, outside = share, end
    for _ in range(60):
        middle = (inside + outside) / 2
        if kl_divergence(share, middle) <= bound:
            inside = middle
        else:
            outside = middle
    return outside


def kl_divergence(share: float, other: float) -> float:
    """The Kullback-Leibler divergence between two Bernoulli distributions, in nats."""
    total = 0.0
    for p, q in ((share, other), (1 - share, 1 - other)):
        if p > 0:
            total += p * math.log(p / q) if q > 0 else math.inf
    return total


def sample_model(world: World, generator: random.Random) -> dict[str, str]:
    """A model of the world's class, uniformly at random. Raises OutOfReachError for a limited class."""
    if isinstance(world.models, ListedModels):
        return dict(generator.choice(world.models.models))
    if not isinstance(world.models, AllFunctions):
        raise OutOfReachError("models with a limited number of answers are not sampled: the class is no product")
    return {entry.question: generator.choice(entry.answers) for entry in world.entries}


def is_fixed_point(world: World, objective: Objective, model: Model) -> bool:
    """Whether each of a model's answers costs least where H consults that same model."""
    for question, cost in objective.costs.items():
        costs = cost.evaluate(world, question, model)
        if costs[model[question]] > min(costs.values()):
            return False
    return True
