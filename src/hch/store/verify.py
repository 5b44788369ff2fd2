"""Works out anew all that follows from something else in a store, and says where what is stored is not that.

Everything is streamed, so a store of any size can be verified in little memory. Nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, exists, func, select

from hch.store.content import budget_from, content_hash, question_id, subject, transcript_id, transcript_record
from hch.store.items import CANCELLED, CONSULTING, ENDED, OPEN, WORK, Item, items_from
from hch.store.posting import workspace_key
from hch.store.tables import (
    consultations,
    contexts,
    drafts,
    events,
    questions,
    shown,
    transcripts,
    uses,
    workspaces,
)
from hch.types import Context, Question, Workspace
from hch.workspaces import extended

AT_ONCE = 1000
"""Rows that are held while they are streamed."""


class Problem(msgspec.Struct, frozen=True):
    """What is not right: in which table, under which key, and what."""

    table: str
    key: str
    what: str

    def __str__(self) -> str:
        return f"{self.table} {self.key}: {self.what}"


def verify(connection: Connection) -> Iterator[Problem]:
    """Everything in a store that is not as it must be."""
    for check in (_contexts, _questions, _shown, _transcripts, _uses, _workspaces, _drafts):
        yield from check(connection)


def _rows(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    query = select(table).execution_options(yield_per=AT_ONCE)
    yield from connection.execute(query)


def _contexts(connection: Connection) -> Iterator[Problem]:
    for row in _rows(connection, contexts):
        if Context(tuple(row.facts)).id != row.id:
            yield Problem("contexts", row.id, "its facts have another hash")


def _questions(connection: Connection) -> Iterator[Problem]:
    facts = Facts(connection)
    for row in _rows(connection, questions):
        context = facts(row.context_id)
        if context is None:
            yield Problem("questions", row.id, f"its context {row.context_id} is not there")
            continue
        question = Question(row.text, context, None if row.draw is None else int(row.draw))
        # By the id that the context is stored under: a context that was changed is a problem of its own.
        named = content_hash("question", row.text, row.context_id, question.draw)
        if row.id not in (question_id(question), named):
            yield Problem("questions", row.id, "its text, context and draw have another hash")
        if row.subject not in (subject(question), content_hash("subject", row.text, row.context_id)):
            yield Problem("questions", row.id, "its subject is that of another question")


class Facts:
    """Contexts by their ids, the last ones kept: questions about one context mostly stand together."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.known = connection, dict[str, Context | None]()

    def __call__(self, id_: str) -> Context | None:
        """The context that is stored under an id, whatever its hash is."""
        if id_ not in self.known:
            if len(self.known) > 100:
                self.known.clear()
            facts = self.connection.execute(select(contexts.c.facts).where(contexts.c.id == id_)).scalar()
            self.known[id_] = None if facts is None else Context(tuple(facts))
        return self.known[id_]


def _shown(connection: Connection) -> Iterator[Problem]:
    for row in _rows(connection, shown):
        if content_hash("shown", row.text) != row.id:
            yield Problem("shown", row.id, "its text has another hash")


def _transcripts(connection: Connection) -> Iterator[Problem]:
    for row in _rows(connection, transcripts):
        record = transcript_record(
            row.question_id, by=row.by, rounds=row.rounds, outcome=row.outcome, text=row.text, reason=row.reason
        )
        if transcript_id(record) != row.id:
            yield Problem("transcripts", row.id, "what it holds has another hash")
    missing = select(transcripts.c.id).where(~exists().where(questions.c.id == transcripts.c.question_id))
    for id_ in connection.execute(missing).scalars():
        yield Problem("transcripts", id_, "its question is not there")


def _uses(connection: Connection) -> Iterator[Problem]:
    """What is written down of which transcript uses which is what the transcripts say."""
    query = (
        select(transcripts.c.id, transcripts.c.rounds, uses.c.used_id)
        .outerjoin(uses, uses.c.transcript_id == transcripts.c.id)
        .order_by(transcripts.c.id)
        .execution_options(yield_per=AT_ONCE)
    )
    for id_, rows in groupby(connection.execute(query), key=lambda row: row.id):
        found = list(rows)
        said = {each["transcript"] for round_ in found[0].rounds for each in round_ if "transcript" in each}
        written = {row.used_id for row in found if row.used_id is not None}
        for each in sorted(said ^ written):
            yield Problem("uses", id_, f"{'lacks' if each in said else 'has'} {each}, which it should not")
    gone = select(uses.c.transcript_id, uses.c.used_id).where(~exists().where(transcripts.c.id == uses.c.used_id))
    for id_, used in connection.execute(gone):
        yield Problem("uses", id_, f"the transcript {used} below it is not there")


def _workspaces(connection: Connection) -> Iterator[Problem]:
    last = 0
    while True:
        query = select(workspaces).where(workspaces.c.id > last).order_by(workspaces.c.id).limit(AT_ONCE)
        rows = list(connection.execute(query))
        if not rows:
            return
        last = rows[-1].id
        told = _told(connection, rows[0].id, last)
        for row in rows:
            for what in _wrong(connection, row, told.get(row.id, {})):
                yield Problem("workspaces", str(row.id), what)


def _told(connection: Connection, first: int, last: int) -> dict[int, dict[str, int]]:
    """How many events of each kind these workspaces have."""
    columns = (events.c.workspace_id, events.c.kind)
    query = select(*columns, func.count()).where(events.c.workspace_id.between(first, last)).group_by(*columns)
    told: dict[int, dict[str, int]] = {}
    for id_, kind, count in connection.execute(query):
        told.setdefault(id_, {})[kind] = count
    return told


def _wrong(connection: Connection, row: Row[Any], told: dict[str, int]) -> Iterator[str]:
    """What is wrong with one workspace."""
    if row.state not in (OPEN, CONSULTING, CANCELLED, *ENDED):
        yield f"there is no state “{row.state}”"
        return
    if not told.get("posted"):
        yield "no event says that it was posted"
    ending = "judged" if row.kind != WORK else row.state
    if row.state in ENDED and not told.get(ending):
        yield f"it is {row.state}, and no event says so"
    if row.holder_id is not None and row.lease_until is None:
        yield "it is held without an end"
    if row.kind != WORK:
        return
    try:
        (item,) = items_from(connection, [row])
    except (AssertionError, KeyError) as error:
        yield f"an answer or question of a round that is over is missing ({error})"
        return
    yield from _of_work(connection, row, item)


def _of_work(connection: Connection, row: Row[Any], item: Item) -> Iterator[str]:
    if workspace_key(item.question) != row.key:
        yield "its key is that of another question"
    if subject(item.question) != row.subject:
        yield "its subject is that of another question"
    for check in (_consultations, _budget, _ending):
        yield from check(connection, row, item)


def _consultations(connection: Connection, row: Row[Any], item: Item) -> Iterator[str]:
    c = consultations.c
    query = select(c.round, func.count(), func.count(c.answer), func.max(c.place)).where(c.workspace_id == row.id)
    for number, count, answered, last in connection.execute(query.group_by(c.round)):
        if last + 1 != count:
            yield f"a consultation is missing in round {number}"
        if number > row.rounds or (number == row.rounds and row.state == OPEN):
            yield f"round {number} was asked, and the workspace is {row.state} in round {row.rounds}"
        elif number < row.rounds and answered < count:
            yield f"an answer is missing in round {number}, which is over"
        elif number == row.rounds and row.state == CONSULTING and answered == count:
            yield f"all answers of round {number} are there, and it still waits"
    if row.state == CONSULTING and not item.pending:
        yield "it waits for answers, and nothing is asked"


def _budget(_: Connection, row: Row[Any], item: Item) -> Iterator[str]:
    """What was granted is what was spent and what is left; seconds aside, which nobody can work out anew."""
    workspace = Workspace(item.question, (), budget_from(row.begun))
    for round_ in item.workspace.rounds:
        asked, given = [each.question for each in round_], [each.answer for each in round_]
        workspace = extended(workspace, asked, given, 0.0)
    left, expected = item.workspace.budget, workspace.budget
    if (left is None) != (expected is None):
        yield "it has a budget and began without one, or the other way round"
    elif left is not None and expected is not None:
        for name in ("depth", "consultations", "words", "usd"):
            if abs(getattr(left, name) - getattr(expected, name)) > 1e-9:
                yield f"{getattr(left, name):g} {name} are left, and {getattr(expected, name):g} should be"


def _ending(connection: Connection, row: Row[Any], item: Item) -> Iterator[str]:
    if row.state in ("answered", "passed"):
        found = connection.execute(select(transcripts).where(transcripts.c.id == row.transcript_id)).one_or_none()
        if found is None:
            yield "it has ended, and its transcript is not there"
        elif (found.text, found.reason, found.outcome) != (row.text, row.reason, row.state):
            yield "it has ended otherwise than its transcript says"
        elif found.question_id != question_id(item.question):
            yield "its transcript is that of another question"
    elif row.transcript_id is not None:
        yield "it is not over, and has a transcript"


def _drafts(connection: Connection) -> Iterator[Problem]:
    d = drafts.c
    query = select(d.workspace_id, func.max(d.revision)).where(d.refused.is_(False)).group_by(d.workspace_id)
    newest = {row[0]: row[1] for row in connection.execute(query)}
    for id_, revision in connection.execute(select(workspaces.c.id, workspaces.c.draft_revision)):
        if revision != newest.get(id_, 0):
            yield Problem(
                "drafts", str(id_), f"the newest has revision {newest.get(id_, 0)}, and it should be {revision}"
            )
