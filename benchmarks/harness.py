"""What a benchmark gives: figures, each with its bar and its aim beside it, and clocks to take them with.

A benchmark is a frozen dataclass of its settings, called with a place for notes on its progress; it yields figures as
it has them. Its module has two of them, FULL and QUICK, and the module's docstring says what is measured. A figure is
judged and never fails: a shared machine would make failures of noise.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol

Note = Callable[[str], None]
"""Told what is going on, for whoever watches."""


@dataclass(frozen=True)
class Figure:
    """One thing measured, several times over.

    ``bar`` is what it should keep to and ``aim`` what would be good; ``judged`` says which of the values must. The
    smaller the better, unless it should be ``at_least`` so much. A value is infinite where what was waited for did
    not come.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    bar: float | None = None
    aim: float | None = None
    at_least: bool = False
    judged: Literal["median", "worst"] = "median"

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """How it compares with bar and aim; empty where there is neither."""
        if self.bar is None and self.aim is None:
            return ""
        worst = min if self.at_least else max
        value = self.median if self.judged == "median" else worst(self.values)
        if self.aim is not None and self._within(value, self.aim):
            return "met, and the aim" if self.bar is not None else "aim met"
        if self.bar is None:
            return "aim missed"
        return "met" if self._within(value, self.bar) else "missed"

    def _within(self, value: float, limit: float) -> bool:
        return value >= limit if self.at_least else value <= limit


class Benchmark(Protocol):
    """Measures, and yields what it found."""

    def __call__(self, note: Note, /) -> Iterator[Figure]: ...


@dataclass
class Clock:
    """Seconds by the wall and of this process's CPU, added up over blocks."""

    wall: float = 0.0
    cpu: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.wall += time.perf_counter() - wall
            self.cpu += time.process_time() - cpu


@dataclass
class Times:
    """What a thing took, time after time: seconds by the wall and of CPU."""

    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)

    @contextmanager
    def taken(self) -> Iterator[None]:
        clock = Clock()
        with clock.running():
            yield
        self.walls.append(clock.wall)
        self.cpus.append(clock.cpu)

    def add(self, others: Times) -> None:
        """What was taken elsewhere."""
        self.walls += others.walls
        self.cpus += others.cpus


def scaled(values: Sequence[float], factor: float) -> tuple[float, ...]:
    return tuple(value * factor for value in values)


def ratios(values: Sequence[float], others: Sequence[float]) -> tuple[float, ...]:
    """Each value over its neighbour, which was taken beside it."""
    return tuple(value / other for value, other in zip(values, others, strict=True))


def shown(value: float, unit: str = "") -> str:
    """A number to three digits, as people write it."""
    if not math.isfinite(value):
        return "never"
    text = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
    return f"{text} {unit}".strip()
