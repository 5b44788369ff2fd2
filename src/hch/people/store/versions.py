"""All that came of one question: given by several people or models, or by one person and then given anew."""

from __future__ import annotations

import msgspec
from sqlalchemy import ColumnElement, Connection, select

from hch.people.store.exploring import person_number
from hch.people.store.tables import questions, transcripts, workspaces


class Version(msgspec.Struct, frozen=True):
    """A transcript of the question. ``current`` says whether it is what some workspace has ended with by now.

    One that is not was withdrawn, or came from elsewhere.
    """

    transcript: str
    draw: str | None
    by: str
    person: int | None
    outcome: str
    text: str
    reason: str
    stored_at: float
    current: bool


def versions(connection: Connection, subject: str, most: int = 50) -> list[Version]:
    """The transcripts of the questions that are the same but for their draws, newest first."""
    t, q = transcripts.c, questions.c
    columns: list[ColumnElement[object]] = [t.id, q.draw, t.by, t.outcome, t.text, t.reason, t.stored_at]
    query = select(*columns).join(questions, q.id == t.question_id).where(q.subject == subject)
    rows = list(connection.execute(query.order_by(t.stored_at.desc(), t.id).limit(most)))
    ended = select(workspaces.c.transcript_id).where(workspaces.c.transcript_id.in_([row.id for row in rows]))
    current = set(connection.execute(ended).scalars())
    return [
        Version(
            row.id,
            row.draw,
            row.by,
            person_number(row.by),
            row.outcome,
            row.text,
            row.reason,
            row.stored_at,
            row.id in current,
        )
        for row in rows
    ]
