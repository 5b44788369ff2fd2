"""The hits of a search in a tree, as a list: each with the words that were searched for, and its node's address."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from hch.people.store.trees import Branch, Node, read_below, read_top
from hch.people.store.whole_trees import Hit, WholeTree
from hch.serving.pages.addresses import DEEPEST, node_address, way_text
from hch.serving.pages.formatting import ON_ONE_LINE, StateLabel, line_of, state_label
from hch.serving.pages.tree_view import TreePage

LEAD = 60
"""Characters that are shown before the first hit in a text."""


class Part(msgspec.Struct, frozen=True):
    """A part of a text that is, or is not, one of the words searched for."""

    text: str
    is_hit: bool


class HitLine(msgspec.Struct, frozen=True):
    """A node that was hit, ``level`` levels below the root; ``way`` is how one comes to it from there, if short."""

    question: list[Part]
    came: list[Part]
    state: StateLabel
    who: str
    level: int
    way: str
    address: str


def hit_lines(
    connection: Connection, page: TreePage, tree: WholeTree, hits: Sequence[Hit], words: Sequence[str]
) -> list[HitLine]:
    """The nodes that were hit, in their order."""
    nodes = _nodes(connection, tree, hits)
    return [_line(page, tree, hit, nodes[hit], words) for hit in hits if hit in nodes]


def parts(text: str, words: Sequence[str]) -> list[Part]:
    """A text on one line from shortly before the first of the words, cut at the ends of all of them."""
    pattern = re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None
    first = pattern.search(text) if pattern else None
    start = max(0, first.start() - LEAD) if first and first.start() > ON_ONE_LINE - LEAD else 0
    line = ("…" if start else "") + line_of(text[start:])
    if pattern is None:
        return [Part(line, False)]
    cut, end = list[Part](), 0
    for match in pattern.finditer(line):
        cut += [Part(line[end : match.start()], False), Part(match[0], True)]
        end = match.end()
    return [part for part in (*cut, Part(line[end:], False)) if part.text]


def _nodes(connection: Connection, tree: WholeTree, hits: Sequence[Hit]) -> dict[Hit, Node]:
    wanted: dict[Branch, list[int]] = defaultdict(list)
    for hit in hits:
        if hit.above >= 0:
            wanted[tree.branches[hit.above]].append(hit.place)
    asked = read_below(connection, wanted)
    nodes = {Hit(tree.numbers[branch], node.place): node for branch, below in asked.items() for node in below.nodes}
    first = read_top(connection, tree.branches[0]) if any(hit.above < 0 for hit in hits) else None
    return nodes if first is None else nodes | {Hit(-1, 0): first}


def _line(page: TreePage, tree: WholeTree, hit: Hit, node: Node, words: Sequence[str]) -> HitLine:
    begin, places = tree.way(hit.above, DEEPEST - 1) if hit.above >= 0 else (0, ())
    way = (*places, hit.place) if hit.above >= 0 else ()
    root, of = tree.branches[begin], page.of if begin == 0 else page.of or page.root
    return HitLine(
        question=parts(node.question, words),
        came=parts(node.text or node.reason, words),
        state=state_label(node.state),
        who=page.who(node),
        level=tree.levels[hit.above] + 1 if hit.above >= 0 else 0,
        way=way_text(way) if begin == 0 else "",
        address=node_address(root, way, of),
    )
