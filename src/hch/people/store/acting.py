"""A person acts: asks, replies or passes. When ``submit`` has returned a receipt, that is done, and done once.

All consequences are in the same transaction: sub-questions go to other people, an answer goes to those who wait for it.
"""

from __future__ import annotations

from typing import Any

import msgspec
from rapidfuzz.distance import Levenshtein
from sqlalchemy import Connection, Row, func, insert, select, update

from hch.amplify.workspace import finish, grant_questions
from hch.people.store.answers import ask_people, cancel_unwanted, deliver
from hch.people.store.content import (
    budget_record,
    consultation_record,
    put_questions,
    put_record,
    question_id,
    subject,
    transcript_record,
)
from hch.people.store.desk import HELD_BY_NOBODY, record_worked, seconds_worked
from hch.people.store.drafts import keep_refused, latest_draft, put_draft, why_closed
from hch.people.store.events import record_event
from hch.people.store.items import CONSULTING, ENDED, OPEN, WORK, Item, Pending, item_from, person_name
from hch.people.store.judging import judge
from hch.people.store.posting import key_of
from hch.people.store.projects import lock, lock_rules
from hch.people.store.refusals import NOTHING_WRITTEN, Refusal, Writing, find_receipt, keep_receipt
from hch.people.store.tables import consultations, drafts, workspaces
from hch.types import Answer, Ask, Outcome, Pass, Question, Reply


class Receipt(msgspec.Struct, frozen=True):
    """The result of a submission: the workspace's revision and state after it, and the transcript if it ended."""

    workspace: int
    revision: int
    state: str
    transcript: str | None = None


class Act(msgspec.Struct, frozen=True):
    """A person's action, the revisions of the workspace and draft that they knew, and the draft that stays after it."""

    person: int
    action: Ask | Reply | Pass
    revision: int
    draft_revision: int
    draft: Writing
    now: float


def submit(
    connection: Connection,
    person: int,
    id_: int,
    action: Ask | Reply | Pass,
    token: str,
    *,
    now: float,
    revision: int,
    draft_revision: int,
    draft: Writing = NOTHING_WRITTEN,
) -> Receipt | Refusal:
    """Carries out a person's action in a workspace that they hold, if the revisions that they knew are the newest.

    ``token`` is the submission's own: sent again, it does nothing and returns the same receipt. ``draft`` is the text
    that the page still has after it.
    """
    act = Act(person, action, revision, draft_revision, draft, now)
    row = lock(connection, id_)
    if row is None:
        return Refusal("missing", f"There is no workspace {id_}.", yours=_writing_of(action))
    # Only under the lock: another request may just have carried out the same submission.
    known = find_receipt(connection, token, person, id_)
    if known is not None:
        return msgspec.convert(known, Receipt)
    done = _refusal(connection, row, act) or _carry_out(connection, row, act)
    if isinstance(done, Receipt):
        keep_receipt(connection, token, person, id_, done, now=now)
    else:
        keep_refused(connection, row, person, done.yours, now)
    return done


def _refusal(connection: Connection, row: Row[Any], act: Act) -> Refusal | None:
    """The refusal of an action, if it cannot be done."""
    refused = _check_open(row, act.person) or _stale(row, act) or _empty(act.action)
    if refused is None:
        return None
    if row.state in ENDED:
        current = Writing(row.text, (), row.reason)
    else:
        draft = latest_draft(connection, act.person, row.id)
        current = draft.content if draft else NOTHING_WRITTEN
    return msgspec.structs.replace(refused, current=current, yours=_writing_of(act.action))


def _check_open(row: Row[Any], person: int) -> Refusal | None:
    closed = why_closed(row, person)
    if closed is None and row.kind != WORK:
        return Refusal("ended", "This is for a judge.")
    return closed


def _stale(row: Row[Any], act: Act) -> Refusal | None:
    if act.revision != row.revision or act.draft_revision != row.draft_revision:
        return Refusal("stale", "This was changed elsewhere since this page was opened.")
    if row.state != OPEN and not isinstance(act.action, Pass):
        return Refusal("stale", "You have asked, and not all answers are here yet.")
    return None


def _empty(action: Ask | Reply | Pass) -> Refusal | None:
    if isinstance(action, Ask) and not (action.texts and all(text.strip() for text in action.texts)):
        return Refusal("empty", "A question needs some words.")
    if isinstance(action, Reply) and not action.text.strip():
        return Refusal("empty", "A reply needs some words; to give none, pass, and say why.")
    return None


def _carry_out(connection: Connection, row: Row[Any], act: Act) -> Receipt | Refusal:
    item = item_from(connection, row)
    if isinstance(act.action, Ask):
        asked = grant_questions(item.workspace, act.action)
        if isinstance(asked, Answer):
            return Refusal("budget", f"This cannot be asked: {asked.reason}.", yours=_writing_of(act.action))
        return _ask(connection, row, act, asked)
    answer = finish(item.workspace, act.action, person_name(act.person))
    if answer.outcome is Outcome.OUT_OF_BUDGET:
        return Refusal("budget", f"This is too long: {answer.reason}.", yours=_writing_of(act.action))
    return _end(connection, row, act, item, answer)


def _ask(connection: Connection, row: Row[Any], act: Act, asked: list[Question]) -> Receipt:
    ids = put_questions(connection, asked)
    pending = [
        Pending(question, key_of(id_, budget_record(question.budget)), place)
        for place, (id_, question) in enumerate(zip(ids, asked, strict=True))
    ]
    rows = [
        {
            "workspace_id": row.id,
            "round": row.rounds,
            "place": one.place,
            "question_id": id_,
            "key": one.key,
            "granted": budget_record(one.question.budget),
        }
        for id_, one in zip(ids, pending, strict=True)
    ]
    connection.execute(insert(consultations), rows)
    record_worked(connection, act.person, [subject(question) for question in asked], row.id)
    record_event(connection, "asked", act.now, **_about(connection, row, act), round=row.rounds, questions=ids)
    _change(connection, row, act, state=CONSULTING, asked_at=act.now)
    project = lock_rules(connection, row.project_id)
    if project.rules.other_side == "people" and ask_people(connection, project, row.id, pending, act.now):
        return Receipt(row.id, row.revision + 2, OPEN)
    return Receipt(row.id, row.revision + 1, CONSULTING)


def _end(connection: Connection, row: Row[Any], act: Act, item: Item, answer: Answer) -> Receipt:
    transcript = _put_transcript(connection, item, answer, act.now)
    state = str(answer.outcome)
    facts: dict[str, Any] = {"transcript": transcript}
    if item.suggestion:
        facts["edits_from_suggestion"] = Levenshtein.distance(item.suggestion, answer.text)
    record_event(connection, state, act.now, **_about(connection, row, act), **facts)
    ended = {"state": state, "text": answer.text, "reason": answer.reason, "transcript_id": transcript}
    _change(connection, row, act, **ended, ended_at=act.now, **HELD_BY_NOBODY)
    # A pass may come before all answers have: nobody waits for the rest.
    cancel_unwanted(connection, row.project_id, [pending.key for pending in item.pending], act.now)
    deliver(connection, row, answer, transcript, now=act.now)
    if state == Outcome.ANSWERED:
        judge(connection, row, act.now)
    return Receipt(row.id, row.revision + 1, state, transcript)


def _put_transcript(connection: Connection, item: Item, answer: Answer, now: float) -> str:
    """Stores the transcript of a workspace that ends with this answer; those below are there already."""
    rounds: list[list[dict[str, Any]]] = [[] for _ in item.workspace.rounds]
    if rounds:
        c = consultations.c
        query = select(consultations).where(c.workspace_id == item.id, c.round < len(rounds))
        for row in connection.execute(query.order_by(c.round, c.place)):
            rounds[row.round].append(consultation_record(row.question_id, row.answer, row.transcript_id))
    record = transcript_record(
        question_id(item.question),
        by=answer.by,
        rounds=rounds,
        outcome=str(answer.outcome),
        text=answer.text,
        reason=answer.reason,
    )
    return put_record(connection, record, now)


def _writing_of(action: Ask | Reply | Pass) -> Writing:
    match action:
        case Ask(texts):
            return Writing(asks=texts)
        case Reply(text):
            return Writing(text)
        case Pass(reason):
            return Writing(reason=reason)


def _about(connection: Connection, row: Row[Any], act: Act) -> dict[str, Any]:
    """The facts that events of all acts have: who, where, and after how much work."""
    saved = select(func.count()).where(drafts.c.workspace_id == row.id, drafts.c.person_id == act.person)
    return {
        "project": row.project_id,
        "workspace": row.id,
        "person": act.person,
        "active_seconds": seconds_worked(row, act.now),
        "drafts": int(connection.execute(saved).scalar_one()),
    }


def _change(connection: Connection, row: Row[Any], act: Act, **values: Any) -> None:
    """Updates a workspace after an act: with these values and those that every act changes."""
    draft = put_draft(connection, row, act.person, act.draft, act.now)
    usual = {
        "person_id": act.person,
        "stale": False,
        "revision": row.revision + 1,
        "draft_revision": draft.revision,
        "active_seconds": seconds_worked(row, act.now),
        "touched_at": act.now,
    }
    connection.execute(update(workspaces).where(workspaces.c.id == row.id).values(**{**usual, **values}))
