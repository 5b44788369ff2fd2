"""Pictures as SVG: a world as a graph of questions with their optimal answers, and Goodhart's curve as a plot.

In the graph a card is a question and an arrow leads from it to one that H may ask there. Aligned answers are told from
misaligned ones by word and shape first, pills against pointed labels, and by colour only besides.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil, log10

from hch.optimum.goodhart import GoodhartCurve
from hch.optimum.output.sentences import describe_curve
from hch.text.display import plain

LINE, LABEL, PADDING = 18.0, 26.0, 12.0
"""Pixels: the height of a line of text and of an answer's label, and the padding of a card."""
CHARACTER, BOLD = 7.3, 7.9
"""Pixels: the average width of a character of 13 pixels, regular and bold, with some reserve."""
MOST_LINES, MOST_ANSWERS = 5, 4
WIDE, NARROW = 1000.0, 360.0
WIDE_CARD, NARROW_CARD = 282.0, 286.0
GAP, MARGIN = 26.0, 34.0
"""Pixels between the cards of a row, and around the picture."""
ROW_GAP, ROW_GAP_WITHOUT_ARROWS = 56.0, 22.0
"""Pixels between rows."""


@dataclass(frozen=True)
class Card:
    """A question of the graph: its answers, each with whether it is aligned (None: every answer is).

    ``note`` is a few words below the question. ``cyclic`` questions lead back to themselves, ``unseen`` ones have no
    weight in the loss.
    """

    question: str
    answers: Sequence[tuple[str, bool | None]]
    asks: Sequence[str]
    note: str = ""
    cyclic: bool = False
    unseen: bool = False


@dataclass(frozen=True)
class Place:
    """A card's place in pixels, its upper left corner and its size; ``row`` counts from the top."""

    x: float
    y: float
    width: float
    height: float
    row: int

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height


def draw_graph(cards: Sequence[Card], name: str, narrow: bool) -> str:
    """The graph as an SVG element, for a page or, if ``narrow``, for a phone. ``name`` is unique on the page."""
    width, card_width = (NARROW, NARROW_CARD) if narrow else (WIDE, WIDE_CARD)
    texts = {card.question: _wrap(card.question, int((card_width - 2 * PADDING) / CHARACTER)) for card in cards}
    heights = {card.question: _measure_height(card, texts[card.question]) for card in cards}
    places, height = place_cards({card.question: card.asks for card in cards}, heights, width, card_width)
    rows: dict[int, list[Place]] = {}
    for place in places.values():
        rows.setdefault(place.row, []).append(place)
    label, size = escape(_describe_graph(cards)), f'width="{width:.0f}" height="{height:.0f}"'
    tip = 'viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"'
    parts = [
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" {size} role="img" aria-label="{label}">',
        f'<defs><marker id="{name}-tip" {tip}><path d="M0 0.8 L10 5 L0 9.2 z" class="tip"/></marker></defs>',
    ]
    for card in cards:
        for other in card.asks:
            if other in places:
                path = route_arrow(places[card.question], places[other], rows)
                parts.append(f'<path class="asks" d="{path}" marker-end="url(#{name}-tip)"/>')
    parts += [_draw_card(card, places[card.question], texts[card.question]) for card in cards]
    return "".join([*parts, "</svg>"])


def _wrap(text: str, width: int) -> list[str]:
    """A question in lines of at most ``width`` characters, cut after MOST_LINES."""
    lines = textwrap.wrap(plain(text), width, break_long_words=True) or [""]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], lines[MOST_LINES - 1][: width - 1] + "…"]
    return lines


def _measure_height(card: Card, lines: Sequence[str]) -> float:
    labels = min(len(card.answers), MOST_ANSWERS) + (len(card.answers) > MOST_ANSWERS) or 1
    return 2 * PADDING + LINE * (len(lines) + bool(card.note)) + 6 + LABEL * labels


def _draw_card(card: Card, place: Place, lines: Sequence[str]) -> str:
    """A card as a group of shapes: the question, a note, and a label for each answer."""
    kind = "card" + (" circular" if card.cyclic else "") + (" unseen" if card.unseen else "")
    box = f'x="{place.x:.1f}" y="{place.y:.1f}" width="{place.width:.1f}" height="{place.height:.1f}" rx="8"'
    parts = [f'<g class="{kind}"><title>{escape(plain(card.question))}</title><rect {box}/>']
    if card.cyclic:
        parts.append(
            f'<rect class="inner" x="{place.x + 4:.1f}" y="{place.y + 4:.1f}" width="{place.width - 8:.1f}" '
            f'height="{place.height - 8:.1f}" rx="5"/>'
        )
    y = place.y + PADDING + 13
    left = place.x + PADDING
    for line in lines:
        parts.append(f'<text x="{left:.1f}" y="{y:.1f}">{escape(line)}</text>')
        y += LINE
    if card.note:
        parts.append(f'<text class="note" x="{left:.1f}" y="{y:.1f}">{escape(card.note)}</text>')
        y += LINE
    y -= 6
    if not card.answers:
        parts.append(f'<text class="note" x="{left:.1f}" y="{y + 14:.1f}">no optimal answer</text>')
    for answer, aligned in card.answers[:MOST_ANSWERS]:
        parts.append(_draw_label(answer, aligned, left, y, place.width - 2 * PADDING))
        y += LABEL
    if len(card.answers) > MOST_ANSWERS:
        more = len(card.answers) - MOST_ANSWERS
        wrong = sum(aligned is False for _, aligned in card.answers[MOST_ANSWERS:])
        parts.append(f'<text class="note" x="{left:.1f}" y="{y + 14:.1f}">{more} more, {wrong} misaligned</text>')
    return "".join([*parts, "</g>"])


def _draw_label(answer: str, aligned: bool | None, x: float, y: float, most_width: float) -> str:
    """An answer: a pill if it is aligned, pointed at both ends if not, a plain pill if every answer is aligned."""
    mark = {True: " ✓", False: " ✗ misaligned", None: ""}[aligned]
    character = BOLD if aligned is False else CHARACTER
    text = plain(answer, max(6, int((most_width - 22) / character) - len(mark)))
    width = min(most_width, (len(text) + len(mark)) * character + 22)
    top, low, middle = y, y + 21, y + 10.5
    if aligned is False:
        points = (
            f"{x},{middle} {x + 8},{top} {x + width - 8},{top} {x + width},{middle} {x + width - 8},{low} {x + 8},{low}"
        )
        shape, kind = f'<polygon points="{points}"/>', "misaligned"
    else:
        shape = f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="21" rx="10.5"/>'
        kind = "aligned" if aligned else "said"
    words = f'<text x="{x + 11:.1f}" y="{middle + 4.5:.1f}">{escape(text)}{mark}</text>'
    return f'<g class="label {kind}">{shape}{words}</g>'


def _describe_graph(cards: Sequence[Card]) -> str:
    """The graph in words, for those who cannot see it."""
    words: Mapping[bool | None, str] = {True: "aligned", False: "misaligned", None: "any is aligned"}
    parts = []
    for card in cards[:20]:
        answers = ", ".join(
            f"{plain(answer, 60)} ({words[aligned]})" for answer, aligned in card.answers[:MOST_ANSWERS]
        )
        asks = f", asks {len(card.asks)}" if card.asks else ""
        parts.append(f"{plain(card.question, 80)}{asks}: {answers or 'no optimal answer'}")
    more = [f"and {len(cards) - 20} questions more"] if len(cards) > 20 else []
    return "; ".join(parts + more)


# Where the cards and arrows go


def layer_questions(asks: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The questions in layers, each question below all that ask it, except within a cycle.

    This is the longest-path layering of Sugiyama's method on the condensed graph; each layer is sorted by the mean
    position of those that ask (the barycentre heuristic), and the members of a cycle stay side by side.
    """
    import networkx

    graph = networkx.DiGraph()
    graph.add_nodes_from(asks)
    graph.add_edges_from((one, other) for one, others in asks.items() for other in others if other in asks)
    cycles = networkx.condensation(graph)
    layers: list[list[str]] = [
        [question for cycle in generation for question in cycles.nodes[cycle]["members"]]
        for generation in networkx.topological_generations(cycles)
    ]
    order = {question: number for number, question in enumerate(asks)}
    position: dict[str, float] = {}
    for level, layer in enumerate(layers):

        def sort_key(question: str) -> tuple[float, int, int]:
            members = cycles.nodes[cycles.graph["mapping"][question]]["members"]
            above = [position[asker] for member in members for asker in graph.predecessors(member) if asker in position]
            first = min(order[member] for member in members)
            return (sum(above) / len(above) if above else float(first), first, order[question])

        layer.sort(key=sort_key)
        for number, question in enumerate(layer):
            position[question] = (number + 0.5) / len(layer) * len(layers[0]) if level else float(number)
    return layers


def place_cards(
    asks: Mapping[str, Sequence[str]], heights: Mapping[str, float], width: float, card_width: float
) -> tuple[dict[str, Place], float]:
    """The place of each card in a picture of this width, and the picture's height. Wide layers take several rows."""
    columns = max(1, int((width - 2 * MARGIN + GAP) // (card_width + GAP)))
    row_gap = ROW_GAP if any(asks.values()) else ROW_GAP_WITHOUT_ARROWS
    places: dict[str, Place] = {}
    y, row = MARGIN, 0
    for layer in layer_questions(asks):
        for start in range(0, len(layer), columns):
            questions = layer[start : start + columns]
            x = (width - len(questions) * card_width - (len(questions) - 1) * GAP) / 2
            for question in questions:
                places[question] = Place(x, y, card_width, heights[question], row)
                x += card_width + GAP
            y += max(heights[question] for question in questions) + row_gap
            row += 1
    return places, y - row_gap + MARGIN


def route_arrow(start: Place, end: Place, rows: Mapping[int, Sequence[Place]]) -> str:
    """The SVG path of an arrow between two cards, through the gaps of the ``rows`` between them."""
    if start == end:
        x, y = start.x + start.width, start.y + start.height / 2
        return f"M{x - 2:.1f} {y - 9:.1f} C{x + 26:.1f} {y - 24:.1f} {x + 26:.1f} {y + 24:.1f} {x + 1:.1f} {y + 9:.1f}"
    if start.row == end.row:
        return _route_sideways(start, end)
    down = end.row > start.row
    # Arrows upwards keep beside those downwards.
    shift = 0.0 if down else 16.0
    here = (start.middle - shift, start.bottom if down else start.y)
    target = (end.middle + shift, end.y - 1 if down else end.bottom + 1)
    path, first_x = f"M{here[0]:.1f} {here[1]:.1f}", here[0]
    between = range(start.row + 1, end.row) if down else range(start.row - 1, end.row, -1)
    for number, row in enumerate(between, 1):
        places = rows[row]
        straight = first_x + (target[0] - first_x) * number / (len(between) + 1)
        x = min(_find_gaps(places), key=lambda gap: abs(gap - straight))
        top, low = min(place.y for place in places), max(place.bottom for place in places)
        into, out = (top, low) if down else (low, top)
        path += _draw_bend(here, (x, into)) + f" L{x:.1f} {out:.1f}"
        here = (x, out)
    return path + _draw_bend(here, target)


def _route_sideways(start: Place, end: Place) -> str:
    """An arrow within a row: to the right below the cards, to the left above them, so that both ways are seen."""
    if end.x > start.x:
        x, end_x = start.middle + 14, end.middle - 14
        y, end_y, bend = start.bottom, end.bottom + 1, max(start.bottom, end.bottom) + 30
    else:
        x, end_x = start.middle - 14, end.middle + 14
        y, end_y, bend = start.y, end.y - 1, min(start.y, end.y) - 30
    return f"M{x:.1f} {y:.1f} C{x:.1f} {bend:.1f} {end_x:.1f} {bend:.1f} {end_x:.1f} {end_y:.1f}"


def _find_gaps(places: Sequence[Place]) -> list[float]:
    """The x between neighbouring cards of a row, and left and right of all."""
    order = sorted(places, key=lambda place: place.x)
    between = [(one.x + one.width + other.x) / 2 for one, other in pairwise(order)]
    return [order[0].x - 14, *between, order[-1].x + order[-1].width + 14]


def _draw_bend(start: tuple[float, float], end: tuple[float, float]) -> str:
    """A curve that leaves and arrives vertically."""
    half = (end[1] - start[1]) / 2
    return f" C{start[0]:.1f} {start[1] + half:.1f} {end[0]:.1f} {end[1] - half:.1f} {end[0]:.1f} {end[1]:.1f}"


# Goodhart's curve

PLOT_WIDTH, PLOT_HEIGHT = 420.0, 230.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 62.0, 14.0, 34.0


def draw_curve(curve: GoodhartCurve) -> str:
    """Proxy and gold of the best of n as an SVG element, n on a logarithmic scale."""
    # Gold may fall below that of a random model, and then the axis goes down to a quarter below it.
    bottom = -0.25 * ceil(-4 * min(0.0, *(point.gold for point in curve.points)))
    decades = max(1.0, log10(curve.points[-1].n))

    def to_x(n: int) -> float:
        return LEFT + (PLOT_WIDTH - LEFT - RIGHT) * log10(n) / decades

    def to_y(value: float) -> float:
        return TOP + (PLOT_HEIGHT - TOP - BOTTOM) * (1 - value) / (1 - bottom)

    end_x, middle_x = PLOT_WIDTH - RIGHT, (LEFT + PLOT_WIDTH - RIGHT) / 2
    parts = [f'<svg viewBox="0 0 {PLOT_WIDTH:.0f} {PLOT_HEIGHT:.0f}" role="img" aria-label="{describe_curve(curve)}">']
    for value in (0.0, 0.5, 1.0):
        parts.append(f'<line class="axis" x1="{LEFT}" x2="{end_x}" y1="{to_y(value):.1f}" y2="{to_y(value):.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{to_y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    for power in range(0, int(decades) + 1, 2):
        x = to_x(10**power)
        parts.append(f'<text x="{x:.1f}" y="{PLOT_HEIGHT - 16}" text-anchor="middle">{10**power:,}</text>')
    parts.append(f'<text x="{middle_x:.1f}" y="{PLOT_HEIGHT - 2}" text-anchor="middle">best of n</text>')
    last = curve.points[-1]
    proxy_y, gold_y = to_y(last.proxy), to_y(last.gold)
    if abs(proxy_y - gold_y) < 14:
        # Where both lines end together their names stand below one another.
        gold_y = proxy_y + 14
    for kind, y in (("proxy", proxy_y), ("gold", gold_y)):
        points = " ".join(f"{to_x(point.n):.1f},{to_y(getattr(point, kind)):.1f}" for point in curve.points)
        parts.append(f'<polyline class="{kind}" points="{points}"/>')
        parts.append(f'<text class="{kind}-name" x="{end_x + 8}" y="{y + 4:.1f}">{kind}</text>')
    return "".join([*parts, "</svg>"])
