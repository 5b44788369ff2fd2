"""Curves as the numbers that a template draws them from: without scripts, and without styles of their own."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import msgspec

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 110, 14, 40
APART = 15
"""How far apart the names at the ends of curves are at least."""


class Curve(msgspec.Struct, frozen=True):
    """A named curve: what it has at each place, None where it has nothing. ``look`` is its class in the style sheet."""

    name: str
    xs: Sequence[float | None]
    ys: Sequence[float | None]
    look: str


class Drawn(msgspec.Struct, frozen=True):
    """A curve in the picture's own coordinates."""

    name: str
    look: str
    points: str
    end: tuple[float, float]
    label_y: float
    last: float


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
    share: bool

    @property
    def sentence(self) -> str:
        """What the picture shows, in words."""
        ends = ", ".join(f"{curve.name} {self.said(curve.last)}" for curve in self.drawn)
        return f"{self.title}, against {self.x_name}: {ends}."

    def said(self, value: float) -> str:
        """A value as this picture's axis has it."""
        return f"{value:.1%}" if self.share else f"{value:.3g}"


def chart(title: str, x_name: str, curves: Sequence[Curve], share: bool = True) -> Chart | None:
    """The picture of these curves; None where there is nothing to draw. A ``share`` is from 0 to 1."""
    points = [_points(curve) for curve in curves]
    shown = [(curve, some) for curve, some in zip(curves, points, strict=True) if some]
    if not shown:
        return None
    furthest = max(x for _, some in shown for x, _ in some) or 1.0
    lowest = 0.0 if share else min([0.0, *(y for _, some in shown for _, y in some)])
    highest = 1.0 if share else max([lowest + 1e-9, *(y for _, some in shown for _, y in some)])

    def across(x: float) -> float:
        return LEFT + x / furthest * (WIDTH - LEFT - RIGHT)

    def up(y: float) -> float:
        return HEIGHT - BOTTOM - (y - lowest) / (highest - lowest) * (HEIGHT - TOP - BOTTOM)

    ends = [(across(some[-1][0]), up(some[-1][1])) for _, some in shown]
    places = _spread([y for _, y in ends])
    drawn = [
        Drawn(
            curve.name,
            curve.look,
            " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in some),
            end,
            place,
            some[-1][1],
        )
        for (curve, some), end, place in zip(shown, ends, places, strict=True)
    ]
    made = Chart(title, x_name, drawn, [], [], share)
    made.across.extend(Tick(across(x), f"{x:g}") for x in _round_numbers(furthest))
    made.up.extend(Tick(up(y), made.said(y) if not share else f"{y:.0%}") for y in _levels(lowest, highest))
    return made


def _points(curve: Curve) -> list[tuple[float, float]]:
    pairs = zip(curve.xs, curve.ys, strict=True)
    known = [(x, y) for x, y in pairs if x is not None and y is not None]
    return [(x, y) for x, y in known if math.isfinite(x) and math.isfinite(y)]


def _spread(places: Sequence[float]) -> list[float]:
    """Places as near to these as they can be without covering one another."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    found = list(places)
    for before, after in itertools.pairwise(order):
        found[after] = max(found[after], found[before] + APART)
    over = max([found[i] for i in order[-1:]] or [0.0]) - (HEIGHT - BOTTOM)
    return [place - max(0.0, over) for place in found]


def _round_numbers(furthest: float) -> list[float]:
    """A few round numbers from 0 to the furthest."""
    rough = furthest / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * each for each in (1, 2, 5, 10) if unit * each >= rough)
    return [step * i for i in range(int(furthest / step + 1e-9) + 1)]


def _levels(lowest: float, highest: float) -> list[float]:
    return [lowest + (highest - lowest) * i / 4 for i in range(5)]
