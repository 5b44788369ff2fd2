"""What was found in a tree, as a list: each with the words that were looked for, and the address of its node."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from hch.people.store.exploring import Branch, Node, below, top
from hch.people.store.tree_search import Hit
from hch.people.store.whole_trees import WholeTree
from hch.serving.pages.addresses import DEEPEST, node_address, way_text
from hch.serving.pages.formatting import ON_ONE_LINE, StateLabel, line_of, state_label
from hch.serving.pages.tree_view import Ground

LEAD = 60
"""Characters that are shown before what was found."""


class Part(msgspec.Struct, frozen=True):
    """A part of a text that is, or is not, one of the words looked for."""

    text: str
    found: bool


class Found(msgspec.Struct, frozen=True):
    """A node that was found, ``level`` levels below the root; ``way`` is how one comes to it from there, if short."""

    question: list[Part]
    came: list[Part]
    state: StateLabel
    who: str
    level: int
    way: str
    address: str


def found_lines(
    connection: Connection, ground: Ground, tree: WholeTree, hits: Sequence[Hit], words: Sequence[str]
) -> list[Found]:
    """The nodes that were hit, in their order."""
    nodes = _nodes(connection, tree, hits)
    return [_found(ground, tree, hit, nodes[hit], words) for hit in hits if hit in nodes]


def parts(text: str, words: Sequence[str]) -> list[Part]:
    """A text on one line from shortly before the first of the words, with all of them told apart."""
    pattern = re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None
    first = pattern.search(text) if pattern else None
    start = max(0, first.start() - LEAD) if first and first.start() > ON_ONE_LINE - LEAD else 0
    line = ("…" if start else "") + line_of(text[start:])
    if pattern is None:
        return [Part(line, False)]
    found, end = list[Part](), 0
    for match in pattern.finditer(line):
        found += [Part(line[end : match.start()], False), Part(match[0], True)]
        end = match.end()
    return [part for part in (*found, Part(line[end:], False)) if part.text]


def _nodes(connection: Connection, tree: WholeTree, hits: Sequence[Hit]) -> dict[Hit, Node]:
    wanted: dict[Branch, list[int]] = defaultdict(list)
    for hit in hits:
        if hit.above >= 0:
            wanted[tree.branches[hit.above]].append(hit.place)
    asked = below(connection, wanted)
    nodes = {Hit(tree.numbers[branch], node.place): node for branch, found in asked.items() for node in found.nodes}
    first = top(connection, tree.branches[0]) if any(hit.above < 0 for hit in hits) else None
    return nodes if first is None else nodes | {Hit(-1, 0): first}


def _found(ground: Ground, tree: WholeTree, hit: Hit, node: Node, words: Sequence[str]) -> Found:
    begin, places = tree.way(hit.above, DEEPEST - 1) if hit.above >= 0 else (0, ())
    way = (*places, hit.place) if hit.above >= 0 else ()
    root, of = tree.branches[begin], ground.of if begin == 0 else ground.of or ground.root
    return Found(
        question=parts(node.question, words),
        came=parts(node.text or node.reason, words),
        state=state_label(node.state),
        who=ground.who(node),
        level=tree.levels[hit.above] + 1 if hit.above >= 0 else 0,
        way=way_text(way) if begin == 0 else "",
        address=node_address(root, way, of),
    )
