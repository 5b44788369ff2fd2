"""Curves as the numbers that a template draws them from: without scripts, and without styles of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from hch.text.display import percent

WIDTH, HEIGHT = 480, 250
LEFT, RIGHT, TOP, BOTTOM = 54, 14, 12, 34
SHARES = [0.0, 0.25, 0.5, 0.75, 1.0]
LEAST_STEP = 1e-9
"""Between marks on an axis."""


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
    levels = SHARES if share else _round_numbers(*_bounds([y for _, y in everywhere]))
    lowest, highest = levels[0], levels[-1]

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
        across=[Tick(across(x), _short(x)) for x in _round_numbers(0.0, furthest) if x <= furthest],
        up=[Tick(up(y), f"{y:.0%}" if share else _short(y)) for y in levels],
    )


def _points(curve: Curve) -> list[tuple[float, float]]:
    pairs = zip(curve.xs, curve.ys, strict=True)
    known = [(x, y) for x, y in pairs if x is not None and y is not None]
    return [(x, y) for x, y in known if math.isfinite(x) and math.isfinite(y)]


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    """The lowest and the highest of these and 0."""
    return min(0.0, *values), max(0.0, *values)


def _round_numbers(lowest: float, highest: float) -> list[float]:
    """A few round numbers, the first of them not above the lowest, the last not below the highest."""
    rough = max((highest - lowest) / 4, LEAST_STEP)
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * each for each in (1, 2, 2.5, 5, 10) if unit * each >= rough * (1 - 1e-9))
    first, last = math.floor(lowest / step + 1e-9), math.ceil(highest / step - 1e-9)
    return [step * i for i in range(first, max(last, first + 1) + 1)]


def _short(number: float) -> str:
    """``20k`` for 20000."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:.4g}{letter}"
    return f"{number:.4g}"
