"""Puts questions before people: a workspace for each, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, select, update

from hch.people.store.content import budget_record, content_hash, put_questions, question_id, subject
from hch.people.store.events import record_events
from hch.people.store.items import CANCELLED, OPEN, WORK
from hch.people.store.projects import Project
from hch.people.store.queries import add_missing, portions
from hch.people.store.tables import workspaces
from hch.types import Budget, Question


class Posted(msgspec.Struct, frozen=True):
    """The workspaces of some questions, and how many of them were not there before."""

    ids: list[int]
    new: int


def workspace_key(question: Question) -> str:
    """The key of a question's workspace in a project: one for each question, sample index and budget."""
    return key_of(question_id(question), budget_record(question.budget))


def key_of(question: str, granted: dict[str, float] | None) -> str:
    """As ``workspace_key``, from a question's id and the record of its budget."""
    return content_hash("workspace", question, granted)


def post(
    connection: Connection,
    project: Project,
    asked: Sequence[Question],
    now: float,
    *,
    budgets: Sequence[Budget | None] | None = None,
    root: bool = True,
    gold: Sequence[str | None] | None = None,
    priority: int = 0,
) -> Posted:
    """Opens a workspace for each question that has none in the project, or whose workspace was cancelled.

    ``budgets`` are those of the workspaces; without them, a workspace gets the question's budget, or the project's.
    """
    keys = [workspace_key(question) for question in asked]
    there = workspaces_with(connection, project.id, keys)
    places = {key: place for place, key in enumerate(keys) if key not in there}
    ids = put_questions(connection, [asked[place] for place in places.values()])
    rows: list[dict[str, Any]] = []
    for (key, place), id_ in zip(places.items(), ids, strict=True):
        question = asked[place]
        left = budgets[place] if budgets is not None else question.budget or project.rules.budget
        rows.append(
            {
                "project_id": project.id,
                "key": key,
                "kind": WORK,
                "root": root,
                "question_id": id_,
                "subject": subject(question),
                "granted": budget_record(question.budget),
                "begun": budget_record(left),
                "budget": budget_record(left),
                "state": OPEN,
                "gold": gold[place] if gold is not None else None,
                "priority": priority,
                "created_at": now,
            }
        )
    new = _insert(connection, project.id, rows, now)
    # Keys that are still missing were posted by another transaction at the same moment.
    there |= new if len(new) == len(rows) else workspaces_with(connection, project.id, keys)
    if not root:
        _reopen(connection, project.id, list(dict.fromkeys(there.values())), now)
    return Posted([there[key] for key in keys], len(new))


def post_roots(
    connection: Connection,
    project: Project,
    asked: Sequence[Question],
    now: float,
    gold: Sequence[str | None] | None = None,
) -> Posted:
    """Opens the workspaces of a project's own questions: as many for each as its rules want copies.

    The copies are samples of the same question, for different people.
    """
    copies = project.rules.copies
    if copies == 1:
        return post(connection, project, asked, now, gold=gold)
    samples = [
        msgspec.structs.replace(question, sample_index=sample_index)
        for question in asked
        for sample_index in range(copies)
    ]
    golds = None if gold is None else [answer for answer in gold for _ in range(copies)]
    return post(connection, project, samples, now, gold=golds)


def workspaces_with(connection: Connection, project: int, keys: Sequence[str]) -> dict[str, int]:
    """The numbers of a project's workspaces with these keys, by key."""
    w = workspaces.c
    numbers: dict[str, int] = {}
    for some in portions(list(dict.fromkeys(keys))):
        query = select(w.key, w.id).where(w.project_id == project, w.key.in_(some))
        numbers.update((row.key, row.id) for row in connection.execute(query))
    return numbers


def _insert(connection: Connection, project: int, rows: Sequence[dict[str, Any]], now: float) -> dict[str, int]:
    """Inserts workspaces, and returns those that are new by their keys."""
    numbers: dict[str, int] = {}
    for some in portions(rows):
        added = add_missing(connection, workspaces, some, returning=(workspaces.c.key, workspaces.c.id))
        new = dict(sorted(((row.key, row.id) for row in added), key=lambda pair: pair[1]))
        told = {"kind": "posted", "project_id": project}
        events = [{**told, "workspace_id": id_, "data": {"root": some[0]["root"]}} for id_ in new.values()]
        record_events(connection, now, events)
        numbers |= new
    return numbers


def _reopen(connection: Connection, project: int, ids: Sequence[int], now: float) -> None:
    """Locks some workspaces, and opens those that were cancelled."""
    w = workspaces.c
    for some in portions(ids):
        locked = select(w.id, w.state).where(w.id.in_(some)).order_by(w.id).with_for_update(key_share=True)
        closed = [row.id for row in connection.execute(locked) if row.state == CANCELLED]
        if closed:
            connection.execute(update(workspaces).where(w.id.in_(closed)).values(state=OPEN))
            told = {"kind": "posted", "project_id": project, "data": {"root": False, "again": True}}
            record_events(connection, now, [{**told, "workspace_id": id_} for id_ in closed])
