"""A world as a picture: a card for each question with its optimal answers, an arrow from who asks to what is asked.

What is aligned is told by a word and a shape, and by colour only besides: pills are aligned, pointed labels are not.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from hch.optimum.shown.layout import Place, places
from hch.text.display import plain

LINE, LABEL, PADDING = 18.0, 26.0, 12.0
"""Pixels: the height of a line of text, of an answer's label, and what is left free at a card's edges."""
CHARACTER = 7.3
"""The width of a character of 13 pixels, on average and rather too much."""
BOLD = 7.9
"""The same of bold ones."""
MOST_LINES, MOST_ANSWERS = 5, 4
WIDE, NARROW = 1000.0, 360.0
WIDE_CARD, NARROW_CARD = 282.0, 286.0


@dataclass(frozen=True)
class Card:
    """A question as it is drawn: its answers each with whether it is aligned (None: nothing is said of that).

    ``note`` is what else there is to know, in a few words; ``circular`` questions lead back to themselves, and
    ``unseen`` ones the loss never looks at.
    """

    question: str
    answers: Sequence[tuple[str, bool | None]]
    asks: Sequence[str]
    note: str = ""
    circular: bool = False
    unseen: bool = False


def picture(cards: Sequence[Card], name: str, narrow: bool) -> str:
    """The picture as an SVG element, for a page or, ``narrow``, for a phone. ``name`` is its own on its page."""
    width, card = (NARROW, NARROW_CARD) if narrow else (WIDE, WIDE_CARD)
    texts = {each.question: lines(each.question, int((card - 2 * PADDING) / CHARACTER)) for each in cards}
    heights = {each.question: height(each, texts[each.question]) for each in cards}
    found, whole = places({each.question: each.asks for each in cards}, heights, width, card)
    rows: dict[int, list[Place]] = {}
    for place in found.values():
        rows.setdefault(place.row, []).append(place)
    spoken_text, size = escape(spoken(cards)), f'width="{width:.0f}" height="{whole:.0f}"'
    tip = 'viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"'
    parts = [
        f'<svg viewBox="0 0 {width:.0f} {whole:.0f}" {size} role="img" aria-label="{spoken_text}">',
        f'<defs><marker id="{name}-tip" {tip}><path d="M0 0.8 L10 5 L0 9.2 z" class="tip"/></marker></defs>',
    ]
    parts += [
        f'<path class="asks" d="{arrow(found[each.question], found[other], rows)}" marker-end="url(#{name}-tip)"/>'
        for each in cards
        for other in each.asks
        if other in found
    ]
    parts += [drawn(each, found[each.question], texts[each.question]) for each in cards]
    return "".join([*parts, "</svg>"])


def lines(text: str, widest: int) -> list[str]:
    """A question in lines, cut where it is too long."""
    found = textwrap.wrap(plain(text), widest, break_long_words=True) or [""]
    if len(found) > MOST_LINES:
        found = [*found[: MOST_LINES - 1], found[MOST_LINES - 1][: widest - 1] + "…"]
    return found


def height(card: Card, text: Sequence[str]) -> float:
    """How high a card is."""
    labels = min(len(card.answers), MOST_ANSWERS) + (len(card.answers) > MOST_ANSWERS) or 1
    return 2 * PADDING + LINE * (len(text) + bool(card.note)) + 6 + LABEL * labels


def drawn(card: Card, place: Place, text: Sequence[str]) -> str:
    """A card as a group of shapes: the question, a note, and a label for each answer."""
    kind = "card" + (" circular" if card.circular else "") + (" unseen" if card.unseen else "")
    box = f'x="{place.x:.1f}" y="{place.y:.1f}" width="{place.width:.1f}" height="{place.height:.1f}" rx="8"'
    parts = [f'<g class="{kind}"><title>{escape(plain(card.question))}</title><rect {box}/>']
    if card.circular:
        parts.append(
            f'<rect class="inner" x="{place.x + 4:.1f}" y="{place.y + 4:.1f}" width="{place.width - 8:.1f}" '
            f'height="{place.height - 8:.1f}" rx="5"/>'
        )
    y = place.y + PADDING + 13
    left = place.x + PADDING
    for line in text:
        parts.append(f'<text x="{left:.1f}" y="{y:.1f}">{escape(line)}</text>')
        y += LINE
    if card.note:
        parts.append(f'<text class="note" x="{left:.1f}" y="{y:.1f}">{escape(card.note)}</text>')
        y += LINE
    y -= 6
    if not card.answers:
        parts.append(f'<text class="note" x="{left:.1f}" y="{y + 14:.1f}">no optimal answer</text>')
    for answer, aligned in card.answers[:MOST_ANSWERS]:
        parts.append(label(answer, aligned, left, y, place.width - 2 * PADDING))
        y += LABEL
    if len(card.answers) > MOST_ANSWERS:
        more = len(card.answers) - MOST_ANSWERS
        wrong = sum(aligned is False for _, aligned in card.answers[MOST_ANSWERS:])
        parts.append(f'<text class="note" x="{left:.1f}" y="{y + 14:.1f}">{more} more, {wrong} misaligned</text>')
    return "".join([*parts, "</g>"])


def label(answer: str, aligned: bool | None, x: float, y: float, widest: float) -> str:
    """An answer: a pill if it is aligned, pointed at both ends if not, bare if nothing is said of it."""
    word = {True: " ✓", False: " ✗ misaligned", None: ""}[aligned]
    room = int((widest - 22) / (BOLD if aligned is False else CHARACTER)) - len(word)
    text = plain(answer, max(6, room))
    character = BOLD if aligned is False else CHARACTER
    wide = min(widest, (len(text) + len(word)) * character + 22)
    top, low, middle = y, y + 21, y + 10.5
    if aligned is False:
        points = (
            f"{x},{middle} {x + 8},{top} {x + wide - 8},{top} {x + wide},{middle} {x + wide - 8},{low} {x + 8},{low}"
        )
        shape, kind = f'<polygon points="{points}"/>', "misaligned"
    else:
        shape = f'<rect x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" height="21" rx="10.5"/>'
        kind = "aligned" if aligned else "said"
    said = f'<text x="{x + 11:.1f}" y="{middle + 4.5:.1f}">{escape(text)}{word}</text>'
    return f'<g class="label {kind}">{shape}{said}</g>'


def arrow(one: Place, other: Place, rows: Mapping[int, Sequence[Place]]) -> str:
    """The way of an arrow from who asks to what is asked: between the cards of the ``rows`` that it passes."""
    if one == other:
        x, y = one.x + one.width, one.y + one.height / 2
        return f"M{x - 2:.1f} {y - 9:.1f} C{x + 26:.1f} {y - 24:.1f} {x + 26:.1f} {y + 24:.1f} {x + 1:.1f} {y + 9:.1f}"
    if one.row == other.row:
        # Beside each other: the way there runs below the cards and the way back above them, so that both are seen.
        right = other.x > one.x
        shift = 14 if right else -14
        start, end = (one.middle + shift, one.bottom), (other.middle - shift, other.bottom)
        bend = max(one.bottom, other.bottom) + 30
        if not right:
            start, end = (start[0], one.y), (end[0], other.y)
            bend = min(one.y, other.y) - 30
        tip = end[1] + (1 if right else -1)
        return (
            f"M{start[0]:.1f} {start[1]:.1f} C{start[0]:.1f} {bend:.1f} {end[0]:.1f} {bend:.1f} {end[0]:.1f} {tip:.1f}"
        )
    down = other.row > one.row
    aside = 0.0 if down else 16.0
    start = (one.middle - aside, one.bottom if down else one.y)
    end = (other.middle + aside, other.y - 1 if down else other.bottom + 1)
    path, here = f"M{start[0]:.1f} {start[1]:.1f}", start
    between = range(one.row + 1, other.row) if down else range(one.row - 1, other.row, -1)
    for number, row in enumerate(between, 1):
        cards = rows[row]
        wished = start[0] + (end[0] - start[0]) * number / (len(between) + 1)
        x = min(gaps(cards), key=lambda each: abs(each - wished))
        top, low = min(card.y for card in cards), max(card.bottom for card in cards)
        into, out = (top, low) if down else (low, top)
        path += curve(here, (x, into)) + f" L{x:.1f} {out:.1f}"
        here = (x, out)
    return path + curve(here, end)


def gaps(cards: Sequence[Place]) -> list[float]:
    """Where one gets through between the cards of a row, or past them."""
    order = sorted(cards, key=lambda card: card.x)
    beside = [(one.x + one.width + other.x) / 2 for one, other in pairwise(order)]
    return [order[0].x - 14, *beside, order[-1].x + order[-1].width + 14]


def curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    """A curve that leaves and arrives upright."""
    half = (end[1] - start[1]) / 2
    return f" C{start[0]:.1f} {start[1] + half:.1f} {end[0]:.1f} {end[1] - half:.1f} {end[0]:.1f} {end[1]:.1f}"


def spoken(cards: Sequence[Card]) -> str:
    """The picture in words."""
    said: Mapping[bool | None, str] = {True: "aligned", False: "misaligned", None: "any is aligned"}
    parts = []
    for card in cards[:20]:
        answers = ", ".join(f"{plain(answer, 60)} ({said[aligned]})" for answer, aligned in card.answers[:MOST_ANSWERS])
        asks = f", asks {len(card.asks)}" if card.asks else ""
        parts.append(f"{plain(card.question, 80)}{asks}: {answers or 'no optimal answer'}")
    more = [f"and {len(cards) - 20} questions more"] if len(cards) > 20 else []
    return "; ".join(parts + more)
