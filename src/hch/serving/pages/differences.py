"""Two rounds of one question side by side: what was asked in both, in one only, and how the answers differ by word.

``compare`` finds the differences, and ``rows_of`` makes a page of them.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from rapidfuzz.distance import Indel

from hch.people.store.trees import Node
from hch.serving.pages.addresses import name_of, page_of
from hch.serving.pages.formatting import StateLabel, lines_of, state_label
from hch.serving.pages.tree_view import TreePage

MOST_WORDS = 20_000
"""Longer texts are compared at their ends only."""
LONGEST_ANSWER = 20_000
MOST_SHOWN = 200
"""Consultations that are the same, or that differ, on one page."""

Mark = Literal["same", "added", "gone"]


class Piece(msgspec.Struct, frozen=True):
    """Words that both texts have, or one of them."""

    mark: Mark
    text: str


class Side(msgspec.Struct, frozen=True):
    """One round: the node that it ended with, and the nodes that were asked in it, in order."""

    end: Node
    asked: Sequence[Node]


class Difference(msgspec.Struct, frozen=True):
    """A consultation of either round. ``words`` are the earlier answer turned into the later one.

    It is the same where what was asked and answered is the same, and so is what was asked below, as far as that is
    known of both. Where only what was asked below differs, ``deeper`` says so.
    """

    kind: Literal["same", "changed", "added", "gone"]
    earlier: Node | None
    later: Node | None
    words: tuple[Piece, ...]
    deeper: bool = False


class Differences(msgspec.Struct, frozen=True):
    """How a later round differs from an earlier one."""

    same_end: bool
    end: tuple[Piece, ...]
    consultations: list[Difference]

    def count(self, kind: str) -> int:
        """How many consultations are of a kind."""
        return sum(difference.kind == kind for difference in self.consultations)


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


class Rows(msgspec.Struct, frozen=True):
    """The rows of a page: those that differ, those that are the same, and how many there are of each kind.

    Long lists are cut.
    """

    same_end: bool
    end: list[Piece]
    differing: list[Row]
    same: list[Row]
    counts: dict[str, int]


def compare(earlier: Side, later: Side) -> Differences:
    """What changed from one round to the other. Consultations of the same question belong together, in their order."""
    ends = answer_words(earlier.end), answer_words(later.end)
    same_end = earlier.end.state == later.end.state and ends[0] == ends[1]
    return Differences(same_end, diff_words(*ends), list(_consultations(earlier.asked, later.asked)))


def rows_of(differences: Differences, page: TreePage) -> Rows:
    """The differences as a page shows them, with all texts made legible."""
    differing = [one for one in differences.consultations if one.kind != "same"]
    same = [one for one in differences.consultations if one.kind == "same"]
    return Rows(
        same_end=differences.same_end,
        end=_legible(differences.end),
        differing=[_row(one, page) for one in differing[:MOST_SHOWN]],
        same=[_row(one, page) for one in same[:MOST_SHOWN]],
        counts={kind: differences.count(kind) for kind in ("same", "changed", "added", "gone")},
    )


def diff_words(earlier: str, later: str) -> tuple[Piece, ...]:
    """The earlier text with gone and added words marked; without the gone words it is the later text."""
    old, new = _words(earlier), _words(later)
    pieces: list[Piece] = []
    same = gone = added = ""
    for tag, a, b, c, d in (*_steps(old, new), ("end", 0, 0, 0, 0)):
        if tag == "equal":
            same += "".join(old[a:b])
        elif tag == "end" or (same.strip() if gone or added else same):
            pieces.extend(_pieces(gone, added, same))
            same, gone, added = "", "".join(old[a:b]), "".join(new[c:d])
        else:
            # At most a space lies between two changes: they are read as one.
            same, gone, added = "", gone + same + "".join(old[a:b]), added + same + "".join(new[c:d])
    return tuple(pieces)


def answer_words(node: Node) -> str:
    """The answer to a question, or in words why there is none."""
    if node.state == "answered":
        return node.text
    return f"{node.state}: {node.reason}" if node.reason else node.state


def _consultations(earlier: Sequence[Node], later: Sequence[Node]) -> Iterator[Difference]:
    partners = _pair(earlier, later)
    gone: dict[int, list[Node]] = defaultdict(list)
    last = -1
    for place, node in enumerate(earlier):
        if place in partners:
            last = partners[place]
        else:
            gone[last].append(node)
    earlier_of = {there: earlier[here] for here, there in partners.items()}
    for place in range(-1, len(later)):
        if place >= 0:
            before = earlier_of.get(place)
            yield _all_new(later[place]) if before is None else _compare_pair(before, later[place])
        yield from (Difference("gone", node, None, _all_of("gone", node)) for node in gone[place])


def _pair(earlier: Sequence[Node], later: Sequence[Node]) -> dict[int, int]:
    """For consultations of the earlier round, by place: the place in the later round that asks the same."""
    waiting: dict[str, deque[int]] = defaultdict(deque)
    for place, node in enumerate(later):
        waiting[node.subject].append(place)
    return {place: waiting[node.subject].popleft() for place, node in enumerate(earlier) if waiting[node.subject]}


def _compare_pair(earlier: Node, later: Node) -> Difference:
    same = earlier.state == later.state and answer_words(earlier) == answer_words(later)
    known = earlier.transcript is not None and later.transcript is not None
    deeper = same and known and earlier.transcript != later.transcript and bool(earlier.asked or later.asked)
    words = diff_words(answer_words(earlier), answer_words(later))
    return Difference("same" if same and not deeper else "changed", earlier, later, words, deeper)


def _all_new(node: Node) -> Difference:
    return Difference("added", None, node, _all_of("added", node))


def _all_of(mark: Mark, node: Node) -> tuple[Piece, ...]:
    return (Piece(mark, answer_words(node)),) if answer_words(node) else ()


def _words(text: str) -> list[str]:
    """Words, and the spaces between them."""
    return re.findall(r"\S+|\s+", text)


def _steps(old: list[str], new: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """The ranges of words that are equal in both texts, and those that are not."""
    if max(len(old), len(new)) <= MOST_WORDS:
        # Not difflib: on texts that somebody has made to be hard, it takes cubic time.
        yield from ((op.tag, op.src_start, op.src_end, op.dest_start, op.dest_end) for op in Indel.opcodes(old, new))
        return
    shorter = min(len(old), len(new))
    start = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    end = next((i for i in range(shorter - start) if old[-1 - i] != new[-1 - i]), shorter - start)
    yield "equal", 0, start, 0, start
    yield "replace", start, len(old) - end, start, len(new) - end
    yield "equal", len(old) - end, len(old), len(new) - end, len(new)


def _pieces(gone: str, added: str, same: str) -> Iterator[Piece]:
    marks: tuple[tuple[Mark, str], ...] = (("gone", gone), ("added", added), ("same", same))
    return (Piece(mark, text) for mark, text in marks if text)


def _row(difference: Difference, page: TreePage) -> Row:
    either = difference.later or difference.earlier
    assert either is not None, "a difference is of something"
    both = (difference.earlier, difference.later)
    earlier, later = (None if node is None else state_label(node.state) for node in both)
    before, after = ("" if node is None else page.who(node) for node in both)
    return Row(
        kind=difference.kind,
        question=lines_of(either.question, LONGEST_ANSWER),
        pieces=_legible(difference.words),
        states=(earlier, later),
        who=(before, after),
        deeper=difference.deeper,
        comparison=_comparison(difference),
        page=page_of(either.below) if either.below is not None else "",
    )


def _comparison(difference: Difference) -> str:
    """The address of the two trees below a consultation side by side, where they differ."""
    if difference.kind != "changed" or difference.earlier is None or difference.later is None:
        return ""
    before, after = difference.earlier.below, difference.later.below
    if before is None or after is None or before == after or not (difference.earlier.asked or difference.later.asked):
        return ""
    return f"/explore/differences/{name_of(before)}/{name_of(after)}"


def _legible(pieces: tuple[Piece, ...]) -> list[Piece]:
    return [Piece(piece.mark, lines_of(piece.text, LONGEST_ANSWER)) for piece in pieces]
