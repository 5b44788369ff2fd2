"""All of a tree, in a stream: each distinct transcript or workspace of it once, in no order, by one recursive query.

A chain of 100,000 transcripts is as good as any tree: nothing here is done level by level.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    exists,
    func,
    literal,
    select,
    true,
)

from hch.people.store.answers import person_name
from hch.people.store.consulted import Given, read_given, read_rounds
from hch.people.store.exploring import WAITING, Branch, roots_too, rounds_as_text
from hch.people.store.lateral import looked_up
from hch.people.store.tables import consultations, questions, transcripts, uses, workspaces

MOST_BRANCHES = 1_000_000
"""Of a larger tree so much is read and no more."""
AT_ONCE = 2000
"""Rows that are held while they are streamed."""


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A consultation within what was scanned: its question's id, the answer so far, and where it goes on."""

    question_id: str
    given: Given | None
    below: Branch | None

    @property
    def state(self) -> str:
        return WAITING if self.given is None else self.given.outcome


class Scanned(msgspec.Struct, frozen=True, gc=False):
    """A transcript or workspace of a tree, and all that was asked in it, in order."""

    branch: Branch
    question: str
    state: str
    by: str
    text: str
    reason: str
    asked: list[Asked]


class Worked(msgspec.Struct, frozen=True):
    """What a person did in a tree: in how many workspaces, for how long, and from when to when."""

    person: int
    workspaces: int
    active_seconds: float
    began_at: float | None
    ended_at: float | None


def scan(
    connection: Connection, root: Branch, most: int = MOST_BRANCHES, *, with_texts: bool = True
) -> Iterator[Scanned]:
    """Everything in the tree of a root that is there; of a live one also what came with answers.

    Without texts, the question, text and reason of transcripts are empty, and they are read more quickly.
    """
    if root.workspace:
        yield from _scan_workspaces(connection, root.workspace, most)
    below = _transcripts_below(connection, root)
    query = _texts_of if with_texts else _shapes_of
    for row in _streamed(connection, query(connection, select(below.c.id).limit(most).subquery("some"))):
        asked = [
            Asked(each.question, each.answer, Branch(each.transcript) if each.transcript else None)
            for round_ in read_rounds(row.rounds)
            for each in round_
        ]
        yield Scanned(Branch(row.id), row.question, row.outcome, row.by, row.text, row.reason, asked)


def time_worked(connection: Connection, root: Branch) -> list[Worked]:
    """What each person did in the tree of a root, who worked longest first."""
    if root.workspace:
        below, column = _workspaces_below(connection, root.workspace), workspaces.c.id
    else:
        below, column = _transcripts_below(connection, root), workspaces.c.transcript_id
    joined, w = looked_up(connection, below, workspaces, column == below.c.id)
    seconds = func.coalesce(func.sum(w.c.active_seconds), 0.0)
    spans = func.min(func.coalesce(w.c.shown_at, w.c.created_at)), func.max(w.c.ended_at)
    query = select(w.c.person_id, func.count(), seconds, *spans).select_from(joined)
    query = query.where(w.c.person_id.is_not(None)).group_by(w.c.person_id).order_by(seconds.desc())
    return [Worked(*row) for row in connection.execute(query)]


def _texts_of(connection: Connection, some: FromClause) -> Select[Any]:
    """Some transcripts with their texts."""
    with_rows, t = looked_up(connection, some, transcripts, transcripts.c.id == some.c.id)
    joined, q = looked_up(connection, with_rows, questions, questions.c.id == t.c.question_id)
    columns = (t.c.id, q.c.text.label("question"), t.c.outcome, t.c.by, t.c.text, t.c.reason, rounds_as_text(t))
    return select(*columns).select_from(joined)


def _shapes_of(connection: Connection, some: FromClause) -> Select[Any]:
    """Some transcripts without their texts."""
    joined, t = looked_up(connection, some, transcripts, transcripts.c.id == some.c.id)
    none = literal("")
    columns = (t.c.id, none.label("question"), t.c.outcome, t.c.by, none.label("text"), none.label("reason"))
    return select(*columns, rounds_as_text(t)).select_from(joined)


def _scan_workspaces(connection: Connection, root: int, most: int) -> Iterator[Scanned]:
    live = _workspaces_below(connection, root)
    some = select(live.c.id).limit(most).subquery("some")
    with_rows, w = looked_up(connection, some, workspaces, workspaces.c.id == some.c.id)
    joined, q = looked_up(connection, with_rows, questions, questions.c.id == w.c.question_id)
    columns = (w.c.id, w.c.key, w.c.root, q.c.text.label("question"), w.c.state, w.c.person_id, w.c.text, w.c.reason)
    rows = list(_streamed(connection, select(*columns).select_from(joined)))
    roots_answer = _links_roots(connection, root)
    by_key = {row.key: row.id for row in rows if roots_answer or not row.root}
    asked = dict(_asked_in(connection, some, by_key))
    for row in rows:
        by = "" if row.person_id is None else person_name(row.person_id)
        branch = Branch(workspace=row.id)
        yield Scanned(branch, row.question, row.state, by, row.text, row.reason, asked.get(row.id, []))


def _asked_in(connection: Connection, some: FromClause, by_key: Mapping[str, int]) -> Iterator[tuple[int, list[Asked]]]:
    """What was asked in each of some workspaces."""
    joined, c = looked_up(connection, some, consultations, consultations.c.workspace_id == some.c.id)
    columns = (c.c.workspace_id, c.c.question_id, c.c.key, c.c.answer, c.c.transcript_id)
    query = select(*columns).select_from(joined).order_by(c.c.workspace_id, c.c.round, c.c.place)
    for id_, rows in groupby(_streamed(connection, query), lambda row: row.workspace_id):
        yield id_, [_asked(row, by_key) for row in rows]


def _asked(row: Row[Any], by_key: Mapping[str, int]) -> Asked:
    given = None if row.answer is None else read_given(row.answer)
    person = by_key.get(row.key)
    if person is not None:
        return Asked(row.question_id, given, Branch(workspace=person))
    return Asked(row.question_id, given, Branch(row.transcript_id) if row.transcript_id else None)


def _transcripts_below(connection: Connection, root: Branch) -> CTE:
    """The ids of all transcripts in the tree of a root, in which those that people wrote by now are workspaces."""
    if root.transcript:
        tops = select(transcripts.c.id).where(transcripts.c.id == root.transcript)
    else:
        tops = _transcripts_asked(connection, root.workspace)
    below = tops.cte("below", recursive=True)
    joined, found = looked_up(connection, below, uses, uses.c.transcript_id == below.c.id)
    return below.union(select(found.c.used_id).select_from(joined))


def _transcripts_asked(connection: Connection, root: int) -> Select[Any]:
    """The transcripts that came with answers in a live tree, where no person's workspace stands for them."""
    live, child = _workspaces_below(connection, root), workspaces.alias("child")
    joined, c = looked_up(connection, live, consultations, consultations.c.workspace_id == live.c.id)
    answered_by_people = exists().where(_answers(connection, root, child, c))
    query = select(c.c.transcript_id.label("id")).select_from(joined)
    return query.where(c.c.transcript_id.is_not(None), ~answered_by_people)


def _workspaces_below(connection: Connection, root: int) -> CTE:
    """The numbers of all workspaces in the tree of one."""
    live = select(workspaces.c.id).where(workspaces.c.id == root).cte("live", recursive=True)
    asked, c = looked_up(connection, live, consultations, consultations.c.workspace_id == live.c.id)
    child = workspaces.alias("child")
    joined, found = looked_up(connection, asked, child, _answers(connection, root, child, c))
    return live.union(select(found.c.id).select_from(joined))


def _answers(connection: Connection, root: int, child: FromClause, asked: FromClause) -> ColumnElement[bool]:
    """Whether a workspace is where people answer what was asked in the tree of a root."""
    project = select(workspaces.c.project_id).where(workspaces.c.id == root).scalar_subquery()
    linked = true() if _links_roots(connection, root) else ~child.c.root
    return and_(child.c.project_id == project, child.c.key == asked.c.key, linked)


def _links_roots(connection: Connection, root: int) -> bool:
    project = connection.execute(select(workspaces.c.project_id).where(workspaces.c.id == root)).scalar()
    return project is not None and roots_too(connection, project)


def _streamed(connection: Connection, query: Select[Any]) -> Iterable[Row[Any]]:
    return connection.execute(query.execution_options(yield_per=AT_ONCE))
