"""The plots: small panels that are drawn once, for a page in light and dark, for paper, and for curves.png.

A panel is as wide as a phone, so that its words can be read there. Lines are named where they end, not in a legend.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

INK, SOFT, GRID = "#1b1b1f", "#5c5c66", "#dcdce2"
SERIES = ("#0061a8", "#b34700", "#00735a", "#8c3f78", "#6b5d00", "#4a55b5")
"""Told apart by the colour-blind, and dark enough for words on white."""

ROUNDS = ("-", "--", ":")
"""How lines are dashed, one round of colours after the other."""

COLOURS = {INK: "ink", SOFT: "soft", GRID: "grid", **{colour: f"series-{i}" for i, colour in enumerate(SERIES)}}
"""The name under which a page knows each colour, and may give it another."""

STYLE: Any = {
    "font.family": "sans-serif",
    "text.parse_math": False,
    "font.size": 9,
    "svg.fonttype": "none",
    "svg.hashsalt": "hch",
    "axes.edgecolor": SOFT,
    "axes.labelcolor": SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
}
PANEL = (4.3, 2.9)
"""Inches, at 72 dots each."""

FAR_LONGER = 25

NAMES_APART = 0.085
"""How far apart the names of two lines stand, as a share of the panel's height."""


@dataclass(frozen=True)
class Line:
    """A line in a panel, with its name; ``xs`` and ``ys`` are None where there is no number."""

    name: str
    xs: Sequence[float | None]
    ys: Sequence[float | None]
    colour: str = INK
    dashes: str = "-"
    marker: str = ""

    def points(self) -> list[tuple[float, float]]:
        """The points that are numbers."""
        return [(x, y) for x, y in zip(self.xs, self.ys, strict=True) if x is not None and y is not None]


@dataclass(frozen=True)
class Level:
    """A horizontal line that everything else is measured by."""

    name: str
    y: float
    dashes: str = ":"


@dataclass(frozen=True)
class Panel:
    """One plot: its lines over ``x_name``; shares are shown in percent, y from 0 to 100."""

    title: str
    x_name: str
    lines: Sequence[Line]
    levels: Sequence[Level] = ()
    shares: bool = True
    x_shares: bool = False
    categories: Sequence[str] = ()
    """The names of the whole numbers on the x axis, if it is not a scale."""

    @property
    def logarithmic(self) -> bool:
        """Whether one line is so much longer than another that the shorter would be lost at the left edge."""
        ends = [points[-1][0] for line in self.lines if (points := line.points()) and points[-1][0] > 0]
        return not self.categories and bool(ends) and max(ends) > FAR_LONGER * min(ends)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(line.points() for line in self.lines)


def look(number: int) -> tuple[str, str]:
    """The colour and the dashes of a panel's line by its number, alike for no two of the first eighteen."""
    return SERIES[number % len(SERIES)], ROUNDS[number // len(SERIES) % len(ROUNDS)]


def svg(panel: Panel, prefix: str) -> str:
    """The panel as SVG for a page: words as words, colours by name. ``prefix`` keeps its ids apart from all others'."""
    with _figure(PANEL) as figure:
        draw(panel, figure.subplots())
        return _inline(figure, prefix)


def heat_svg(
    rows: Sequence[str], columns: Sequence[float], shares: Sequence[Sequence[float | None]], prefix: str
) -> str:
    """Shares by row and column, as SVG for a page; the first row is at the bottom."""
    with _figure(PANEL) as figure:
        axes = figure.subplots()
        axes.grid(visible=False)
        values = [[float("nan") if share is None else share for share in row] for row in shares]
        edges = [columns[0], *((a + b) / 2 for a, b in pairwise(columns)), columns[-1]]
        mesh = axes.pcolormesh(
            edges, [i - 0.5 for i in range(len(rows) + 1)], values, vmin=0, vmax=1, cmap="cividis", rasterized=True
        )
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xlabel("steps")
        axes.set_ylabel("difficulty")
        axes.set_title("right answers of the model, by difficulty", loc="left", color=INK, fontsize=10)
        _short_ticks(axes)
        bar = figure.colorbar(mesh, ax=axes, format=FuncFormatter(_percent), ticks=[0, 0.5, 1])
        bar.outline.set_visible(False)
        return _inline(figure, prefix)


def save_png(panels: Sequence[Panel], path: str) -> None:
    """The panels as a picture: in a row, or in two where there are more than three."""
    rows = 1 if len(panels) <= 3 else 2
    columns = -(-len(panels) // rows)
    with _figure((PANEL[0] * columns, PANEL[1] * 1.15 * rows)) as figure:
        places = figure.subplots(rows, columns, squeeze=False).flat
        for panel, axes in zip(panels, places, strict=False):
            draw(panel, axes)
        for axes in places:
            axes.remove()
        figure.savefig(path, dpi=150)


def draw(panel: Panel, axes: Axes) -> None:
    """Draws a panel, and names each line where it ends."""
    ends: list[tuple[float, str, str, str]] = []
    for level in panel.levels:
        axes.axhline(level.y, color=SOFT, linestyle=level.dashes, linewidth=1.2)
        ends.append((level.y, level.name, SOFT, level.dashes))
    for line in panel.lines:
        if points := line.points():
            xs, ys = zip(*points, strict=True)
            marker = line.marker or ("o" if len(points) == 1 else "")
            axes.plot(xs, ys, color=line.colour, linestyle=line.dashes, marker=marker, markersize=4)
            if line.name:
                ends.append((ys[-1], line.name, line.colour, line.dashes))
    axes.set_title(panel.title, loc="left", color=INK, fontsize=10)
    axes.set_xlabel(panel.x_name)
    axes.margins(x=0.02)
    if panel.categories:
        axes.set_xticks(range(len(panel.categories)), panel.categories)
    elif panel.logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(_short))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_xlim(left=0)
        _short_ticks(axes)
        if panel.x_shares:
            axes.xaxis.set_major_formatter(FuncFormatter(_percent))
    if panel.shares:
        axes.set_ylim(-0.02, 1.04)
        axes.yaxis.set_major_formatter(FuncFormatter(_percent))
    else:
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    low, high = axes.get_ylim()
    places = [(y - low) / (high - low) for y, *_ in ends]
    # Where there are many, all the names still stand beside the panel.
    apart = min(NAMES_APART, 1 / max(len(ends) - 1, 1))
    size = 9 * max(apart / NAMES_APART, 0.6)
    # Two lines of one colour are told apart by how they are drawn, beside their names too.
    by_colour = len({colour for _, _, colour, _ in ends}) == len(ends)
    for place, (_, name, colour, dashes) in zip(spread(places, apart), ends, strict=True):
        if not by_colour:
            stroke: Any = {"color": colour, "linestyle": dashes, "linewidth": 1.6, "solid_capstyle": "butt"}
            axes.plot([1.02, 1.1], [place, place], transform=axes.transAxes, clip_on=False, **stroke)
        left = 1.02 if by_colour else 1.115
        axes.text(left, place, name, color=colour, transform=axes.transAxes, va="center", fontsize=size)


def spread(places: Sequence[float], apart: float = NAMES_APART) -> list[float]:
    """The places moved as little as it takes to stand ``apart``, none above 1; their order stays."""
    order = sorted(range(len(places)), key=lambda i: places[i], reverse=True)
    moved = list(places)
    below = 1.0
    for i in order:
        moved[i] = min(moved[i], below)
        below = moved[i] - apart
    if order and (short := -moved[order[-1]]) > 0:
        # Too many for the room below: from the bottom up again.
        above = 0.0
        for i in reversed(order):
            moved[i] = max(moved[i] + (short if i == order[-1] else 0), above)
            above = moved[i] + apart
    return moved


@contextmanager
def _figure(size: tuple[float, float]) -> Iterator[Figure]:
    with mpl.rc_context(STYLE):
        yield Figure(figsize=size, layout="constrained")


def _inline(figure: Figure, prefix: str) -> str:
    """The figure as an element of a page."""
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True, dpi=200, metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    # Its style sheet would be the whole page's; what it says stands in page.css.
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(
        r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1), count=1
    )
    text = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', text)
    text = re.sub(r'(url\(#|href="#)', rf"\g<1>{prefix}-", text)
    return re.sub("|".join(COLOURS), lambda found: f"var(--{COLOURS[found[0]]})", text)


def _short_ticks(axes: Axes) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(_short))


def _percent(share: float, _place: object = None) -> str:
    return f"{100 * share:.0f}%"


def _short(number: float, _place: object = None) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"
