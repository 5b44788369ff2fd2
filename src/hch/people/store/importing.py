"""Imports questions from a file into a project: each once, and rows that cannot be read are listed by line.

The file may be of any length: a few rows are in memory at a time. If a row has the sub-questions of a person, these are
kept as a transcript.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import msgspec
from sqlalchemy import Connection, select

from hch.people.store.content import put_transcript, subject
from hch.people.store.database import Database
from hch.people.store.posting import post_roots
from hch.people.store.projects import Project
from hch.people.store.queries import MOST_AT_ONCE
from hch.people.store.tables import workspaces
from hch.text.question_files import BadRow, Kind, Row, read_rows
from hch.types import Question

LETTERS_AT_ONCE = 8_000_000
"""Rows are written together until they have so many letters, or are MOST_AT_ONCE."""


class Imported(msgspec.Struct, frozen=True):
    """How many questions are new, how many the project had already, and the rows that could not be read."""

    new: int
    known: int
    bad: list[BadRow]


def ignore_progress(rows: int) -> None:
    """Shows no progress."""


def import_questions(
    database: Database,
    project: Project,
    lines: Iterable[bytes],
    kind: Kind,
    watch: Callable[[int], object] = ignore_progress,
) -> Imported:
    """Puts the questions of a file into a project, in several transactions, so that nobody waits long.

    ``lines`` is a file opened for bytes, or its lines. ``watch`` is called with the number of rows read so far.
    Raises FileError before anything is written if the file as a whole cannot be read: an unknown column, another
    encoding.
    """
    return import_rows(database, project, read_rows(lines, kind), watch)


def import_rows(
    database: Database,
    project: Project,
    rows: Iterable[Row | BadRow],
    watch: Callable[[int], object] = ignore_progress,
) -> Imported:
    """As ``import_questions``, of rows that ``read_rows`` reads."""
    new = known = number = letters = 0
    bad: list[BadRow] = []
    waiting: list[Row] = []

    def write() -> None:
        nonlocal new, known, letters
        added = database.write(_put, project, waiting, time.time())
        new, known = new + added, known + len(waiting) - added
        letters = 0
        waiting.clear()

    for number, row in enumerate(rows, 1):
        if isinstance(row, BadRow):
            bad.append(row)
        else:
            waiting.append(row)
            letters += row.letters
            if len(waiting) == MOST_AT_ONCE or letters > LETTERS_AT_ONCE:
                write()
        watch(number)
    if waiting:
        write()
    return Imported(new, known, bad)


def _put(connection: Connection, project: Project, rows: list[Row], now: float) -> int:
    """Posts questions, and returns how many of them the project did not have."""
    known: dict[Question, str | None] = {}
    for row in rows:
        known[row.question] = known.get(row.question) or row.gold
    subjects = {subject(question) for question in known}
    w = workspaces.c
    query = select(w.subject).where(w.project_id == project.id, w.root, w.subject.in_(subjects))
    there = set(connection.execute(query).scalars())
    post_roots(connection, project, list(known), now, list(known.values()))
    for row in rows:
        if row.transcript is not None:
            put_transcript(connection, row.transcript, now)
    return len(subjects - there)
