"""Whether contexts, questions and texts that were shown are what their hashes say."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Text, select, type_coerce

from hch.people.store.content import content_hash
from hch.people.store.problems import Checked, Problem, read_json
from hch.people.store.tables import contexts, questions, shown
from hch.types import Context

FEW, MANY = 20, 1000
"""Rows that are held while they are streamed: few of those that may be long."""


def contents_of_contexts(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """Facts that have another hash."""
    query = select(contexts.c.id, type_coerce(contexts.c.facts, Text).label("facts"))
    for row in connection.execute(query.execution_options(yield_per=FEW)):
        checked["contexts"] += 1
        facts = read_json(row.facts)
        if not isinstance(facts, list) or not all(isinstance(fact, str) for fact in facts):
            yield Problem("contexts", row.id, "its facts are no list of texts")
        elif Context(tuple(facts)).id != row.id:
            yield Problem("contexts", row.id, "its facts have another hash")


def contents_of_questions(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """Texts, contexts and draws that have another hash."""
    for row in connection.execute(select(questions).execution_options(yield_per=MANY)):
        checked["questions"] += 1
        draw = row.draw if row.draw is None or not _is_number(row.draw) else int(row.draw)
        if content_hash("question", row.text, row.context_id, draw) != row.id:
            yield Problem("questions", row.id, "its text, context and draw have another hash")
        if content_hash("subject", row.text, row.context_id) != row.subject:
            yield Problem("questions", row.id, "its subject is that of another question")


def contents_of_shown(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """Texts that have another hash."""
    for row in connection.execute(select(shown).execution_options(yield_per=FEW)):
        checked["shown"] += 1
        if content_hash("shown", row.text) != row.id:
            yield Problem("shown", row.id, "its text has another hash")


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal()
