"""What is drawn as one line: a run, or the mean of a scheme's runs where there are too many to be told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hch.report.curves import SERIES
from hch.report.reading import Run, labels
from hch.text.display import plain

MOST = len(SERIES)
"""Runs that are drawn one by one: each in a colour of its own, in which H consulting the model is dashed."""


@dataclass(frozen=True)
class Strand:
    """Runs that share a line, and its name."""

    name: str
    runs: Sequence[Run]

    def over(self, *keys: str) -> list[float | None]:
        """What is found under these keys at the evaluations that all of its runs had, as means."""
        by_step = [{run.number("step", of=row): row for row in run.rows} for run in self.runs]
        shared = [step for step in by_step[0] if all(step in rows for rows in by_step)]
        return [
            mean([run.number(*keys, of=rows[step]) for run, rows in zip(self.runs, by_step, strict=True)])
            for step in shared
        ]

    def last(self, *keys: str) -> float | None:
        """The same at the last evaluation of each."""
        return mean([run.number(*keys) for run in self.runs])


def strands(runs: Sequence[Run]) -> list[Strand]:
    """Each run for itself, under its label; or where there are more than ``MOST``, each scheme."""
    if len(runs) <= MOST:
        return [Strand(plain(label, 24), [run]) for run, label in zip(runs, labels(runs), strict=True)]
    schemes = dict.fromkeys(run.scheme for run in runs)
    return [Strand(plain(scheme, 24), [run for run in runs if run.scheme == scheme]) for scheme in schemes]


def mean(values: Sequence[float | None]) -> float | None:
    """The mean of those that are numbers; None where none is."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    return math.fsum(known) / len(known) if known else None
