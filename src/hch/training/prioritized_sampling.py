"""Which questions of those that might be asked: the kinds that H can answer by now, and that the model cannot.

A kind (a task's stratum) is told from a question's text. How reliable H's answers to it are comes from the confidence
of the answers that they were built on; how far the model has come, from how likely it finds them. Every kind keeps a
positive share, so the optimum of imitation stays where it is.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from hch.types import Question


@dataclass(frozen=True)
class PrioritizedSampling:
    """Out of ``choices`` times as many questions, those are asked that weigh most.

    A kind weighs ``least`` plus reliability times what is still to be learned; both are averages over about
    ``horizon`` steps. With ``choices`` 1 nothing is chosen and questions come as the task draws them.
    """

    choices: int = 1
    """Candidates for each question that is asked; 1: no choice, questions come as the task draws them."""
    least: float = 0.1
    """The weight of a kind of question that is learned already, above 0 and up to 1."""
    horizon: float = 10.0
    """Steps over which what is known of a kind is averaged, at least 1."""

    def __post_init__(self) -> None:
        if self.choices < 1 or not 0 < self.least <= 1 or self.horizon < 1:
            raise ValueError(f"focus needs choices ≥ 1, 0 < least ≤ 1 and horizon ≥ 1, got {self}")


@dataclass
class StratumPriorities:
    """What a run knows of each kind of question: its reliability, and how likely the model finds its answers."""

    settings: PrioritizedSampling
    strata: dict[str, tuple[float, float]] = field(default_factory=dict)

    def weight(self, stratum: str) -> float:
        """How much a question of this kind weighs; one that was never seen weighs as much as any can."""
        reliability, known = self.strata.get(stratum, (1.0, 0.0))
        return self.settings.least + (1 - self.settings.least) * reliability * (1 - known)

    def choose(
        self, questions: Sequence[Question], count: int, stratum: Callable[[Question], str], randomness: random.Random
    ) -> list[Question]:
        """``count`` of the questions, each with a chance that goes with its weight."""
        # The key of Efraimidis and Spirakis (2006): the largest u^(1/w) are a weighted sample without replacement.
        keyed = [
            (math.log(1 - randomness.random()) / self.weight(stratum(question)), i)
            for i, question in enumerate(questions)
        ]
        return [questions[i] for _, i in sorted(keyed, reverse=True)[:count]]

    def observe(self, seen: Iterable[tuple[str, float, float]]) -> None:
        """Takes in a step: for each question its kind, its answer's confidence (0 for none) and likelihood."""
        sums: dict[str, list[float]] = {}
        for stratum, confidence, likelihood in seen:
            total = sums.setdefault(stratum, [0.0, 0.0, 0.0])
            total[0] += 1
            total[1] += confidence
            total[2] += likelihood
        share = 1 / self.settings.horizon
        for stratum, (count, confidence, likelihood) in sums.items():
            reliability, known = self.strata.get(stratum, (confidence / count, likelihood / count))
            self.strata[stratum] = (
                reliability + share * (confidence / count - reliability),
                known + share * (likelihood / count - known),
            )
