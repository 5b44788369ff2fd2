"""Means with bootstrap intervals, and strengths from paired comparisons."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RESAMPLES = 2000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean over runs with a 95% interval; None where no run has the number, or where one run gives no interval."""

    mean: float | None
    low: float | None = None
    high: float | None = None


def compute_mean(values: Sequence[float | None]) -> float | None:
    """The mean of the finite numbers; None where there is none."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    return math.fsum(known) / len(known) if known else None


def estimate_mean(values: Sequence[float | None], seed: int = 0) -> Estimate:
    """The mean with its percentile bootstrap interval (Efron 1979). It depends on values and seed, not on their order.

    Of a single value there is no interval.
    """
    known = sorted(value for value in values if value is not None and math.isfinite(value))
    if len(known) < 2:
        return Estimate(compute_mean(known))
    generator = random.Random(f"bootstrap {seed}")
    means = sorted(math.fsum(generator.choices(known, k=len(known))) / len(known) for _ in range(RESAMPLES))
    cut = int(RESAMPLES * (1 - CONFIDENCE) / 2)
    return Estimate(compute_mean(known), means[cut], means[-1 - cut])


def fit_bradley_terry(
    games: Mapping[tuple[str, str], float], prior: float = 1.0, iterations: int = 100
) -> dict[str, float]:
    """Each player's strength: the log-odds that it beats a player of strength 0.

    ``games`` has the number of times that the first of each pair beat the second; a tie counts half for each. Every
    player also has ``prior`` games against a player of strength 0, half of them won, so that all strengths are finite
    and a few games say little. Raises ValueError unless ``prior`` is above 0. Source: Bradley and Terry (1952), "Rank
    analysis of incomplete block designs". The log-likelihood is concave, and maximised by Newton's method.
    """
    if prior <= 0:
        raise ValueError(f"prior must be above 0, got {prior}")
    players = list(dict.fromkeys(player for pair in games for player in pair))
    index = {player: number for number, player in enumerate(players)}
    strength = [0.0] * len(players)
    for _ in range(iterations):
        chances = [_logistic(value) for value in strength]
        gradient = [prior * (0.5 - chance) for chance in chances]
        hessian = [[0.0] * len(players) for _ in players]  # negated, so positive definite
        for number, chance in enumerate(chances):
            hessian[number][number] = prior * chance * (1 - chance) + 1e-12
        for (first, second), wins in games.items():
            a, b = index[first], index[second]
            chance = _logistic(strength[a] - strength[b])
            gradient[a] += wins * (1 - chance)
            gradient[b] -= wins * (1 - chance)
            curvature = wins * chance * (1 - chance)
            for row, column, sign in ((a, a, 1), (b, b, 1), (a, b, -1), (b, a, -1)):
                hessian[row][column] += sign * curvature
        # A full Newton step overshoots where the likelihood is nearly flat.
        steps = _solve_linear(hessian, gradient)
        strength = [value + max(-1.0, min(1.0, step)) for value, step in zip(strength, steps, strict=True)]
    return dict(zip(players, strength, strict=True))


def _logistic(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _solve_linear(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """The x with matrix · x = right by Gaussian elimination. A positive definite matrix needs no pivoting."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for number, pivot in enumerate(rows):
        for below in rows[number + 1 :]:
            factor = below[number] / pivot[number]
            for column in range(number, len(pivot)):
                below[column] -= factor * pivot[column]
    solution = [0.0] * len(rows)
    for number in reversed(range(len(rows))):
        known = sum(rows[number][column] * solution[column] for column in range(number + 1, len(rows)))
        solution[number] = (rows[number][-1] - known) / rows[number][number]
    return solution
