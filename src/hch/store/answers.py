"""Answers on their way to those who asked: from another person's workspace, or from a model.

An answer fills every consultation that waits for it. When the last answer of a round is there, the workspace goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select, update

from hch.store.content import (
    answer_record,
    budget_from,
    budget_record,
    get_questions,
    put_transcript,
)
from hch.store.desk import lock
from hch.store.events import happened
from hch.store.items import CONSULTING, OPEN, Item, load_item, load_items
from hch.store.projects import get_project
from hch.store.tables import consultations, workspaces
from hch.types import Answer, Outcome, Pass, Question, Reply
from hch.workspaces import extended, finished


class Waiting(msgspec.Struct, frozen=True):
    """A question that somebody asked a model, and that has no answer yet."""

    workspace: int
    round: int
    place: int
    question: Question


def waiting_for_model(connection: Connection, project: int, most: int = 1000) -> list[Waiting]:
    """What is asked in a project and has no answer yet, oldest first."""
    query = (
        select(consultations)
        .join(workspaces, workspaces.c.id == consultations.c.workspace_id)
        .where(
            workspaces.c.project_id == project,
            workspaces.c.state == CONSULTING,
            consultations.c.round == workspaces.c.rounds,
            consultations.c.answer.is_(None),
        )
        .order_by(workspaces.c.asked_at, consultations.c.workspace_id, consultations.c.place)
        .limit(most)
    )
    rows = list(connection.execute(query))
    questions = get_questions(connection, {row.question_id for row in rows})
    return [
        Waiting(
            row.workspace_id,
            row.round,
            row.place,
            msgspec.structs.replace(questions[row.question_id], budget=budget_from(row.granted)),
        )
        for row in rows
    ]


def answer_waiting(connection: Connection, waiting: Waiting, answer: Answer, now: float) -> bool:
    """Gives a model's answer to the one who asked; False where the question has been answered or taken back."""
    where = (
        consultations.c.workspace_id == waiting.workspace,
        consultations.c.round == waiting.round,
        consultations.c.place == waiting.place,
    )
    if lock(connection, waiting.workspace) is None:
        return False
    row = connection.execute(select(consultations).where(*where)).one_or_none()
    if row is None or row.answer is not None:
        return False
    below = None if answer.transcript is None else put_transcript(connection, answer.transcript, now)
    _fill(connection, row, answer_record(answer), below, now)
    advance(connection, waiting.workspace, now)
    return True


def deliver(connection: Connection, project: int, key: str, answer: Answer, transcript: str, now: float) -> None:
    """Gives a person's answer to all in the project who asked for it and have none."""
    query = (
        select(consultations)
        .join(workspaces, workspaces.c.id == consultations.c.workspace_id)
        .where(workspaces.c.project_id == project, consultations.c.key == key, consultations.c.answer.is_(None))
        .order_by(consultations.c.workspace_id)
    )
    rows = list(connection.execute(query))
    record = answer_record(answer)
    for row in rows:
        _fill(connection, row, record, transcript, now)
    for id_ in dict.fromkeys(row.workspace_id for row in rows):
        advance(connection, id_, now)


def fill_from_people(connection: Connection, project: int, id_: int, keys: Sequence[str], now: float) -> None:
    """Gives a workspace the answers to its newest round that people in the project have given already."""
    # Locked, so that whoever is ending one of them right now has either ended it, or will see who waits for it.
    query = select(workspaces.c.id).where(workspaces.c.project_id == project, workspaces.c.key.in_(keys))
    there = connection.execute(query.order_by(workspaces.c.id).with_for_update()).scalars()
    answered = {item.key: item for item in load_items(connection, list(there)) if item.ended}
    unanswered = select(consultations).where(consultations.c.workspace_id == id_, consultations.c.answer.is_(None))
    for row in list(connection.execute(unanswered)):
        below = answered.get(row.key)
        if below is not None:
            _fill(connection, row, answer_record(_given(below)), below.transcript, now)
    advance(connection, id_, now)


def advance(connection: Connection, id_: int, now: float) -> None:
    """If all answers of its newest round are there, the workspace takes them in and H can go on."""
    row = lock(connection, id_)
    item = load_item(connection, id_)
    if row is None or item is None or item.state != CONSULTING:
        return
    answers = [pending.answer for pending in item.pending if pending.answer is not None]
    if len(answers) < len(item.pending):
        return
    asked = [pending.question for pending in item.pending]
    workspace = extended(item.workspace, asked, answers, now - (item.asked_at or now))
    # What was withheld, since it cost more than was granted, is withheld here too.
    for place, consultation in enumerate(workspace.rounds[-1]):
        record = answer_record(consultation.answer)
        where = (
            consultations.c.workspace_id == id_,
            consultations.c.round == row.rounds,
            consultations.c.place == place,
        )
        connection.execute(update(consultations).where(*where).values(answer=record))
    values: dict[str, Any] = {"state": OPEN, "rounds": row.rounds + 1, "budget": budget_record(workspace.budget)}
    if row.holder_id is not None:
        # Who waited for answers has not been away, however long that took.
        values["lease_until"] = now + get_project(connection, row.project_id).rules.lease_seconds
    connection.execute(update(workspaces).where(workspaces.c.id == id_).values(revision=row.revision + 1, **values))
    happened(connection, "consulted", now, project=row.project_id, workspace=id_, round=row.rounds)


def person_name(person: int | None) -> str:
    """How a person is named in what is stored for good: by number, so that it says nothing about who it is."""
    return f"person {person}"


def _given(item: Item) -> Answer:
    """The answer that a workspace ended with, and what it cost."""
    if item.state not in (Outcome.ANSWERED, Outcome.PASSED):
        return Answer(outcome=Outcome(item.state), reason=item.reason)
    action = Reply(item.text) if item.state == Outcome.ANSWERED else Pass(item.reason)
    return finished(item.workspace, action, person_name(item.person))


def _fill(connection: Connection, row: Row[Any], answer: Mapping[str, Any], transcript: str | None, now: float) -> None:
    where = (
        consultations.c.workspace_id == row.workspace_id,
        consultations.c.round == row.round,
        consultations.c.place == row.place,
    )
    values = {"answer": dict(answer), "transcript_id": transcript, "answered_at": now}
    connection.execute(update(consultations).where(*where).values(**values))
    workspace = row.workspace_id
    happened(connection, "answer came", now, workspace=workspace, round=row.round, place=row.place)
