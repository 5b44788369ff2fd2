"""Whether transcripts are what their hashes say, and stand above those that they say they do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Text, select, type_coerce

from hch.people.store.content import transcript_id, transcript_record
from hch.people.store.problems import Checked, Problem, read_json
from hch.people.store.tables import questions, transcripts, uses

AT_ONCE = 200
"""Transcripts in memory at a time: each may have many rounds."""


def contents_of_transcripts(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """What has another hash, and questions that are named and not there."""
    for rows in _pages(connection):
        asked = {each["question"] for row in rows for round_ in _rounds(row) for each in round_ if "question" in each}
        found = set(connection.execute(select(questions.c.id).where(questions.c.id.in_(asked))).scalars())
        for row in rows:
            checked["transcripts"] += 1
            rounds = read_json(row.raw)
            record = transcript_record(
                row.question_id, by=row.by, rounds=rounds, outcome=row.outcome, text=row.text, reason=row.reason
            )
            if not isinstance(rounds, list):
                yield Problem("transcripts", row.id, "its rounds are no list")
            elif transcript_id(record) != row.id:
                yield Problem("transcripts", row.id, "what it holds has another hash")
            named = {each.get("question") for round_ in _rounds(row) for each in round_}
            for gone in sorted(map(str, named - found)):
                yield Problem("transcripts", row.id, f"the question {gone} that it asked is not there")


def uses_of_transcripts(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """What is written down of which transcript uses which, and is not what the transcripts say."""
    for rows in _pages(connection):
        written: dict[str, set[str]] = {row.id: set() for row in rows}
        for use in connection.execute(select(uses).where(uses.c.transcript_id.in_(written))):
            checked["uses"] += 1
            written[use.transcript_id].add(use.used_id)
        for row in rows:
            said = {each["transcript"] for round_ in _rounds(row) for each in round_ if "transcript" in each}
            for each in sorted(said - written[row.id]):
                yield Problem("uses", row.id, f"lacks {each}, which the transcript is above")
            for each in sorted(written[row.id] - said):
                yield Problem("uses", row.id, f"has {each}, which the transcript does not name")


def _pages(connection: Connection) -> Iterator[Sequence[Row[Any]]]:
    last = ""
    query = select(transcripts, type_coerce(transcripts.c.rounds, Text).label("raw"))
    query = query.with_only_columns(
        *(column for column in transcripts.c if column.name != "rounds"),
        type_coerce(transcripts.c.rounds, Text).label("raw"),
    )
    while rows := connection.execute(
        query.where(transcripts.c.id > last).order_by(transcripts.c.id).limit(AT_ONCE)
    ).all():
        yield rows
        last = rows[-1].id


def _rounds(row: Row[Any]) -> list[list[dict[str, Any]]]:
    """The rounds of a transcript, as far as they can be read."""
    rounds = read_json(row.raw)
    if not isinstance(rounds, list):
        return []
    return [[each for each in round_ if isinstance(each, dict)] for round_ in rounds if isinstance(round_, list)]
