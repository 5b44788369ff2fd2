"""The plots: small panels by matplotlib, as SVG for a page in light and dark, and as PNG.

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
"""Distinct for the colour-blind, and dark enough for words on white."""

DASHES = ("-", "--", ":")
"""The dashes of lines, one for each round through the colours."""

COLOURS = {INK: "ink", SOFT: "soft", GRID: "grid", **{colour: f"series-{i}" for i, colour in enumerate(SERIES)}}
"""The name of each colour in page.css, which replaces it on a dark page."""

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
"""Ratio of the longest line to the shortest from which on the x axis is logarithmic."""

LABEL_DISTANCE = 0.085
"""Distance between the names of two lines, as a share of the panel's height."""


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
class ReferenceLine:
    """A horizontal line for reference, such as the accuracy of HCH."""

    name: str
    y: float
    dashes: str = ":"


@dataclass(frozen=True)
class Panel:
    """One plot: its lines over ``x_name``. With ``shares`` the y axis is in percent, from 0 to 100."""

    title: str
    x_name: str
    lines: Sequence[Line]
    references: Sequence[ReferenceLine] = ()
    shares: bool = True
    x_shares: bool = False
    categories: Sequence[str] = ()
    """The names of the whole numbers on the x axis, if it is not a scale."""

    @property
    def logarithmic(self) -> bool:
        """Whether one line is so much longer than another that the shorter would vanish at the left edge."""
        ends = [points[-1][0] for line in self.lines if (points := line.points()) and points[-1][0] > 0]
        return not self.categories and bool(ends) and max(ends) > FAR_LONGER * min(ends)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(line.points() for line in self.lines)


@dataclass(frozen=True)
class Heatmap:
    """Shares by row and column, the first row at the bottom; ``shares`` has a sequence for each row."""

    rows: Sequence[str]
    columns: Sequence[float]
    shares: Sequence[Sequence[float | None]]


def get_line_style(number: int) -> tuple[str, str]:
    """The colour and the dashes of a panel's line by its number, distinct for the first eighteen."""
    return SERIES[number % len(SERIES)], DASHES[number // len(SERIES) % len(DASHES)]


def render_svg(panel: Panel, prefix: str) -> str:
    """The panel as SVG for a page, with text as text and colours by name. ``prefix`` makes its ids unique."""
    with _open_figure(PANEL) as figure:
        draw_panel(panel, figure.subplots())
        return _to_element(figure, prefix)


def render_heatmap(heatmap: Heatmap, prefix: str) -> str:
    """The heatmap of accuracy by difficulty and step as SVG for a page, like ``render_svg``."""
    rows, columns = heatmap.rows, heatmap.columns
    with _open_figure(PANEL) as figure:
        axes = figure.subplots()
        axes.grid(visible=False)
        values = [[float("nan") if share is None else share for share in row] for row in heatmap.shares]
        # A cell reaches halfway to the evaluations before and after it.
        edges = [columns[0], *((a + b) / 2 for a, b in pairwise(columns)), columns[-1]]
        mesh = axes.pcolormesh(
            edges, [i - 0.5 for i in range(len(rows) + 1)], values, vmin=0, vmax=1, cmap="cividis", rasterized=True
        )
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xlabel("steps")
        axes.set_ylabel("difficulty")
        axes.set_title("accuracy of the model by difficulty", loc="left", color=INK, fontsize=10)
        _shorten_ticks(axes)
        bar = figure.colorbar(mesh, ax=axes, format=FuncFormatter(_format_percent), ticks=[0, 0.5, 1])
        bar.outline.set_visible(False)
        return _to_element(figure, prefix)


def save_png(panels: Sequence[Panel], path: str) -> None:
    """The panels as a picture: in a row, or in two where there are more than three."""
    rows = 1 if len(panels) <= 3 else 2
    columns = -(-len(panels) // rows)
    with _open_figure((PANEL[0] * columns, PANEL[1] * 1.15 * rows)) as figure:
        places = figure.subplots(rows, columns, squeeze=False).flat
        for panel, axes in zip(panels, places, strict=False):
            draw_panel(panel, axes)
        for axes in places:
            axes.remove()
        figure.savefig(path, dpi=150)


def draw_panel(panel: Panel, axes: Axes) -> None:
    """Draws a panel, and names each line where it ends."""
    ends: list[tuple[float, str, str, str]] = []
    for reference in panel.references:
        axes.axhline(reference.y, color=SOFT, linestyle=reference.dashes, linewidth=1.2)
        ends.append((reference.y, reference.name, SOFT, reference.dashes))
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
        axes.xaxis.set_major_formatter(FuncFormatter(_format_short))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_xlim(left=0)
        _shorten_ticks(axes)
        if panel.x_shares:
            axes.xaxis.set_major_formatter(FuncFormatter(_format_percent))
    if panel.shares:
        axes.set_ylim(-0.02, 1.04)
        axes.yaxis.set_major_formatter(FuncFormatter(_format_percent))
    else:
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    low, high = axes.get_ylim()
    places = [(y - low) / (high - low) for y, *_ in ends]
    # Many names move closer together, and shrink, so that all stand beside the panel.
    distance = min(LABEL_DISTANCE, 1 / max(len(ends) - 1, 1))
    size = 9 * max(distance / LABEL_DISTANCE, 0.6)
    # Where two lines share a colour, a dash in each line's own style stands before its name.
    by_colour = len({colour for _, _, colour, _ in ends}) == len(ends)
    for place, (_, name, colour, dashes) in zip(spread_labels(places, distance), ends, strict=True):
        if not by_colour:
            stroke: Any = {"color": colour, "linestyle": dashes, "linewidth": 1.6, "solid_capstyle": "butt"}
            axes.plot([1.02, 1.1], [place, place], transform=axes.transAxes, clip_on=False, **stroke)
        left = 1.02 if by_colour else 1.115
        axes.text(left, place, name, color=colour, transform=axes.transAxes, va="center", fontsize=size)


def spread_labels(places: Sequence[float], distance: float = LABEL_DISTANCE) -> list[float]:
    """The places moved so that neighbours are ``distance`` apart, in the same order and none above 1."""
    order = sorted(range(len(places)), key=lambda i: places[i], reverse=True)
    moved = list(places)
    below = 1.0
    for i in order:
        moved[i] = min(moved[i], below)
        below = moved[i] - distance
    if order and moved[order[-1]] < 0:
        # The lowest has left the panel: push up from the bottom.
        above = 0.0
        for i in reversed(order):
            moved[i] = max(moved[i], above)
            above = moved[i] + distance
    return moved


@contextmanager
def _open_figure(size: tuple[float, float]) -> Iterator[Figure]:
    with mpl.rc_context(STYLE):
        yield Figure(figsize=size, layout="constrained")


def _to_element(figure: Figure, prefix: str) -> str:
    """The figure as an SVG element for a page."""
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True, dpi=200, metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    # A style sheet inside an SVG element applies to the whole page, so page.css has those rules instead.
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(
        r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1), count=1
    )
    text = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', text)
    text = re.sub(r'(url\(#|href="#)', rf"\g<1>{prefix}-", text)
    return re.sub("|".join(COLOURS), lambda match: f"var(--{COLOURS[match[0]]})", text)


def _shorten_ticks(axes: Axes) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(_format_short))


def _format_percent(share: float, _place: object = None) -> str:
    return f"{100 * share:.0f}%"


def _format_short(number: float, _place: object = None) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"
