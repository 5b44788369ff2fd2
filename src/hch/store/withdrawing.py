"""Taking back what was submitted, for a while. Whoever built on it is told, and goes on from where they had got it.

Nothing is lost: transcripts and events stay as they were, and what was written is a draft again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, exists, select, update

from hch.store.content import budget_record
from hch.store.desk import lock
from hch.store.drafts import new_draft
from hch.store.events import happened
from hch.store.items import CANCELLED, CONSULTING, ENDED, OPEN, WORK, load_item
from hch.store.projects import get_project
from hch.store.refusals import Refusal, Writing
from hch.store.tables import consultations, workspaces
from hch.types import Workspace
from hch.workspaces import extended


def withdraw(connection: Connection, person: int, id_: int, now: float) -> Refusal | None:
    """Takes back the last thing that a person submitted in a workspace: a reply, a pass, a verdict or questions.

    Questions can be taken back until the first of them is answered.
    """
    row = lock(connection, id_)
    if row is None:
        return Refusal("missing", f"There is no workspace {id_}.")
    if row.person_id != person:
        return Refusal("held", "Only who submitted this can take it back.")
    rules = get_project(connection, row.project_id).rules
    done_at = row.ended_at if row.state in ENDED else row.asked_at
    if row.state not in (*ENDED, CONSULTING) or done_at is None:
        return Refusal("ended", "There is nothing here to take back.")
    if now - done_at > rules.withdraw_seconds:
        return Refusal("late", f"This can be taken back for {rules.withdraw_seconds / 60:g} minutes, which are over.")
    held = {"holder_id": person, "lease_until": now + rules.lease_seconds, "touched_at": now}
    if row.state == CONSULTING:
        return _take_back_questions(connection, row, person, now)
    values = {"state": OPEN, "text": "", "reason": "", "transcript_id": None, "ended_at": None}
    connection.execute(
        update(workspaces).where(workspaces.c.id == id_).values(revision=row.revision + 1, **values, **held)
    )
    was = {"text": row.text, "reason": row.reason, "transcript": row.transcript_id, "state": row.state}
    happened(connection, "withdrawn", now, project=row.project_id, workspace=id_, person=person, **was)
    if row.kind == WORK:
        passed = row.state == "passed"
        new_draft(connection, person, id_, Writing(row.text, (), row.reason if passed else ""), now)
        _tell_those_above(connection, row, now)
        _cancel_verdicts(connection, row, now)
    return None


def _take_back_questions(connection: Connection, row: Row[Any], person: int, now: float) -> Refusal | None:
    item = load_item(connection, row.id)
    assert item is not None
    if any(pending.answer is not None for pending in item.pending):
        return Refusal("late", "An answer has come already, so the questions can no longer be taken back.")
    of_round = (consultations.c.workspace_id == row.id, consultations.c.round == row.rounds)
    connection.execute(delete(consultations).where(*of_round))
    values = {"state": OPEN, "asked_at": None, "revision": row.revision + 1}
    connection.execute(update(workspaces).where(workspaces.c.id == row.id).values(**values))
    texts = tuple(pending.question.text for pending in item.pending)
    happened(
        connection, "questions withdrawn", now, project=row.project_id, workspace=row.id, person=person, texts=texts
    )
    new_draft(connection, person, row.id, Writing(asks=texts), now)
    # Nobody waits for these any more; where somebody has begun on one, they may end it.
    others = exists().where(consultations.c.key == workspaces.c.key)
    untouched = (workspaces.c.state == OPEN, workspaces.c.holder_id.is_(None), workspaces.c.person_id.is_(None))
    keys = [pending.key for pending in item.pending]
    connection.execute(
        update(workspaces)
        .where(workspaces.c.project_id == row.project_id, workspaces.c.key.in_(keys), ~workspaces.c.root)
        .where(*untouched, ~others)
        .values(state=CANCELLED)
    )
    return None


def _tell_those_above(connection: Connection, withdrawn: Row[Any], now: float) -> None:
    """Whoever was given the answer waits for it again, and so on upwards."""
    waiting = [withdrawn]
    while waiting:
        below = waiting.pop()
        query = (
            select(consultations)
            .join(workspaces, workspaces.c.id == consultations.c.workspace_id)
            .where(workspaces.c.project_id == below.project_id, consultations.c.key == below.key)
            .where(consultations.c.answer.is_not(None))
            .order_by(consultations.c.workspace_id, consultations.c.round)
        )
        for consultation in list(connection.execute(query)):
            parent = lock(connection, consultation.workspace_id)
            assert parent is not None
            if _goes_back(connection, parent, consultation, now):
                waiting.append(parent)


def _goes_back(connection: Connection, parent: Row[Any], consultation: Row[Any], now: float) -> bool:
    """Has a workspace wait again for an answer that it was given. True if it had ended, so that others may build on it."""
    id_, number = parent.id, consultation.round
    item = load_item(connection, id_)
    assert item is not None
    of_place = (
        consultations.c.workspace_id == id_,
        consultations.c.round == number,
        consultations.c.place == consultation.place,
    )
    connection.execute(update(consultations).where(*of_place).values(answer=None, transcript_id=None, answered_at=None))
    if number == parent.rounds and parent.state == CONSULTING:
        return False
    if number > parent.rounds or parent.state == CANCELLED:
        return False
    later = (consultations.c.workspace_id == id_, consultations.c.round > number)
    dropped = [
        {"round": row.round, "question": row.question_id, "answer": row.answer, "transcript": row.transcript_id}
        for row in connection.execute(select(consultations).where(*later).order_by(consultations.c.round))
    ]
    connection.execute(delete(consultations).where(*later))
    rules = get_project(connection, parent.project_id).rules
    ended = parent.state in ENDED
    begun = Workspace(item.question, (), item.begun)
    for round_ in item.workspace.rounds[:number]:
        begun = extended(begun, [c.question for c in round_], [c.answer for c in round_], 0.0)
    values: dict[str, Any] = {
        "state": CONSULTING,
        "rounds": number,
        "budget": budget_record(begun.budget),
        "stale": True,
        "text": "",
        "reason": "",
        "transcript_id": None,
        "ended_at": None,
        "revision": parent.revision + 1,
    }
    if ended:
        values |= {"holder_id": parent.person_id, "lease_until": now + rules.lease_seconds}
    connection.execute(update(workspaces).where(workspaces.c.id == id_).values(**values))
    facts = {
        "round": number,
        "question": consultation.question_id,
        "answer": consultation.answer,
        "dropped": dropped,
        "text": parent.text,
        "reason": parent.reason,
        "transcript": parent.transcript_id,
    }
    happened(connection, "stale", now, project=parent.project_id, workspace=id_, person=parent.person_id, **facts)
    if ended and parent.person_id is not None:
        new_draft(connection, parent.person_id, id_, Writing(parent.text), now)
        _cancel_verdicts(connection, parent, now)
    return ended


def _cancel_verdicts(connection: Connection, row: Row[Any], now: float) -> None:
    """Takes an answer that is no longer one from before its judges; a verdict that was given stays as it was given."""
    query = select(workspaces).where(
        workspaces.c.project_id == row.project_id,
        workspaces.c.subject == row.subject,
        workspaces.c.kind != WORK,
        workspaces.c.state == OPEN,
    )
    for verdict in list(connection.execute(query)):
        if row.id in verdict.material["sources"]:
            values = {"state": CANCELLED, "holder_id": None, "lease_until": None}
            connection.execute(update(workspaces).where(workspaces.c.id == verdict.id).values(**values))
            happened(connection, "cancelled", now, project=row.project_id, workspace=verdict.id)
