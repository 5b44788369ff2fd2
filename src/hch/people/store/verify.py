"""Verifies a store: derives anew all that follows from something else, and says where what is stored is different.

Everything is streamed, so a store of any size is verified in little memory. Nothing is changed.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, Select, Text, exists, select, type_coerce
from sqlalchemy.exc import DBAPIError

from hch.people.store.content import content_hash, transcript_id, transcript_record
from hch.people.store.queries import pages, rows_by_id
from hch.people.store.tables import contexts, metadata, questions, shown, submissions, transcripts, uses
from hch.people.store.verify_workspaces import workspaces_with_surroundings, wrong_drafts, wrong_with
from hch.types import Context

Checked = Counter[str]
"""How many rows of each table have been checked."""

FEW, MANY = 20, 1000
"""Rows that are held while they are streamed: few of those that may be long."""


class Problem(msgspec.Struct, frozen=True):
    """Something that is wrong: in which table, under which key, and what."""

    table: str
    key: str
    what: str

    def __str__(self) -> str:
        return f"{self.table} {self.key}: {self.what}"


def verify(connection: Connection, checked: Checked | None = None) -> Iterator[Problem]:
    """All that is wrong in a store; ``checked`` counts the rows that have been checked, by table."""
    counted: Checked = Counter() if checked is None else checked
    for table, check in CHECKS.items():
        try:
            yield from check(connection, counted)
        except (ValueError, TypeError, LookupError, AttributeError, msgspec.MsgspecError, DBAPIError) as error:
            what = f"a row cannot be read at all, and those after it were not looked at: {error!r}"
            yield Problem(table, f"after {counted[table]} rows", what)


def check_contexts(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """Facts that have another hash."""
    query = select(contexts.c.id, type_coerce(contexts.c.facts, Text).label("facts"))
    for row in connection.execute(query.execution_options(yield_per=FEW)):
        checked["contexts"] += 1
        facts = _read_json(row.facts)
        if not isinstance(facts, list) or not all(isinstance(fact, str) for fact in facts):
            yield Problem("contexts", row.id, "its facts are no list of texts")
        elif Context(tuple(facts)).id != row.id:
            yield Problem("contexts", row.id, "its facts have another hash")


def check_questions(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """Texts, contexts and draws that have another hash."""
    for row in connection.execute(select(questions).execution_options(yield_per=MANY)):
        checked["questions"] += 1
        is_number = row.draw is not None and row.draw.removeprefix("-").isdecimal()
        if content_hash("question", row.text, row.context_id, int(row.draw) if is_number else row.draw) != row.id:
            yield Problem("questions", row.id, "its text, context and draw have another hash")
        if content_hash("subject", row.text, row.context_id) != row.subject:
            yield Problem("questions", row.id, "its subject is that of another question")


def check_shown(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """Texts shown to people that have another hash."""
    for row in connection.execute(select(shown).execution_options(yield_per=FEW)):
        checked["shown"] += 1
        if content_hash("shown", row.text) != row.id:
            yield Problem("shown", row.id, "its text has another hash")


def check_transcripts(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """Transcripts that have another hash, questions that they name and are missing, and wrong rows in ``uses``."""
    columns = [column for column in transcripts.c if column.name != "rounds"]
    query = select(*columns, type_coerce(transcripts.c.rounds, Text).label("raw"))
    for rows in pages(connection, query, transcripts.c.id):
        consulted = {row.id: _consultations(row) for row in rows}
        named = {c["question"] for some in consulted.values() for c in some if "question" in c}
        there = rows_by_id(connection, questions, named, (questions.c.id,))
        used: dict[str, set[str]] = {row.id: set() for row in rows}
        for use in connection.execute(select(uses).where(uses.c.transcript_id.in_(used))):
            checked["uses"] += 1
            used[use.transcript_id].add(use.used_id)
        for row in rows:
            checked["transcripts"] += 1
            yield from _wrong_hash(row)
            lacking = {str(c.get("question")) for c in consulted[row.id] if c.get("question") not in there}
            for gone in sorted(lacking):
                yield Problem("transcripts", row.id, f"the question {gone} that it asked is not there")
            below = {c["transcript"] for c in consulted[row.id] if "transcript" in c}
            for id_ in sorted(below - used[row.id]):
                yield Problem("uses", row.id, f"lacks {id_}, which the transcript is above")
            for id_ in sorted(used[row.id] - below):
                yield Problem("uses", row.id, f"has {id_}, which the transcript does not name")


def check_workspaces(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """Workspaces that are not as their consultations, events and transcripts say, and drafts that are missing."""
    for row, around in workspaces_with_surroundings(connection):
        checked["workspaces"] += 1
        checked["consultations"] += sum(map(len, around.asked.get(row.id, {}).values()))
        yield from (Problem("workspaces", str(row.id), what) for what in wrong_with(row, around))
        yield from (Problem("drafts", str(row.id), what) for what in wrong_drafts(row, around))


def check_submissions(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """Receipts for what is not there."""
    query = select(submissions).execution_options(yield_per=MANY)
    for rows in connection.execute(query).partitions():
        named = {row.receipt.get("transcript") for row in rows} - {None}
        there = rows_by_id(connection, transcripts, named, (transcripts.c.id,))
        for row in rows:
            checked["submissions"] += 1
            if row.receipt.get("workspace") != row.workspace_id:
                yield Problem("submissions", row.id, f"its receipt is not for workspace {row.workspace_id}")
            transcript = row.receipt.get("transcript")
            if transcript is not None and transcript not in there:
                yield Problem("submissions", row.id, f"its receipt is for the transcript {transcript}, which is gone")


def check_references(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """Rows that name one that is not there."""
    for table, column, other, query in every_reference():
        checked["references"] += 1
        for row in connection.execute(query):
            key = " ".join(map(str, row[:-1]))
            yield Problem(table, key, f"its {column} is {row.named}, and {other} has no such row")


CHECKS: dict[str, Callable[[Connection, Checked], Iterator[Problem]]] = {
    "contexts": check_contexts,
    "questions": check_questions,
    "shown": check_shown,
    "transcripts": check_transcripts,
    "workspaces": check_workspaces,
    "submissions": check_submissions,
    "references": check_references,
}
"""All checks, by the table whose rows they check; the last one is about the references between all of them."""


class Reference(NamedTuple):
    """A column that names rows of another table, and the query for those that name one which is not there."""

    table: str
    column: str
    other: str
    query: Select[Any]


@functools.cache
def every_reference() -> tuple[Reference, ...]:
    """All foreign keys of the tables. A damaged file breaks them: nobody checks them when it is read."""
    references = []
    for table in metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda foreign: foreign.parent.name):
            # A table may refer to itself.
            other = key.column.table.alias("other")
            there = exists().where(other.c[key.column.name] == key.parent).correlate(table)
            columns = (*table.primary_key.columns, key.parent.label("named"))
            query = select(*columns).where(key.parent.is_not(None), ~there).execution_options(yield_per=MANY)
            references.append(Reference(table.name, key.parent.name, key.column.table.name, query))
    return tuple(references)


def _wrong_hash(row: Row[Any]) -> Iterator[Problem]:
    rounds = _read_json(row.raw)
    if not isinstance(rounds, list):
        yield Problem("transcripts", row.id, "its rounds are no list")
        return
    record = transcript_record(
        row.question_id, by=row.by, rounds=rounds, outcome=row.outcome, text=row.text, reason=row.reason
    )
    if transcript_id(record) != row.id:
        yield Problem("transcripts", row.id, "what it holds has another hash")


def _consultations(row: Row[Any]) -> list[dict[str, Any]]:
    """The consultations of a transcript, as far as they can be read."""
    rounds = _read_json(row.raw)
    lists = [round_ for round_ in rounds if isinstance(round_, list)] if isinstance(rounds, list) else []
    return [consultation for round_ in lists for consultation in round_ if isinstance(consultation, dict)]


def _read_json(stored: str) -> Any:
    """The JSON that is stored as this text; None where it is none, which is JSON for nothing that is checked here."""
    try:
        return json.loads(stored)
    except (TypeError, ValueError):
        return None
