"""Withdrawing a submission, for a while. Workspaces that built on it become stale, and go back to before they had it.

Nothing is lost: transcripts and events stay as they were, and the withdrawn text is a draft again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, select, update

from hch.amplify.workspace import add_round
from hch.people.store.answers import answers_others, ask_people, cancel_unwanted
from hch.people.store.content import budget_from, budget_record
from hch.people.store.drafts import put_draft
from hch.people.store.events import record_event, record_events
from hch.people.store.items import CONSULTING, ENDED, OPEN, WORK, item_from, load_item
from hch.people.store.judging import cancel_verdicts
from hch.people.store.projects import lock, lock_rules, rules_of
from hch.people.store.refusals import Refusal, Writing
from hch.people.store.tables import consultations, workspaces
from hch.types import Outcome, Question, Round, Workspace

REOPENED = {"text": "", "reason": "", "transcript_id": None, "ended_at": None}
"""The columns of a workspace that has not ended."""


def withdraw(connection: Connection, person: int, id_: int, now: float) -> Refusal | None:
    """Takes back the last thing that a person submitted in a workspace: a reply, a pass, a verdict or questions.

    Questions can be taken back until the first of them is answered. A workspace in which the person passed before all
    answers had come waits for them again.
    """
    row = lock(connection, id_)
    if row is None:
        return Refusal("missing", f"There is no workspace {id_}.")
    if row.person_id != person:
        return Refusal("held", "Only who submitted this can take it back.")
    rules = rules_of(row)
    done_at = row.ended_at if row.state in ENDED else row.asked_at
    if row.state not in (*ENDED, CONSULTING) or done_at is None:
        return Refusal("ended", "There is nothing here to take back.")
    if now - done_at > rules.withdraw_seconds:
        return Refusal("late", f"This can be taken back for {rules.withdraw_seconds / 60:g} minutes, which are over.")
    if row.state == CONSULTING:
        return _withdraw_questions(connection, row, person, now)
    _withdraw_ending(connection, row, person, now)
    return None


def _withdraw_ending(connection: Connection, row: Row[Any], person: int, now: float) -> None:
    asked = exists().where(consultations.c.workspace_id == row.id, consultations.c.round == row.rounds)
    waits = row.kind == WORK and bool(connection.execute(select(asked)).scalar())
    held = {"holder_id": person, "lease_until": now + rules_of(row).lease_seconds, "touched_at": now}
    values = {"state": CONSULTING if waits else OPEN, "revision": row.revision + 1, **REOPENED, **held}
    was = {"text": row.text, "reason": row.reason, "transcript": row.transcript_id, "state": row.state}
    record_event(connection, "withdrawn", now, project=row.project_id, workspace=row.id, person=person, **was)
    if row.kind == WORK:
        values["draft_revision"] = put_draft(connection, row, person, _writing_of(row), now).revision
    _change(connection, row, **values)
    if row.kind != WORK:
        return
    _reopen_above(connection, row, now)
    cancel_verdicts(connection, row, now)
    if waits:
        _wait_again(connection, row, now)


def _withdraw_questions(connection: Connection, row: Row[Any], person: int, now: float) -> Refusal | None:
    item = item_from(connection, row)
    if any(pending.answer is not None for pending in item.pending):
        return Refusal("late", "An answer has come already, so the questions can no longer be taken back.")
    of_round = (consultations.c.workspace_id == row.id, consultations.c.round == row.rounds)
    connection.execute(delete(consultations).where(*of_round))
    texts = tuple(pending.question.text for pending in item.pending)
    told = {"project": row.project_id, "workspace": row.id, "person": person}
    record_event(connection, "questions withdrawn", now, **told, texts=texts)
    draft = put_draft(connection, row, person, Writing(asks=texts), now)
    values = {"state": OPEN, "asked_at": None, "revision": row.revision + 1, "draft_revision": draft.revision}
    if row.holder_id is None:
        # A person who had put it back while it waited has it again, to go on with the questions.
        lease = now + rules_of(row).lease_seconds
        values |= {"holder_id": person, "lease_until": lease, "touched_at": now}
        record_event(connection, "taken", now, **told)
    _change(connection, row, **values)
    cancel_unwanted(connection, row.project_id, [pending.key for pending in item.pending], now)
    return None


def _wait_again(connection: Connection, row: Row[Any], now: float) -> None:
    """A workspace waits again for the answers that it had not been given when it ended."""
    item = load_item(connection, row.id)
    assert item is not None
    project = lock_rules(connection, row.project_id)
    if project.rules.other_side == "people":
        ask_people(connection, project, row.id, item.pending, now)


def _reopen_above(connection: Connection, withdrawn: Row[Any], now: float) -> None:
    """The workspaces that were given the answer wait for it again; and if they had ended, those above them too."""
    c, w = consultations.c, workspaces.c
    waiting = [withdrawn]
    while waiting:
        below = waiting.pop()
        if not answers_others(below):
            continue
        given = select(c.workspace_id).join(workspaces, w.id == c.workspace_id).distinct()
        given = given.where(w.project_id == below.project_id, c.key == below.key, c.answer.is_not(None))
        for id_ in list(connection.execute(given.order_by(c.workspace_id)).scalars()):
            parent = lock(connection, id_)
            assert parent is not None
            # Read again under the lock: another withdrawal may have come first.
            there = select(consultations).where(c.workspace_id == id_, c.key == below.key, c.answer.is_not(None))
            rows = list(connection.execute(there.order_by(c.round, c.place)))
            if rows and _reopen_at(connection, parent, [row for row in rows if row.round == rows[0].round], now):
                waiting.append(parent)


def _reopen_at(connection: Connection, parent: Row[Any], given: Sequence[Row[Any]], now: float) -> bool:
    """Has a workspace wait again for answers of one round, and drops later rounds. Returns whether it had ended."""
    c, number = consultations.c, given[0].round
    taken_in = item_from(connection, parent).workspace.rounds[:number]
    of_round = (c.workspace_id == parent.id, c.round == number, c.place.in_([row.place for row in given]))
    connection.execute(update(consultations).where(*of_round).values(answer=None, transcript_id=None, answered_at=None))
    if number == parent.rounds:
        told = {"kind": "answer gone", "project_id": parent.project_id, "workspace_id": parent.id}
        gone = [{"round": number, "place": row.place, "answer": row.answer} for row in given]
        record_events(connection, now, [{**told, "data": data} for data in gone])
        return False
    later = (c.workspace_id == parent.id, c.round > number)
    dropped = list(connection.execute(select(consultations).where(*later).order_by(c.round, c.place)))
    connection.execute(delete(consultations).where(*later))
    _record_stale(connection, parent, given[0], dropped, now)
    ended = parent.state in ENDED
    values: dict[str, Any] = {
        "state": CONSULTING,
        "rounds": number,
        "budget": _left_after(parent, taken_in),
        "stale": True,
        "revision": parent.revision + 1,
        **REOPENED,
    }
    if ended and parent.person_id is not None:
        lease = now + rules_of(parent).lease_seconds
        draft = put_draft(connection, parent, parent.person_id, _writing_of(parent), now)
        values |= {"holder_id": parent.person_id, "lease_until": lease, "draft_revision": draft.revision}
    _change(connection, parent, **values)
    cancel_unwanted(connection, parent.project_id, [row.key for row in dropped if row.answer is None], now)
    if ended:
        cancel_verdicts(connection, parent, now)
    return ended


def _record_stale(
    connection: Connection, parent: Row[Any], given: Row[Any], dropped: Sequence[Row[Any]], now: float
) -> None:
    facts = {
        "round": given.round,
        "question": given.question_id,
        "answer": given.answer,
        "dropped": [
            {"round": row.round, "question": row.question_id, "answer": row.answer, "transcript": row.transcript_id}
            for row in dropped
        ],
        "text": parent.text,
        "reason": parent.reason,
        "transcript": parent.transcript_id,
    }
    whose = {"project": parent.project_id, "workspace": parent.id, "person": parent.person_id}
    record_event(connection, "stale", now, **whose, **facts)


def _left_after(row: Row[Any], rounds: Sequence[Round]) -> dict[str, float] | None:
    """The budget that is left in a workspace after these rounds."""
    workspace = Workspace(Question(""), (), budget_from(row.begun))
    for round_ in rounds:
        workspace = add_round(workspace, [c.question for c in round_], [c.answer for c in round_], 0.0)
    return budget_record(workspace.budget)


def _writing_of(row: Row[Any]) -> Writing:
    """The reply or reason that a workspace ended with."""
    return Writing(row.text, (), row.reason if row.state == Outcome.PASSED else "")


def _change(connection: Connection, row: Row[Any], **values: Any) -> None:
    connection.execute(update(workspaces).where(workspaces.c.id == row.id).values(**values))
