"""Puts questions before people: a workspace for each, once."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from hch.budget import Budget
from hch.store.content import budget_record, content_hash, put_questions, question_id, subject
from hch.store.events import happened
from hch.store.items import CANCELLED, OPEN, WORK
from hch.store.projects import Project
from hch.store.tables import workspaces
from hch.types import Question


class Posted(msgspec.Struct, frozen=True):
    """The workspaces of some questions, and how many of them were not there before."""

    ids: list[int]
    new: int


def workspace_key(question: Question) -> str:
    """Which workspace of a project a question has: the same question, draw and budget, the same workspace."""
    return content_hash("workspace", question_id(question), budget_record(question.budget))


def post(
    connection: Connection,
    project: Project,
    asked: list[Question],
    now: float,
    *,
    budgets: list[Budget | None] | None = None,
    root: bool = True,
    gold: list[str | None] | None = None,
    priority: int = 0,
) -> Posted:
    """Opens a workspace for each question that has none in the project.

    ``budgets`` are what the workspaces may spend; else it is what each question brings, or what the project grants.
    """
    if not asked:
        return Posted([], 0)
    keys = [workspace_key(question) for question in asked]
    there = _there(connection, project.id, keys)
    wanted = (workspaces.c.id.in_(there.values()), workspaces.c.state == CANCELLED)
    if there:
        connection.execute(update(workspaces).where(*wanted).values(state=OPEN))
    new = {key: place for place, key in enumerate(keys) if key not in there}
    if new:
        fresh = [asked[place] for place in new.values()]
        ids = put_questions(connection, fresh)
        rows: list[dict[str, Any]] = []
        for key, id_, question, place in zip(new, ids, fresh, new.values(), strict=True):
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
        connection.execute(insert(workspaces), rows)
        there |= _there(connection, project.id, list(new))
        for key in new:
            happened(connection, "posted", now, project=project.id, workspace=there[key], root=root)
    return Posted([there[key] for key in keys], len(new))


def post_roots(
    connection: Connection, project: Project, asked: list[Question], now: float, gold: list[str | None] | None = None
) -> Posted:
    """Opens the workspaces of a project's own questions: as many for each as its rules want copies.

    The copies are draws of the same question, to different people.
    """
    copies = project.rules.copies
    if copies == 1:
        return post(connection, project, asked, now, gold=gold)
    drawn = [msgspec.structs.replace(question, draw=draw) for question in asked for draw in range(copies)]
    golds = None if gold is None else [each for each in gold for _ in range(copies)]
    return post(connection, project, drawn, now, gold=golds)


def _there(connection: Connection, project: int, keys: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(keys), 500):
        query = select(workspaces.c.key, workspaces.c.id).where(
            workspaces.c.project_id == project, workspaces.c.key.in_(keys[start : start + 500])
        )
        found.update((row.key, row.id) for row in connection.execute(query))
    return found
