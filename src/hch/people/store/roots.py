"""The questions that a project began with, newest first, however many there are.

A page of them is found from where the last one ended, not by counting from the beginning.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, or_, select

from hch.people.store.items import WORK
from hch.people.store.tables import questions, workspaces


class Sought(msgspec.Struct, frozen=True):
    """Which roots of a project are listed; what is empty does not matter.

    ``state`` is an outcome, or what a workspace is before it has one; ``person`` who acted last. ``text`` is part of
    the question or of what came of it; whether the case of letters outside ASCII matters is the database's affair.
    """

    project: int
    state: str = ""
    person: int = 0
    stale: bool = False
    text: str = ""


class Root(msgspec.Struct, frozen=True):
    """A question that a project began with."""

    id: int
    question: str
    draw: str | None
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


def roots(connection: Connection, sought: Sought, *, before: int = 0, after: int = 0, most: int = 50) -> Roots:
    """The newest roots whose numbers are below ``before``, or the oldest of those above ``after``; 0 is no limit."""
    w, q = workspaces.c, questions.c
    columns: list[ColumnElement[Any]] = [
        w.id, w.state, w.text, w.reason, w.person_id, w.holder_id, w.stale, w.created_at, w.ended_at, w.active_seconds,
        q.text.label("question"), q.draw,
    ]  # fmt: skip
    query = select(*columns).join(questions, q.id == w.question_id).where(*_which(sought))
    if after:
        found = list(connection.execute(query.where(w.id > after).order_by(w.id).limit(most + 1)))
        shown = found[:most][::-1]
        newer, older = len(found) > most, bool(shown)
    else:
        where = (w.id < before,) if before else ()
        found = list(connection.execute(query.where(*where).order_by(w.id.desc()).limit(most + 1)))
        shown = found[:most]
        newer, older = bool(before and shown), len(found) > most
    rows = [_root(row) for row in shown]
    return Roots(rows, rows[0].id if newer else None, rows[-1].id if older else None)


def _which(sought: Sought) -> list[ColumnElement[bool]]:
    w = workspaces.c
    # Written so that no index serves for these: a page is found fast by going through the workspaces in their order
    # until it is full, but SQLite would rather collect all of a project, however many they are, and sort them.
    where = [w.project_id + 0 == sought.project, w.root, w.kind == WORK]
    if sought.state:
        where.append(w.state.concat("") == sought.state)
    if sought.person:
        where.append(w.person_id == sought.person)
    if sought.stale:
        where.append(w.stale)
    if sought.text:
        texts = (questions.c.text, w.text, w.reason)
        where.append(or_(*(each.icontains(sought.text, autoescape=True) for each in texts)))
    return where


def _root(row: Row[Any]) -> Root:
    return Root(
        id=row.id,
        question=row.question,
        draw=row.draw,
        state=row.state,
        text=row.text,
        reason=row.reason,
        person=row.person_id,
        holder=row.holder_id,
        stale=row.stale,
        at=row.ended_at or row.created_at,
        active_seconds=row.active_seconds,
    )
