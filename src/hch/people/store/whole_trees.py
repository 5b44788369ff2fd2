"""A tree read whole, once: where each distinct part of it comes first, how much there is of what, and search in it.

Shallowest first, so the first place of a part is the one with the shortest way. What a transcript's tree holds never
changes, so it is kept in memory; a live tree is, until something happens in the store.
"""

from __future__ import annotations

import threading
from array import array
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Row, func, select, true

from hch.people.store.content import transcripts_below
from hch.people.store.events import last_event
from hch.people.store.items import person_name
from hch.people.store.queries import join_by_index, portions, rows_by_id
from hch.people.store.tables import consultations, questions, transcripts, workspaces
from hch.people.store.trees import (
    ROUNDS_AS_TEXT,
    Asked,
    Branch,
    links_roots,
    read_asked,
    read_asked_rounds,
    workspaces_answering,
)

MOST_BRANCHES = 1_000_000
"""Of a larger tree so much is read and no more."""
COUNTLESS = 10**15
"""A tree of a few dozen distinct parts can have more nodes than this; there they are no longer counted."""
MOST_KEPT = 1_500_000
"""Parts of trees in memory, of about 200 bytes each."""


class Part(msgspec.Struct, frozen=True, gc=False):
    """A transcript or workspace of a tree, with all that was asked in it, in order, and where that goes on."""

    branch: Branch
    question_id: str
    state: str
    by: str
    text: str
    reason: str
    asked: list[Asked]
    below: list[Branch | None]


class Work(msgspec.Struct, frozen=True):
    """A person's work in a tree: in how many workspaces, for how long, and from when to when."""

    person: int
    workspaces: int
    active_seconds: float
    began_at: float | None
    ended_at: float | None


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
    worked: list[Work]
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
        """The way to a part from at most so many levels above it: the part to begin at, and the places."""
        places: list[int] = []
        while self.above[number] >= 0 and len(places) < most:
            places.append(self.places[number])
            number = self.above[number]
        return number, tuple(reversed(places))


class Search(msgspec.Struct, frozen=True):
    """What is searched for: nodes whose texts have all these words, with this outcome or state, by this answerer.

    What is empty does not matter. Neither does the case of letters.
    """

    text: str = ""
    outcome: str = ""
    by: str = ""

    @property
    def words(self) -> list[str]:
        return self.text.casefold().split()

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.outcome or self.by)

    def fits(self, state: str, by: str) -> bool:
        return self.outcome in ("", state) and self.by in ("", by)


class Hit(msgspec.Struct, frozen=True, order=True):
    """A node that fits: the number of the part ``above`` it (-1: it is the root), and its place there."""

    above: int
    place: int


class Hits(msgspec.Struct, frozen=True):
    """Some of the hits, in the order of the tree, shallowest first; ``total`` is how many there are."""

    total: int
    some: list[Hit]


def read_parts(connection: Connection, root: Branch, most: int = MOST_BRANCHES) -> Iterator[list[Part]]:
    """The distinct parts of a root's tree, each once, some at a time and in no order.

    Below a workspace these are workspaces, and the transcripts that came with answers of models. A chain of 100,000
    parts costs no more than any tree: one recursive query names them all, none is made level by level.
    """
    w, t = workspaces.c, transcripts.c
    of_live = (w.id, w.question_id, w.state, w.person_id, w.text, w.reason)
    tops = [root.transcript] if root.transcript else []
    for numbers in portions(_workspaces_below(connection, root.workspace)[:most] if root.workspace else []):
        every = read_asked(connection, [Branch(workspace=number) for number in numbers])
        people = workspaces_answering(connection, (one for asked in every.values() for one in asked), (w.id, w.key))
        rows = rows_by_id(connection, workspaces, numbers, of_live)
        parts = [_live_part(rows[number], every[Branch(workspace=number)], people) for number in numbers]
        tops.extend(below.transcript for part in parts for below in part.below if below is not None)
        yield parts
    of_transcripts = (t.id, t.question_id, t.outcome, t.by, t.text, t.reason, ROUNDS_AS_TEXT)
    for ids in portions(transcripts_below(connection, [id_ for id_ in tops if id_], most)):
        yield [_part(row) for row in rows_by_id(connection, transcripts, ids, of_transcripts).values()]


def read_whole(connection: Connection, root: Branch, most: int = MOST_BRANCHES) -> WholeTree:
    """Reads the tree of a root, which must be there."""
    asked: dict[Branch, list[tuple[int, Branch]]] = {}
    leaves: dict[Branch, int] = {}
    outcomes, by = Counter[str](), Counter[str]()
    for parts in read_parts(connection, root, most):
        for part in parts:
            asked[part.branch] = [(place, below) for place, below in enumerate(part.below) if below is not None]
            leaves[part.branch] = len(part.asked) - len(asked[part.branch])
            _count(part, outcomes, by)
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
        worked=_time_worked(connection, branches),
        complete=len(branches) < most,
        circular=circular,
    )
    return WholeTree(branches, numbers, above, places, levels, statistics)


@dataclass
class WholeTrees:
    """Reads trees whole, and keeps those used last. Safe to use from several threads at once."""

    most: int = MOST_KEPT
    _kept: OrderedDict[Branch, tuple[int, WholeTree]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, connection: Connection, root: Branch) -> WholeTree:
        """The tree of a root, which must be there."""
        version = last_event(connection) if root.workspace else 0
        # One at a time: several who want the same large tree at once get it for the price of one.
        with self._lock:
            kept = self._kept.pop(root, None)
            tree = kept[1] if kept is not None and kept[0] == version else read_whole(connection, root)
            self._kept[root] = (version, tree)
            while len(self._kept) > 1 and sum(len(tree.branches) for _, tree in self._kept.values()) > self.most:
                self._kept.popitem(last=False)
            return tree


def search(connection: Connection, tree: WholeTree, sought: Search, places: range) -> Hits:
    """Searches the whole tree, each node at its first place, and returns the hits at these places of the list."""
    hits: list[Hit] = []
    for parts in read_parts(connection, tree.branches[0]):
        fitting = [candidate for part in parts for candidate in _candidates(part, tree, sought)]
        if sought.words:
            asked = (question for _, question, _ in fitting)
            columns = (questions.c.id, questions.c.text)
            texts = {id_: row.text for id_, row in rows_by_id(connection, questions, asked, columns).items()}
            fitting = [
                (hit, question, text)
                for hit, question, text in fitting
                if _has_words(sought.words, f"{texts.get(question, '')}\n{text}")
            ]
        hits.extend(hit for hit, _, _ in fitting)
    hits.sort()
    return Hits(len(hits), hits[places.start : places.stop])


def _candidates(part: Part, tree: WholeTree, sought: Search) -> Iterator[tuple[Hit, str, str]]:
    """A part, and what was asked in it and goes no further, where state and answerer fit: with question id and text."""
    number = tree.numbers.get(part.branch)
    if number is None:
        return
    if sought.fits(part.state, part.by):
        yield Hit(tree.above[number], tree.places[number]), part.question_id, f"{part.text}\n{part.reason}"
    for asked, below in zip(part.asked, part.below, strict=True):
        if below is None and sought.fits(asked.state, asked.given.by if asked.given else ""):
            text = "" if asked.given is None else f"{asked.given.text}\n{asked.given.reason}"
            yield Hit(number, asked.place), asked.question_id, text


def _has_words(words: list[str], text: str) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)


def _part(row: Row[Any]) -> Part:
    asked = read_asked_rounds(row.rounds)
    below = [one.goes_on_in({}) for one in asked]
    return Part(Branch(row.id), row.question_id, row.outcome, row.by, row.text, row.reason, asked, below)


def _live_part(row: Row[Any], asked: list[Asked], people: Mapping[tuple[int, str], Row[Any]]) -> Part:
    by = "" if row.person_id is None else person_name(row.person_id)
    below = [one.goes_on_in(people) for one in asked]
    return Part(Branch(workspace=row.id), row.question_id, row.state, by, row.text, row.reason, asked, below)


def _workspaces_below(connection: Connection, root: int) -> list[int]:
    """The numbers of all workspaces in the tree of one, itself included."""
    project = connection.execute(select(workspaces.c.project_id).where(workspaces.c.id == root)).scalar()
    if project is None:
        return []
    live = select(workspaces.c.id).where(workspaces.c.id == root).cte("live", recursive=True)
    asked, c = join_by_index(connection, live, consultations, consultations.c.workspace_id == live.c.id)
    child = workspaces.alias("child")
    linked = true() if links_roots(connection, project) else ~child.c.root
    answers = (child.c.project_id == project) & (child.c.key == c.c.key) & linked
    joined, answering = join_by_index(connection, asked, child, answers)
    live = live.union(select(answering.c.id).select_from(joined))
    return list(connection.execute(select(live.c.id)).scalars())


def _time_worked(connection: Connection, branches: list[Branch]) -> list[Work]:
    """What each person did in some branches, who worked longest first."""
    w, work = workspaces.c, dict[int, Work]()
    began, ended = func.min(func.coalesce(w.shown_at, w.created_at)), func.max(w.ended_at)
    query = select(w.person_id, func.count(), func.coalesce(func.sum(w.active_seconds), 0.0), began, ended)
    query = query.where(w.person_id.is_not(None)).group_by(w.person_id)
    # Of a live tree the workspaces alone count: a transcript in it was made by a model, or somewhere else.
    live = bool(branches[0].workspace)
    column: Column[Any] = w.id if live else w.transcript_id
    for some in portions([branch.workspace if live else branch.transcript for branch in branches]):
        for row in connection.execute(query.where(column.in_(some))):
            work[row[0]] = _sum_work(work.get(row[0]), Work(*row))
    return sorted(work.values(), key=lambda one: -one.active_seconds)


def _sum_work(one: Work | None, other: Work) -> Work:
    if one is None:
        return other
    began = [at for at in (one.began_at, other.began_at) if at is not None]
    ended = [at for at in (one.ended_at, other.ended_at) if at is not None]
    number, seconds = one.workspaces + other.workspaces, one.active_seconds + other.active_seconds
    return Work(other.person, number, seconds, min(began, default=None), max(ended, default=None))


def _count(part: Part, outcomes: Counter[str], by: Counter[str]) -> None:
    outcomes[part.state] += 1
    if part.by:
        by[part.by] += 1
    for asked, below in zip(part.asked, part.below, strict=True):
        if below is None:
            outcomes[asked.state] += 1
            if asked.given is not None and asked.given.by:
                by[asked.given.by] += 1


def _sizes(kids: list[list[int]], leaves: list[int]) -> tuple[int, int, bool]:
    """Nodes and depth of the tree of number 0, and whether anything is below itself. -1 stands for a leaf.

    Without recursion, for trees may be deep: a number is pushed once to push its kids, and popped when they are
    counted. What is below itself counts as a leaf there.
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
