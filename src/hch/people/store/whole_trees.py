"""A tree read whole, once: where each distinct part of it comes first, and how much there is of what.

Shallowest first, so the first place of a part is the one with the shortest way. What a transcript's tree holds never
changes, so it is remembered; a live one's is, until something happens in the store.
"""

from __future__ import annotations

import threading
from array import array
from collections import Counter, OrderedDict
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import Connection

from hch.people.store.events import last_event
from hch.people.store.exploring import Branch
from hch.people.store.scanning import MOST_BRANCHES, Scanned, Worked, scan, time_worked

COUNTLESS = 10**15
"""A tree of a few dozen distinct parts can have more nodes than this; there it is no longer counted."""
MOST_REMEMBERED = 1_500_000
"""Parts of trees, of about 200 bytes each."""


class Statistics(msgspec.Struct, frozen=True):
    """What there is in a tree.

    ``nodes`` counts a part as often as it comes, up to COUNTLESS; ``distinct`` counts it once, and so do ``outcomes``
    (by state) and ``by`` (by who acted). ``depth`` is the longest way down. ``complete`` is False where the tree is
    too large to be read whole, ``circular`` True where something waits for itself.
    """

    nodes: int
    distinct: int
    depth: int
    outcomes: dict[str, int]
    by: dict[str, int]
    worked: list[Worked]
    complete: bool
    circular: bool


class WholeTree(msgspec.Struct, frozen=True):
    """All parts of a tree, shallowest first, each with its first place.

    ``above`` has the number of the part above (-1: none) and ``places`` the place among what was asked there.
    """

    branches: list[Branch]
    numbers: dict[Branch, int]
    above: array[int]
    places: array[int]
    levels: array[int]
    statistics: Statistics

    def way(self, number: int, most: int) -> tuple[int, tuple[int, ...]]:
        """How one comes to a part from at most so many levels above it: the part to begin at, and the places."""
        places: list[int] = []
        while self.above[number] >= 0 and len(places) < most:
            places.append(self.places[number])
            number = self.above[number]
        return number, tuple(reversed(places))


def read_whole(connection: Connection, root: Branch, most: int = MOST_BRANCHES) -> WholeTree:
    """Reads the tree of a root, which must be there."""
    asked: dict[Branch, list[tuple[int, Branch]]] = {}
    leaves: dict[Branch, int] = {}
    outcomes, by = Counter[str](), Counter[str]()
    for each in scan(connection, root, most, with_texts=False):
        asked[each.branch] = [(place, one.below) for place, one in enumerate(each.asked) if one.below is not None]
        leaves[each.branch] = len(each.asked) - len(asked[each.branch])
        _count(each, outcomes, by)
    branches, numbers = [root], {root: 0}
    above, places, levels = array("q", [-1]), array("q", [0]), array("q", [0])
    for number, branch in enumerate(branches):  # grows while it is gone through
        for place, below in asked.get(branch, ()):
            if below in asked and below not in numbers:
                numbers[below] = len(branches)
                branches.append(below)
                above.append(number)
                places.append(place)
                levels.append(levels[number] + 1)
    kids = [[numbers.get(below, -1) for _, below in asked.get(branch, ())] for branch in branches]
    nodes, depth, circular = _sizes(kids, [leaves.get(branch, 0) for branch in branches])
    statistics = Statistics(
        nodes=nodes,
        distinct=len(branches) + sum(leaves.values()),
        depth=depth,
        outcomes=dict(outcomes.most_common()),
        by=dict(by.most_common()),
        worked=time_worked(connection, root),
        complete=len(branches) < most,
        circular=circular,
    )
    return WholeTree(branches, numbers, above, places, levels, statistics)


@dataclass
class WholeTrees:
    """Reads trees whole and remembers those read last. Safe to use from several threads at once."""

    most: int = MOST_REMEMBERED
    _known: OrderedDict[Branch, tuple[int, WholeTree]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, connection: Connection, root: Branch) -> WholeTree:
        """The tree of a root, which must be there."""
        version = last_event(connection) if root.workspace else 0
        # One at a time: several who want the same large tree at once get it for the price of one.
        with self._lock:
            known = self._known.pop(root, None)
            tree = known[1] if known is not None and known[0] == version else read_whole(connection, root)
            self._known[root] = (version, tree)
            while len(self._known) > 1 and sum(len(tree.branches) for _, tree in self._known.values()) > self.most:
                self._known.popitem(last=False)
            return tree


def _count(each: Scanned, outcomes: Counter[str], by: Counter[str]) -> None:
    outcomes[each.state] += 1
    if each.by:
        by[each.by] += 1
    for one in each.asked:
        if one.below is None:
            outcomes[one.state] += 1
            if one.given is not None and one.given.by:
                by[one.given.by] += 1


def _sizes(kids: list[list[int]], leaves: list[int]) -> tuple[int, int, bool]:
    """Nodes and depth of the tree of number 0, and whether anything is below itself. -1 stands for a leaf.

    Without recursion; what is below itself counts as a leaf there.
    """
    nodes, depths = array("q", [0]) * len(kids), array("q", [0]) * len(kids)
    under_way = bytearray(len(kids))
    circular = False
    waiting = [0]
    while waiting:
        number = waiting[-1]
        if nodes[number]:
            waiting.pop()
        elif not under_way[number]:
            under_way[number] = True
            waiting.extend(kid for kid in set(kids[number]) if kid >= 0 and not nodes[kid] and not under_way[kid])
        else:
            waiting.pop()
            total, deepest = 1 + leaves[number], min(leaves[number], 1)
            for kid in kids[number]:
                done = kid >= 0 and nodes[kid]
                circular |= kid >= 0 and not done
                total, deepest = total + (nodes[kid] if done else 1), max(deepest, 1 + (depths[kid] if done else 0))
            nodes[number], depths[number] = min(total, COUNTLESS), deepest
    return nodes[0], depths[0], circular
