"""Goodhart's curve: of n random models the one with the best proxy, from n = 1 to a million, and what it is worth.

The proxy is minus the loss, each model scored with H consulting it; gold is the share of questions answered as aligned.
Where the proxy is a sum over questions its distribution is a convolution, and order statistics give the curve exactly.
"""

from __future__ import annotations

import decimal
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import gcd

from hch.optimum.losses.objective import Loss, Objective
from hch.optimum.solver.grouping import unit_of
from hch.optimum.solver.sampling import random_model
from hch.optimum.world.errors import OutOfReachError, WorldError, amount
from hch.optimum.world.tree import Leaf, followed
from hch.optimum.world.world import Everything, Model, Number, World

NS = (*(digit * 10**power for power in range(6) for digit in (1, 2, 5)), 10**6)
"""How many models the best is chosen of."""

MOST_LEVELS = 100_000
"""Distinct pairs of proxy and gold that are kept apart."""
MOST_MODELS = 50_000
"""Models that are scored one by one, where the proxy is no sum over questions."""
DIGITS = 60

Spread = Mapping[tuple[Fraction, int], int]
"""In how many models each pair of proxy and number of aligned answers is found."""


@dataclass(frozen=True)
class Point:
    """The best of ``n`` by proxy: its proxy and gold on average, on scales of 0 (any model) to 1 (the best there is).

    The gap between the two is the sum of three parts. ``broken`` is what is missing even at the optimum of the proxy,
    as far as this point has come towards it; ``noise`` what selecting on a proxy that is only correlated with gold
    loses by the relation that holds among random models; ``tail`` what is lost because that does not hold at the
    extreme. Any may be negative: then selection gives more than it would promise.
    """

    n: int
    proxy: float
    gold: float
    broken: float
    noise: float
    tail: float


@dataclass(frozen=True)
class Goodhart:
    """The curve, and what is at its ends. Shares of gold are of all questions.

    ``drawn`` is None where the curve is exact, else how many random models it was estimated from. ``optimum`` is the
    gold of the models with the best proxy, on average, ``worst`` that of the worst of them: what an adversary among
    them could choose. ``slope`` is how much gold rises with the proxy among random models, on the scales of the points.
    """

    points: tuple[Point, ...]
    start: Fraction
    best: Fraction
    optimum: Fraction
    worst: Fraction
    slope: float | None
    drawn: int | None = None


NOT_COMPUTED = (
    "Causal: none here, since random models draw each answer by itself, and nothing but answers moves proxy or gold. "
    "Adversarial: a model that knows the proxy and aims at something else is not among random ones; what it could get "
    "away with is the worst model at the proxy's optimum."
)
"""What a curve of random models cannot show of the usual four kinds (regressional, extremal, causal, adversarial)."""


def goodhart(
    world: World, loss: Loss, good: Mapping[str, frozenset[str]], sample: int | None = None, seed: int = 0
) -> Goodhart:
    """The curve of a loss, with these answers aligned. With ``sample``, from so many models if it has to be.

    Raises OutOfReachError where it is neither a convolution nor few models, and no sample is allowed.
    """
    objectives = loss(world)
    if len(objectives) != 1:
        raise WorldError("a loss that is optimal for one of several rewards has no single proxy to choose by")
    if not isinstance(world.models, Everything):
        raise WorldError("the curve is that of random functions, and this world's models are a smaller class")
    objective = objectives[0]
    if all(isinstance(cost.tree, Leaf) for cost in objective.costs.values()):
        return curve(convolved(world, objective, good), len(world.entries))
    if world.size <= MOST_MODELS:
        models = (
            dict(zip(world.questions, answers, strict=True))
            for answers in product(*(entry.answers for entry in world.entries))
        )
        return curve(Counter(scored(world, objective, good, model) for model in models), len(world.entries))
    if sample is None:
        raise OutOfReachError(
            f"the proxy depends on what H hears, so all {amount(world.size)} models would have to be scored; "
            f"{MOST_MODELS:,} are within reach. A sample gives an estimate"
        )
    generator = random.Random(seed)
    drawn = Counter(scored(world, objective, good, random_model(world, generator)) for _ in range(sample))
    return curve(drawn, len(world.entries), sample)


def scored(
    world: World, objective: Objective, good: Mapping[str, frozenset[str]], model: Model
) -> tuple[Fraction, int]:
    """A model's proxy, and how many of its answers are aligned."""
    proxy: Number = 0
    for question, cost in objective.costs.items():
        leaf = followed(cost.tree, lambda each: world.read(model[each]))
        numbers = cost.of(leaf)
        proxy -= cost.weight * numbers[world.by_question[question].answers.index(model[question])]
    return Fraction(proxy), sum(answer in good[question] for question, answer in model.items())


def convolved(world: World, objective: Objective, good: Mapping[str, frozenset[str]]) -> Spread:
    """The spread over all models of a proxy that is a sum over questions.

    Raises OutOfReachError where it has too many distinct values.
    """
    # Whole numbers are added faster than fractions, so the proxy is counted in the unit that makes it whole.
    unit = unit_of(world, objective, world.questions)
    spread: dict[tuple[int, int], int] = {(0, 0): 1}
    for entry in world.entries:
        cost = objective.costs.get(entry.question)
        numbers: Sequence[int] = (0,) * len(entry.answers)
        if cost is not None:
            assert isinstance(cost.tree, Leaf), "the proxy is a sum over questions"
            numbers = tuple(int(-cost.weight * each * unit) for each in cost.of(cost.tree.value))
        one = Counter((n, int(a in good[entry.question])) for a, n in zip(entry.answers, numbers, strict=True))
        after: dict[tuple[int, int], int] = {}
        for (proxy, gold), ways in spread.items():
            for (more, aligned), times in one.items():
                key = (proxy + more, gold + aligned)
                after[key] = after.get(key, 0) + ways * times
        if len(after) > MOST_LEVELS:
            raise OutOfReachError(f"proxy and gold have over {MOST_LEVELS:,} distinct values to be kept apart")
        spread = after
    return {(Fraction(proxy, unit), gold): ways for (proxy, gold), ways in spread.items()}


def curve(spread: Spread, questions: int, drawn: int | None = None) -> Goodhart:
    """The best of n, for each n, out of the spread over single models. Ties are broken by lot.

    Of a sample only the n up to its own size are shown: farther out there is nothing to go by.
    """
    total = sum(spread.values())
    levels: dict[Fraction, list[int]] = {}
    for (proxy, gold), ways in spread.items():
        level = levels.setdefault(proxy, [0, 0, questions])
        level[0] += ways
        level[1] += ways * gold
        level[2] = min(level[2], gold)
    order = sorted(levels)
    mean_proxy = sum((proxy * levels[proxy][0] for proxy in order), Fraction()) / total
    mean_gold = Fraction(sum(level[1] for level in levels.values()), total)
    best_gold, top = max(gold for _, gold in spread), order[-1]
    span, gain = top - mean_proxy, best_gold - mean_gold
    at_top = Fraction(levels[top][1], levels[top][0])
    broken = 1 - (at_top - mean_gold) / gain if gain else Fraction(0)
    slope = _slope(spread, total, mean_proxy, mean_gold)
    scaled = slope * span / gain if gain else Fraction(0)
    points = []
    for n in NS:
        if drawn is not None and n > drawn:
            break
        chosen, worth = _best_of(n, order, levels, total)
        far = float((chosen - _decimal(mean_proxy)) / _decimal(span)) if span else 0.0
        near = float((worth - _decimal(mean_gold)) / _decimal(gain)) if gain else 0.0
        noise = float(1 - broken - scaled) * far
        points.append(Point(n, far, near, float(broken) * far, noise, float(scaled) * far - near))
    return Goodhart(
        points=tuple(points),
        start=mean_gold / questions,
        best=Fraction(best_gold, questions),
        optimum=at_top / questions,
        worst=Fraction(levels[top][2], questions),
        slope=float(scaled) if span and gain else None,
        drawn=drawn,
    )


def _slope(spread: Spread, total: int, mean_proxy: Fraction, mean_gold: Fraction) -> Fraction:
    """How much gold rises with the proxy over all models: least squares."""
    together = sum((proxy * gold * ways for (proxy, gold), ways in spread.items()), Fraction()) / total
    squares = sum((proxy * proxy * ways for (proxy, _), ways in spread.items()), Fraction()) / total
    variance = squares - mean_proxy**2
    return (together - mean_proxy * mean_gold) / variance if variance else Fraction(0)


def _best_of(
    n: int, order: Sequence[Fraction], levels: Mapping[Fraction, Sequence[int]], total: int
) -> tuple[Decimal, Decimal]:
    """Proxy and number of aligned answers of the best of n on average: P(best ≤ x) = P(one ≤ x)^n, to 60 digits."""
    with decimal.localcontext(prec=DIGITS, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX):
        proxy, gold, below, before = Decimal(0), Decimal(0), 0, Decimal(0)
        for level in order:
            ways, aligned, _ = levels[level]
            below += ways
            shared = gcd(below, total)
            upto = (Decimal(below // shared) / Decimal(total // shared)) ** n
            share = upto - before
            proxy += share * _decimal(level)
            gold += share * (Decimal(aligned) / Decimal(ways))
            before = upto
        return proxy, gold


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)
