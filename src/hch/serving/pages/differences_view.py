"""The differences between two rounds of a question, as a page shows them."""

from __future__ import annotations

import msgspec

from hch.people.store.exploring import Node
from hch.serving.pages.addresses import name_of, page_of
from hch.serving.pages.differences import Difference, Differences, Piece
from hch.serving.pages.formatting import StateLabel, lines_of, state_label
from hch.serving.pages.tree_view import Ground

LONGEST_ANSWER = 20_000
MOST_SHOWN = 200
"""Consultations that are the same, or that differ, on one page."""


class Row(msgspec.Struct, frozen=True):
    """A consultation of either round. ``states`` and ``who`` are those of the earlier and the later one, where it is.

    ``comparison`` is the address of the two trees below it side by side, where they differ.
    """

    kind: str
    question: str
    pieces: list[Piece]
    states: tuple[StateLabel | None, StateLabel | None]
    who: tuple[str, str]
    deeper: bool
    comparison: str
    page: str


class Compared(msgspec.Struct, frozen=True):
    """What differs, what is the same, and how many there are of each kind; long lists are cut."""

    same_end: bool
    end: list[Piece]
    differing: list[Row]
    same: list[Row]
    counts: dict[str, int]


def compared(found: Differences, ground: Ground) -> Compared:
    """The differences, with all texts made legible."""
    differing = [each for each in found.consultations if each.kind != "same"]
    same = [each for each in found.consultations if each.kind == "same"]
    return Compared(
        same_end=found.same_end,
        end=_legible(found.end),
        differing=[_row(each, ground) for each in differing[:MOST_SHOWN]],
        same=[_row(each, ground) for each in same[:MOST_SHOWN]],
        counts={kind: found.count(kind) for kind in ("same", "changed", "added", "gone")},
    )


def _row(each: Difference, ground: Ground) -> Row:
    either = each.later or each.earlier
    assert either is not None, "a difference is of something"
    return Row(
        kind=each.kind,
        question=lines_of(either.question, LONGEST_ANSWER),
        pieces=_legible(each.words),
        states=(_state(each.earlier), _state(each.later)),
        who=(_who(each.earlier, ground), _who(each.later, ground)),
        deeper=each.deeper,
        comparison=_comparison(each),
        page=page_of(either.below) if either.below is not None else "",
    )


def _comparison(each: Difference) -> str:
    if each.kind != "changed" or each.earlier is None or each.later is None:
        return ""
    before, after = each.earlier.below, each.later.below
    if before is None or after is None or before == after or not (each.earlier.asked or each.later.asked):
        return ""
    return f"/explore/differences/{name_of(before)}/{name_of(after)}"


def _state(node: Node | None) -> StateLabel | None:
    return None if node is None else state_label(node.state)


def _who(node: Node | None, ground: Ground) -> str:
    return "" if node is None else ground.who(node)


def _legible(pieces: tuple[Piece, ...]) -> list[Piece]:
    return [Piece(piece.mark, lines_of(piece.text, LONGEST_ANSWER)) for piece in pieces]
