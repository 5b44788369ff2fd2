"""Charts as the numbers that a template draws: without scripts or inline styles, which the policy forbids."""

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
    """A named curve; None in ``xs`` or ``ys`` leaves a point out. ``look`` is its class in the style sheet."""

    name: str
    xs: Sequence[float | None]
    ys: Sequence[float | None]
    look: str


class Line(msgspec.Struct, frozen=True):
    """A curve in the coordinates of the chart, with its last value as text."""

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
    """Curves and axes, ready to be drawn."""

    title: str
    x_name: str
    drawn: list[Line]
    across: list[Tick]
    up: list[Tick]

    @property
    def sentence(self) -> str:
        """The chart in words."""
        ends = ", ".join(f"{curve.name} {curve.last}" for curve in self.drawn)
        return f"{self.title}, against {self.x_name}: {ends} at the end."


def chart(title: str, x_name: str, curves: Sequence[Curve], *, share: bool = True) -> Chart | None:
    """The chart of these curves; None if no curve has points. A ``share`` has an axis from 0 to 1."""
    visible = [(curve, points) for curve in curves if (points := _points(curve))]
    if not visible:
        return None
    all_points = [point for _, points in visible for point in points]
    furthest = max(x for x, _ in all_points) or 1.0
    ys = [y for _, y in all_points]
    levels = SHARES if share else _round_numbers(min(0.0, *ys), max(0.0, *ys))
    lowest, highest = levels[0], levels[-1]

    def across(x: float) -> float:
        return LEFT + x / furthest * (WIDTH - LEFT - RIGHT)

    def up(y: float) -> float:
        return HEIGHT - BOTTOM - (y - lowest) / (highest - lowest) * (HEIGHT - TOP - BOTTOM)

    def text_of(y: float) -> str:
        return percent(y) if share else f"{y:.3g}"

    lines = [
        Line(
            curve.name,
            curve.look,
            " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points),
            (across(points[-1][0]), up(points[-1][1])),
            text_of(points[-1][1]),
        )
        for curve, points in visible
    ]
    return Chart(
        title,
        x_name,
        lines,
        across=[Tick(across(x), _short(x)) for x in _round_numbers(0.0, furthest) if x <= furthest],
        up=[Tick(up(y), f"{y:.0%}" if share else _short(y)) for y in levels],
    )


def _points(curve: Curve) -> list[tuple[float, float]]:
    pairs = zip(curve.xs, curve.ys, strict=True)
    known = [(x, y) for x, y in pairs if x is not None and y is not None]
    return [(x, y) for x, y in known if math.isfinite(x) and math.isfinite(y)]


def _round_numbers(lowest: float, highest: float) -> list[float]:
    """About five round numbers that span the lowest and the highest."""
    rough = max((highest - lowest) / 4, LEAST_STEP)
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough * (1 - 1e-9))
    first, last = math.floor(lowest / step + 1e-9), math.ceil(highest / step - 1e-9)
    return [step * i for i in range(first, max(last, first + 1) + 1)]


def _short(number: float) -> str:
    """``20k`` for 20000."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:.4g}{letter}"
    return f"{number:.4g}"
