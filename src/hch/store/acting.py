"""A person acts: asks, replies or passes. Once this has returned a receipt, it is done, and done once.

Everything that follows from it happens in the same transaction: sub-questions go to other people, an answer goes to
whoever waits for it.
"""

from __future__ import annotations

from typing import Any

import msgspec
from rapidfuzz.distance import Levenshtein
from sqlalchemy import Connection, Row, func, insert, select, update

from hch.store.answers import deliver, fill_from_people, person_name
from hch.store.content import (
    budget_record,
    consultation_record,
    put_questions,
    put_record,
    question_id,
    subject,
    transcript_record,
)
from hch.store.desk import count_time, has_worked, lock
from hch.store.drafts import keep_refused, latest_draft, new_draft
from hch.store.events import happened
from hch.store.items import CONSULTING, ENDED, OPEN, WORK, Item, load_item
from hch.store.judging import judge
from hch.store.posting import post, workspace_key
from hch.store.projects import get_project
from hch.store.receipts import keep_receipt, known_receipt
from hch.store.refusals import NOTHING_WRITTEN, Refusal, Writing
from hch.store.tables import consultations, drafts, workspaces
from hch.types import Answer, Ask, Outcome, Pass, Reply
from hch.workspaces import finished, granted


class Receipt(msgspec.Struct, frozen=True):
    """What was done: the workspace's revision and state after it, and the transcript where it ended."""

    workspace: int
    revision: int
    state: str
    transcript: str | None = None


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
    """Carries out what a person decided in a workspace that they hold, on what they knew of it.

    ``token`` is the submission's own: sent again, it does nothing and returns the same receipt. ``draft`` is what the
    page still keeps once this is done.
    """
    known = known_receipt(connection, token, person, id_)
    if known is not None:
        return msgspec.convert(known, Receipt)
    row = lock(connection, id_)
    refused = _refused(connection, row, person, id_, action, revision, draft_revision)
    if refused is None:
        assert row is not None
        active = count_time(connection, row, now)
        item = load_item(connection, id_)
        assert item is not None
        done = (
            _ask(connection, item, person, action, now, active)
            if isinstance(action, Ask)
            else _end(connection, item, person, action, now, active)
        )
        if isinstance(done, Receipt):
            new_draft(connection, person, id_, draft, now)
            judge(connection, id_, now)
            keep_receipt(connection, token, person, id_, done, now=now)
            return done
        refused = done
    if row is not None:
        keep_refused(connection, person, id_, row.draft_revision, refused.yours, now)
    return refused


ASKED_FIRST = 1
"""What somebody waits for comes before what nobody has begun."""


def _refused(
    connection: Connection,
    row: Row[Any] | None,
    person: int,
    id_: int,
    action: Ask | Reply | Pass,
    revision: int,
    draft_revision: int,
) -> Refusal | None:
    """Why this cannot be done, if it cannot."""
    yours = _written(action)
    if row is None:
        return Refusal("missing", f"There is no workspace {id_}.", yours=yours)
    draft = latest_draft(connection, person, id_)
    current = draft.content if draft else NOTHING_WRITTEN
    if row.state in ENDED:
        return Refusal(
            "ended", "This workspace is closed; what you wrote is kept.", Writing(row.text, (), row.reason), yours
        )
    if row.holder_id != person:
        return Refusal("held", "Another person has this workspace now; what you wrote is kept.", current, yours)
    if row.kind != WORK:
        return Refusal("ended", "This is for a judge.", current, yours)
    if revision != row.revision or draft_revision != row.draft_revision:
        return Refusal("stale", "This was changed elsewhere since this page was opened.", current, yours)
    if row.state != OPEN and not isinstance(action, Pass):
        return Refusal("stale", "You have asked, and not all answers are here yet.", current, yours)
    if isinstance(action, Ask) and not (action.texts and all(text.strip() for text in action.texts)):
        return Refusal("empty", "A question needs some words.", current, yours)
    if isinstance(action, Reply) and not action.text.strip():
        return Refusal("empty", "A reply needs some words; to give none, pass, and say why.", current, yours)
    return None


def _ask(connection: Connection, item: Item, person: int, action: Ask, now: float, active: float) -> Receipt | Refusal:
    asked = granted(item.workspace, action)
    yours = _written(action)
    if isinstance(asked, Answer):
        return Refusal("budget", f"This cannot be asked: {asked.reason}.", yours=yours)
    project = get_project(connection, item.project)
    number = len(item.workspace.rounds)
    keys = [workspace_key(question) for question in asked]
    rows = [
        {
            "workspace_id": item.id,
            "round": number,
            "place": place,
            "question_id": id_,
            "key": key,
            "granted": budget_record(question.budget),
        }
        for place, (id_, key, question) in enumerate(zip(put_questions(connection, asked), keys, asked, strict=True))
    ]
    connection.execute(insert(consultations), rows)
    has_worked(connection, person, [subject(question) for question in asked], item.id)
    _update(
        connection, item.id, state=CONSULTING, asked_at=now, person_id=person, stale=False, revision=item.revision + 1
    )
    ids = [row["question_id"] for row in rows]
    facts = {
        "round": number,
        "questions": ids,
        "active_seconds": active,
        "drafts": _drafts(connection, person, item.id),
    }
    happened(connection, "asked", now, project=item.project, workspace=item.id, person=person, **facts)
    if project.rules.other_side == "people":
        post(connection, project, list(dict.fromkeys(asked)), now, root=False, priority=ASKED_FIRST)
        fill_from_people(connection, item.project, item.id, keys, now)
    after = load_item(connection, item.id)
    assert after is not None
    return Receipt(item.id, after.revision, after.state)


def _end(
    connection: Connection, item: Item, person: int, action: Reply | Pass, now: float, active: float
) -> Receipt | Refusal:
    answer = finished(item.workspace, action, person_name(person))
    if answer.outcome is Outcome.OUT_OF_BUDGET:
        return Refusal("budget", f"This is too long: {answer.reason}.", yours=_written(action))
    transcript = put_transcript_of(connection, item, answer, now)
    text, reason = answer.text, answer.reason
    values = {"state": str(answer.outcome), "text": text, "reason": reason, "transcript_id": transcript}
    held = {"holder_id": None, "lease_until": None, "touched_at": None, "stale": False, "person_id": person}
    _update(connection, item.id, ended_at=now, revision=item.revision + 1, **values, **held)
    facts: dict[str, Any] = {"transcript": transcript, "active_seconds": active}
    facts["drafts"] = _drafts(connection, person, item.id)
    if item.suggestion is not None:
        facts["edits_from_suggestion"] = Levenshtein.distance(item.suggestion, text)
    happened(connection, str(answer.outcome), now, project=item.project, workspace=item.id, person=person, **facts)
    deliver(connection, item.project, item.key, answer, transcript, now)
    return Receipt(item.id, item.revision + 1, str(answer.outcome), transcript)


def put_transcript_of(connection: Connection, item: Item, answer: Answer, now: float) -> str:
    """Stores the transcript of a workspace that ends with this answer; those below are there already."""
    query = (
        select(consultations)
        .where(consultations.c.workspace_id == item.id)
        .order_by(consultations.c.round, consultations.c.place)
    )
    rounds: list[list[dict[str, Any]]] = [[] for _ in item.workspace.rounds]
    for row in connection.execute(query):
        if row.round < len(rounds):
            rounds[row.round].append(consultation_record(row.question_id, row.answer, row.transcript_id))
    own = question_id(item.question)
    record = transcript_record(
        own, by=answer.by, rounds=rounds, outcome=str(answer.outcome), text=answer.text, reason=answer.reason
    )
    return put_record(connection, record, now)


def _written(action: Ask | Reply | Pass) -> Writing:
    match action:
        case Ask(texts):
            return Writing(asks=texts)
        case Reply(text):
            return Writing(text)
        case Pass(reason):
            return Writing(reason=reason)


def _drafts(connection: Connection, person: int, id_: int) -> int:
    query = select(func.count()).where(drafts.c.workspace_id == id_, drafts.c.person_id == person)
    return int(connection.execute(query).scalar_one())


def _update(connection: Connection, id_: int, **values: Any) -> None:
    connection.execute(update(workspaces).where(workspaces.c.id == id_).values(**values))
