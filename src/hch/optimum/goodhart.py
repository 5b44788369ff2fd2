"""Goodhart's curve: of n random models the one with the best proxy, from n = 1 to a million, and its true quality.

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
from hch.optimum.solver.components import find_cost_unit
from hch.optimum.solver.sampling import sample_model
from hch.optimum.world.errors import OutOfReachError, WorldError, format_integer
from hch.optimum.world.tree import Leaf
from hch.optimum.world.world import AllFunctions, Model, Number, World

NS = (*(digit * 10**power for power in range(6) for digit in (1, 2, 5)), 10**6)
"""The numbers of models that the best is chosen from."""

MOST_SCORES = 100_000
"""Distinct pairs of proxy and gold in a distribution."""
MOST_MODELS = 50_000
"""Models that are scored one by one, where the proxy is no sum over questions."""
DIGITS = 60
"""Decimal digits of probabilities: those of the best models are as small as one in the number of all models."""

Score = tuple[Fraction, int]
"""A model's proxy, and its number of aligned answers."""

Distribution = Mapping[Score, int]
"""The number of models with each score."""


@dataclass(frozen=True)
class Point:
    """The best of ``n`` by proxy: its mean proxy and gold, each scaled from 0 (any model) to 1 (the best possible).

    The gap between the two is the sum of three parts. ``broken`` is the gap that remains at the proxy's optimum, in
    proportion to how far this point has come towards it. ``noise`` is what selection on an imperfectly correlated proxy
    loses, by the linear relation among random models (regressional). ``tail`` is the deviation from that relation at
    the extreme (extremal). A negative part is a gain. The terms are of Manheim and Garrabrant (2018).
    """

    n: int
    proxy: float
    gold: float
    broken: float
    noise: float
    tail: float


@dataclass(frozen=True)
class GoodhartCurve:
    """The curve, and gold at its ends as a share of all questions.

    ``start`` is the mean over random models and ``best`` the maximum. ``optimum`` is the mean over the models with the
    best proxy, ``worst`` the minimum over those: what an adversary among them could choose. ``slope`` is the regression
    slope of gold on proxy over random models, on the scales of the points; None where it is not defined. ``samples`` is
    the number of random models in an estimate, None where the curve is exact.
    """

    points: tuple[Point, ...]
    start: Fraction
    best: Fraction
    optimum: Fraction
    worst: Fraction
    slope: float | None
    samples: int | None = None


NOT_COMPUTED = (
    "Causal: none here, since random models draw each answer by itself, and nothing but answers moves proxy or gold. "
    "Adversarial: a model that knows the proxy and aims at something else is not among random ones; what it could get "
    "away with is the worst model at the proxy's optimum."
)
"""Why the curve shows only two of the four usual kinds (regressional, extremal, causal, adversarial)."""


def compute_goodhart_curve(
    world: World, loss: Loss, aligned: Mapping[str, frozenset[str]], sample: int | None = None, seed: int = 0
) -> GoodhartCurve:
    """The curve of a loss, with these answers ``aligned``; from ``sample`` random models where it cannot be exact.

    Raises WorldError where the loss has no single proxy or the model class is limited, OutOfReachError where the curve
    is neither a convolution nor one of few models, and no sample is allowed.
    """
    objectives = loss(world)
    if len(objectives) != 1:
        raise WorldError("a loss that is optimal for one of several rewards has no single proxy to choose by")
    if not isinstance(world.models, AllFunctions):
        raise WorldError("the curve is that of random functions, and this world's models are a smaller class")
    objective = objectives[0]
    if all(isinstance(cost.tree, Leaf) for cost in objective.costs.values()):
        return build_curve(convolve_scores(world, objective, aligned), len(world.entries))
    if world.size <= MOST_MODELS:
        models = (
            dict(zip(world.questions, answers, strict=True))
            for answers in product(*(entry.answers for entry in world.entries))
        )
        scores = Counter(score_model(world, objective, aligned, model) for model in models)
        return build_curve(scores, len(world.entries))
    if sample is None:
        raise OutOfReachError(
            f"the proxy depends on what H hears, so all {format_integer(world.size)} models would have to be scored; "
            f"{MOST_MODELS:,} are within reach. A sample gives an estimate"
        )
    generator = random.Random(seed)
    scores = Counter(score_model(world, objective, aligned, sample_model(world, generator)) for _ in range(sample))
    return build_curve(scores, len(world.entries), sample)


def score_model(world: World, objective: Objective, aligned: Mapping[str, frozenset[str]], model: Model) -> Score:
    """A model's proxy, and its number of aligned answers."""
    proxy: Number = 0
    for question, cost in objective.costs.items():
        proxy -= cost.weight * cost.evaluate(world, question, model)[model[question]]
    return Fraction(proxy), sum(answer in aligned[question] for question, answer in model.items())


def convolve_scores(world: World, objective: Objective, aligned: Mapping[str, frozenset[str]]) -> Distribution:
    """The distribution over all models of scores that are sums over questions: a convolution, question by question.

    Time and space grow with the number of distinct sums, not with the number of models. Raises OutOfReachError where
    there are more than MOST_SCORES of them.
    """
    # Integers add faster than fractions, so the proxy is counted in the unit that makes it whole.
    unit = find_cost_unit(world, objective, world.questions)
    distribution: dict[tuple[int, int], int] = {(0, 0): 1}
    for entry in world.entries:
        cost = objective.costs.get(entry.question)
        proxies: Sequence[int] = (0,) * len(entry.answers)
        if cost is not None:
            assert isinstance(cost.tree, Leaf), "the proxy is a sum over questions"
            proxies = tuple(int(-cost.weight * c * unit) for c in cost.answer_costs(cost.tree.value))
        own = Counter((p, int(a in aligned[entry.question])) for a, p in zip(entry.answers, proxies, strict=True))
        convolved: dict[tuple[int, int], int] = {}
        for (proxy, gold), ways in distribution.items():
            for (own_proxy, own_gold), own_ways in own.items():
                key = (proxy + own_proxy, gold + own_gold)
                convolved[key] = convolved.get(key, 0) + ways * own_ways
        if len(convolved) > MOST_SCORES:
            raise OutOfReachError(f"proxy and gold have over {MOST_SCORES:,} distinct values to be kept apart")
        distribution = convolved
    return {(Fraction(proxy, unit), gold): ways for (proxy, gold), ways in distribution.items()}


@dataclass
class _Level:
    """All models of one proxy: their number, the sum of their gold, and the least gold among them."""

    ways: int = 0
    gold: int = 0
    worst: int | None = None

    def add(self, gold: int, ways: int) -> None:
        self.ways += ways
        self.gold += ways * gold
        self.worst = gold if self.worst is None else min(self.worst, gold)


def build_curve(distribution: Distribution, questions: int, samples: int | None = None) -> GoodhartCurve:
    """The mean of the best of n for each n, out of the distribution of single models. Ties are broken at random.

    An estimate has only the n up to its number of samples, since beyond it the maximum is that of the sample.
    """
    total = sum(distribution.values())
    levels: dict[Fraction, _Level] = {}
    for (proxy, gold), ways in distribution.items():
        levels.setdefault(proxy, _Level()).add(gold, ways)
    order = sorted(levels)
    mean_proxy = sum((proxy * level.ways for proxy, level in levels.items()), Fraction()) / total
    mean_gold = Fraction(sum(level.gold for level in levels.values()), total)
    most_gold, top = max(gold for _, gold in distribution), levels[order[-1]]
    span, gain = order[-1] - mean_proxy, most_gold - mean_gold
    top_gold = Fraction(top.gold, top.ways)
    broken = 1 - (top_gold - mean_gold) / gain if gain else Fraction(0)
    slope = _regress_gold(distribution, total, mean_proxy, mean_gold)
    scaled_slope = slope * span / gain if gain else Fraction(0)
    points = []
    for n in NS:
        if samples is not None and n > samples:
            break
        best_proxy, best_gold = _average_best(n, order, levels, total)
        x = float((best_proxy - _to_decimal(mean_proxy)) / _to_decimal(span)) if span else 0.0
        y = float((best_gold - _to_decimal(mean_gold)) / _to_decimal(gain)) if gain else 0.0
        noise = float(1 - broken - scaled_slope) * x
        points.append(Point(n, x, y, float(broken) * x, noise, float(scaled_slope) * x - y))
    return GoodhartCurve(
        points=tuple(points),
        start=mean_gold / questions,
        best=Fraction(most_gold, questions),
        optimum=top_gold / questions,
        worst=Fraction(top.worst or 0, questions),
        slope=float(scaled_slope) if span and gain else None,
        samples=samples,
    )


def _regress_gold(distribution: Distribution, total: int, mean_proxy: Fraction, mean_gold: Fraction) -> Fraction:
    """The least-squares slope of gold on proxy over all models; 0 where the proxy is constant."""
    cross = sum((proxy * gold * ways for (proxy, gold), ways in distribution.items()), Fraction()) / total
    square = sum((proxy * proxy * ways for (proxy, _), ways in distribution.items()), Fraction()) / total
    variance = square - mean_proxy**2
    return (cross - mean_proxy * mean_gold) / variance if variance else Fraction(0)


def _average_best(
    n: int, order: Sequence[Fraction], levels: Mapping[Fraction, _Level], total: int
) -> tuple[Decimal, Decimal]:
    """Mean proxy and gold of the best of n: order statistics, P(best ≤ x) = P(one ≤ x)^n.

    Decimals with an unlimited exponent, since the counts have more digits than a float and the powers underflow one.
    """
    with decimal.localcontext(prec=DIGITS, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX):
        mean_proxy, mean_gold, below, previous = Decimal(0), Decimal(0), 0, Decimal(0)
        for proxy in order:
            level = levels[proxy]
            below += level.ways
            # Reduced first: rounding very large counts to 60 digits each would lose the equality below = total.
            divisor = gcd(below, total)
            cumulative = (Decimal(below // divisor) / Decimal(total // divisor)) ** n
            probability = cumulative - previous
            mean_proxy += probability * _to_decimal(proxy)
            mean_gold += probability * (Decimal(level.gold) / Decimal(level.ways))
            previous = cumulative
        return mean_proxy, mean_gold


def _to_decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)
