"""Answers on their way to those who asked: from another person's workspace, or from a model.

An answer fills every consultation that waits for it. When the last answer of a round is there, the workspace goes on.
A question that nobody waits for any more is cancelled, and a change of rules sends waiting questions elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, select, update

from hch.amplify.workspace import add_round, finish
from hch.people.store.content import (
    answer_record,
    budget_from,
    budget_record,
    get_questions,
    put_transcript,
    question_id,
)
from hch.people.store.events import record_event, record_events
from hch.people.store.items import (
    CANCELLED,
    CONSULTING,
    ENDED,
    OPEN,
    WORK,
    Item,
    Pending,
    item_from,
    items_from,
    load_items,
    person_name,
)
from hch.people.store.posting import post
from hch.people.store.projects import Project, Rules, get_project, lock, lock_project, rules_of
from hch.people.store.queries import portions
from hch.people.store.tables import consultations, projects, workspaces
from hch.types import Answer, Outcome, Pass, Question, Reply

ASKED_FIRST = 1
"""The priority of questions that somebody waits for: people get them before roots that nobody has begun."""


class Waiting(msgspec.Struct, frozen=True):
    """A question that somebody asked a model, and that has no answer yet."""

    workspace: int
    round: int
    place: int
    question: Question


def waiting_for_model(connection: Connection, project: int, most: int = 1000) -> list[Waiting]:
    """The questions asked in a project that have no answer yet, oldest first."""
    query = (
        select(consultations)
        .join(workspaces, workspaces.c.id == consultations.c.workspace_id)
        .where(workspaces.c.project_id == project, waits_for_answer())
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
    row = lock(connection, waiting.workspace)
    if row is None or row.state != CONSULTING or row.rounds != waiting.round:
        return False
    c = consultations.c
    asked = select(c.question_id).where(*_at(row, [waiting.place]), c.answer.is_(None))
    # Where the question was taken back meanwhile, another one may stand in its place.
    if connection.execute(asked).scalar() != question_id(waiting.question):
        return False
    below = None if answer.transcript is None else put_transcript(connection, answer.transcript, now)
    _fill(connection, row, [waiting.place], answer_record(answer), below, now=now)
    advance(connection, row, now)
    return True


def deliver(connection: Connection, row: Row[Any], answer: Answer, transcript: str, *, now: float) -> None:
    """Gives the answer that a person's workspace ended with to all in the project who wait for it."""
    if not answers_others(row):
        return
    c, w = consultations.c, workspaces.c
    those = and_(w.project_id == row.project_id, c.key == row.key, waits_for_answer())
    joined = consultations.join(workspaces, w.id == c.workspace_id)
    query = select(c.workspace_id).distinct().select_from(joined).where(those).order_by(c.workspace_id)
    for id_ in list(connection.execute(query).scalars()):
        asker = lock(connection, id_)
        if asker is None or asker.state != CONSULTING:
            continue
        still = select(c.place).where(c.workspace_id == id_, c.round == asker.rounds, c.key == row.key)
        places = list(connection.execute(still.where(c.answer.is_(None)).order_by(c.place)).scalars())
        if places:
            _fill(connection, asker, places, answer_record(answer), transcript, now=now)
            advance(connection, asker, now)


def ask_people(connection: Connection, project: Project, id_: int, pending: Sequence[Pending], now: float) -> bool:
    """Puts the questions of a workspace before other people, and gives it the answers that people have given before.

    Returns whether all answers are there, so that H can go on.
    """
    missing = [one for one in pending if one.answer is None]
    asked = list(dict.fromkeys(one.question for one in missing))
    # All of their workspaces are locked now: whoever ends one has ended it already, or will see this one wait.
    posted = post(connection, project, asked, now, root=False, priority=ASKED_FIRST)
    ended = select(workspaces).where(workspaces.c.id.in_(posted.ids), workspaces.c.state.in_(ENDED))
    answered = {item.key: item for item in items_from(connection, list(connection.execute(ended)))}
    filled = [one for one in missing if one.key in answered]
    if not filled:
        return False
    row = lock(connection, id_)
    assert row is not None
    for one in filled:
        below = answered[one.key]
        _fill(connection, row, [one.place], answer_record(_answer_of(below)), below.transcript, now=now)
    return advance(connection, row, now)


def advance(connection: Connection, row: Row[Any], now: float) -> bool:
    """Takes in the newest round of a workspace if all its answers are there, so that H can go on: then True."""
    item = item_from(connection, row)
    answers = [pending.answer for pending in item.pending if pending.answer is not None]
    if item.state != CONSULTING or len(answers) < len(item.pending):
        return False
    asked = [pending.question for pending in item.pending]
    workspace = add_round(item.workspace, asked, answers, now - (item.asked_at or now))
    for pending, consultation in zip(item.pending, workspace.rounds[-1], strict=True):
        # add_round withholds an answer that cost more than was granted; the row must do so too.
        record = answer_record(consultation.answer)
        if pending.answer is not None and record != answer_record(pending.answer):
            connection.execute(update(consultations).where(*_at(row, [pending.place])).values(answer=record))
    values: dict[str, Any] = {"state": OPEN, "rounds": row.rounds + 1, "budget": budget_record(workspace.budget)}
    if row.holder_id is not None:
        # A person who waited for answers has not been away, however long that took.
        values["lease_until"] = now + rules_of(row).lease_seconds
    changed = update(workspaces).where(workspaces.c.id == row.id)
    connection.execute(changed.values(revision=workspaces.c.revision + 1, **values))
    record_event(connection, "consulted", now, project=row.project_id, workspace=row.id, round=row.rounds)
    return True


def answers_others(row: Row[Any]) -> bool:
    """Whether the answer of a workspace goes to others who asked the same in its project.

    In a project whose other side is a model, a root only happens to ask the same.
    """
    return not row.root or rules_of(row).other_side == "people"


def waits_for_answer() -> ColumnElement[bool]:
    """Whether a consultation, joined with its workspace, still waits for its answer."""
    c, w = consultations.c, workspaces.c
    return and_(w.state == CONSULTING, c.round == w.rounds, c.answer.is_(None))


def _answer_of(item: Item) -> Answer:
    """The answer that a workspace ended with, and what it cost."""
    if item.state not in (Outcome.ANSWERED, Outcome.PASSED):
        return Answer(outcome=Outcome(item.state), reason=item.reason)
    action = Reply(item.text) if item.state == Outcome.ANSWERED else Pass(item.reason)
    return finish(item.workspace, action, person_name(item.person))


def _at(row: Row[Any], places: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    """These places of a workspace's newest round."""
    c = consultations.c
    return c.workspace_id == row.id, c.round == row.rounds, c.place.in_(places)


def _fill(
    connection: Connection,
    row: Row[Any],
    places: Sequence[int],
    answer: Mapping[str, Any],
    transcript: str | None,
    *,
    now: float,
) -> None:
    values = {"answer": dict(answer), "transcript_id": transcript, "answered_at": now}
    connection.execute(update(consultations).where(*_at(row, places)).values(**values))
    told = {"kind": "answer came", "project_id": row.project_id, "workspace_id": row.id}
    record_events(connection, now, [{**told, "data": {"round": row.rounds, "place": place}} for place in places])


def cancel_unwanted(connection: Connection, project: int, keys: Sequence[str], now: float) -> None:
    """Cancels a project's workspaces with these keys that nobody waits for. A person who has begun one may go on."""
    c, w = consultations.c, workspaces.c
    for some in portions(sorted(set(keys))):
        untouched = (w.state == OPEN, w.holder_id.is_(None), w.person_id.is_(None), w.kind == WORK, ~w.root)
        # A row that is locked is being taken or asked for at this moment, so it stays.
        locked = select(w.id, w.key).where(w.project_id == project, w.key.in_(some), *untouched).order_by(w.id)
        there = list(connection.execute(locked.with_for_update(skip_locked=True, key_share=True)))
        waits = select(c.key).join(workspaces, w.id == c.workspace_id)
        waits = waits.where(w.project_id == project, c.key.in_(some), waits_for_answer())
        wanted = set(connection.execute(waits).scalars())
        ids = [row.id for row in there if row.key not in wanted]
        if ids:
            connection.execute(update(workspaces).where(w.id.in_(ids)).values(state=CANCELLED))
            told = {"kind": "cancelled", "project_id": project, "data": {}}
            record_events(connection, now, [{**told, "workspace_id": id_} for id_ in ids])


def change_rules(connection: Connection, project: int, rules: Rules, now: float) -> None:
    """Changes the rules of a project, for what is done from now on.

    Questions that wait for an answer go to its present other side: a model polls for them, and people are given them.
    """
    lock_project(connection, project)
    before = get_project(connection, project)
    plain = msgspec.to_builtins(rules)
    connection.execute(update(projects).where(projects.c.id == project).values(settings=plain))
    record_event(connection, "rules changed", now, project=project, rules=plain)
    if rules.other_side == "people" != before.rules.other_side:
        _put_waiting_before_people(connection, Project(project, before.name, rules), now)


def _put_waiting_before_people(connection: Connection, project: Project, now: float) -> None:
    w = workspaces.c
    waiting = select(w.id).where(w.project_id == project.id, w.state == CONSULTING).order_by(w.id)
    ids = list(connection.execute(waiting.with_for_update(key_share=True)).scalars())
    for item in load_items(connection, ids):
        if item.state == CONSULTING:
            ask_people(connection, project, item.id, item.pending, now)
