"""The roots of a project: the questions that it began with, newest first, and how much lies below each.

A page of them begins where the last one ended, so it costs the same however many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, or_, select

from hch.people.store.items import WORK
from hch.people.store.tables import questions, workspaces
from hch.people.store.trees import Branch, read_asked, workspaces_answering

MOST_COUNTED, DEEPEST = 20_000, 30
"""Consultations that are counted for one list (a level is counted whole), and levels."""


class Filter(msgspec.Struct, frozen=True):
    """Which roots of a project are listed; what is empty does not matter.

    ``state`` is an outcome, or the state of a workspace before it has one; ``person`` acted last. ``text`` is part of
    the question or of what came of it; whether the case of letters outside ASCII matters is the database's affair.
    """

    project: int
    state: str = ""
    person: int = 0
    stale: bool = False
    text: str = ""


class Root(msgspec.Struct, frozen=True):
    """A question that a project began with. ``at`` is when it ended or else was made, in seconds since 1970."""

    id: int
    question: str
    sample_index: str | None
    state: str
    text: str
    reason: str
    person: int | None
    holder: int | None
    stale: bool
    at: float
    active_seconds: float


class Roots(msgspec.Struct, frozen=True):
    """Some roots, newest first; ``newer`` and ``older`` are where the pages beside this one begin, if there are any."""

    rows: list[Root]
    newer: int | None
    older: int | None


class Size(msgspec.Struct, frozen=True):
    """How many consultations lie below a root, each counted once, and how deep: at least so many unless ``exact``."""

    nodes: int = 0
    depth: int = 0
    exact: bool = True


def roots(connection: Connection, wanted: Filter, *, before: int = 0, after: int = 0, most: int = 50) -> Roots:
    """The newest roots whose numbers are below ``before``, or the oldest of those above ``after``; 0 is no limit."""
    w, q = workspaces.c, questions.c
    columns: list[ColumnElement[Any]] = [
        w.id, w.state, w.text, w.reason, w.person_id, w.holder_id, w.stale, w.created_at, w.ended_at, w.active_seconds,
        q.text.label("question"), q.draw,
    ]  # fmt: skip
    query = select(*columns).join(questions, q.id == w.question_id).where(*_conditions(wanted))
    if after:
        read = list(connection.execute(query.where(w.id > after).order_by(w.id).limit(most + 1)))
        listed = read[:most][::-1]
        newer, older = len(read) > most, bool(listed)
    else:
        where = (w.id < before,) if before else ()
        read = list(connection.execute(query.where(*where).order_by(w.id.desc()).limit(most + 1)))
        listed = read[:most]
        newer, older = bool(before and listed), len(read) > most
    rows = [_root(row) for row in listed]
    return Roots(rows, rows[0].id if newer else None, rows[-1].id if older else None)


def sizes(
    connection: Connection, ids: Sequence[int], most: int = MOST_COUNTED, deepest: int = DEEPEST
) -> dict[int, Size]:
    """How much lies below these root workspaces: level by level for all at once, and no further than it may."""
    counted = dict.fromkeys(ids, Size())
    seen = {(root, Branch(workspace=root)) for root in ids}
    level, left = set(seen), most
    for depth in range(1, deepest + 1):
        asked = read_asked(connection, sorted({branch for _, branch in level}))
        columns = (workspaces.c.id, workspaces.c.key)
        people = workspaces_answering(connection, (one for listed in asked.values() for one in listed), columns)
        further: set[tuple[int, Branch]] = set()
        for root, branch in level:
            if asked[branch]:
                counted[root] = Size(counted[root].nodes + len(asked[branch]), depth)
                below = (one.goes_on_in(people) for one in asked[branch])
                further |= {(root, child) for child in below if child is not None}
            left -= len(asked[branch])
        if left <= 0:
            break
        level = further - seen
        if not level:
            break
        seen |= level
    return counted | {root: msgspec.structs.replace(counted[root], exact=False) for root, _ in level}


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    w = workspaces.c
    # Written so that no index serves for these: a page is read fast by going through the workspaces in their order
    # until it is full, but SQLite would rather collect all of a project, however many they are, and sort them.
    where = [w.project_id + 0 == wanted.project, w.root, w.kind == WORK]
    if wanted.state:
        where.append(w.state.concat("") == wanted.state)
    if wanted.person:
        where.append(w.person_id == wanted.person)
    if wanted.stale:
        where.append(w.stale)
    if wanted.text:
        texts = (questions.c.text, w.text, w.reason)
        where.append(or_(*(text.icontains(wanted.text, autoescape=True) for text in texts)))
    return where


def _root(row: Row[Any]) -> Root:
    return Root(
        id=row.id,
        question=row.question,
        sample_index=row.draw,
        state=row.state,
        text=row.text,
        reason=row.reason,
        person=row.person_id,
        holder=row.holder_id,
        stale=row.stale,
        at=row.ended_at or row.created_at,
        active_seconds=row.active_seconds,
    )
