"""Curves as the numbers that a template draws them from: without scripts, and without styles of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from hch.plain import percent

WIDTH, HEIGHT = 480, 250
LEFT, RIGHT, TOP, BOTTOM = 54, 14, 12, 34


class Curve(msgspec.Struct, frozen=True):
    """A named curve: what it has at each place, None where it has nothing. ``look`` is its class in the style sheet."""

    name: str
    xs: Sequence[float | None]
    ys: Sequence[float | None]
    look: str


class Drawn(msgspec.Struct, frozen=True):
    """A curve in the picture's own coordinates, and what it came to."""

    name: str
    look: str
    points: str
    end: tuple[float, float]
    last: str


class Tick(msgspec.Struct, frozen=True):
    """A mark on an axis."""

    place: float
    text: str


class Chart(msgspec.Struct, frozen=True):
    """A picture of curves, ready to be drawn."""

    title: str
    x_name: str
    drawn: list[Drawn]
    across: list[Tick]
    up: list[Tick]

    @property
    def sentence(self) -> str:
        """What the picture shows, in words."""
        ends = ", ".join(f"{curve.name} {curve.last}" for curve in self.drawn)
        return f"{self.title}, against {self.x_name}: {ends} at the end."


def chart(title: str, x_name: str, curves: Sequence[Curve], *, share: bool = True) -> Chart | None:
    """The picture of these curves; None where there is nothing to draw. A ``share`` is from 0 to 1."""
    shown = [(curve, points) for curve in curves if (points := _points(curve))]
    if not shown:
        return None
    everywhere = [point for _, points in shown for point in points]
    furthest = max(x for x, _ in everywhere) or 1.0
    lowest = 0.0 if share else min([0.0, *(y for _, y in everywhere)])
    highest = 1.0 if share else max([lowest + 1e-9, *(y for _, y in everywhere)])

    def across(x: float) -> float:
        return LEFT + x / furthest * (WIDTH - LEFT - RIGHT)

    def up(y: float) -> float:
        return HEIGHT - BOTTOM - (y - lowest) / (highest - lowest) * (HEIGHT - TOP - BOTTOM)

    def said(y: float) -> str:
        return percent(y) if share else f"{y:.3g}"

    drawn = [
        Drawn(
            curve.name,
            curve.look,
            " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points),
            (across(points[-1][0]), up(points[-1][1])),
            said(points[-1][1]),
        )
        for curve, points in shown
    ]
    return Chart(
        title,
        x_name,
        drawn,
        across=[Tick(across(x), _short(x)) for x in _round_numbers(furthest)],
        up=[Tick(up(y), f"{y:.0%}" if share else said(y)) for y in _levels(lowest, highest)],
    )


def _points(curve: Curve) -> list[tuple[float, float]]:
    pairs = zip(curve.xs, curve.ys, strict=True)
    known = [(x, y) for x, y in pairs if x is not None and y is not None]
    return [(x, y) for x, y in known if math.isfinite(x) and math.isfinite(y)]


def _round_numbers(furthest: float) -> list[float]:
    """A few round numbers from 0 to the furthest."""
    rough = furthest / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * each for each in (1, 2, 5, 10) if unit * each >= rough)
    return [step * i for i in range(int(furthest / step + 1e-9) + 1)]


def _levels(lowest: float, highest: float) -> list[float]:
    return [lowest + (highest - lowest) * i / 4 for i in range(5)]


def _short(number: float) -> str:
    """``20k`` for 20000."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= 10 * size or (number >= size and number % size == 0):
            return f"{number / size:g}{letter}"
    return f"{number:g}"
