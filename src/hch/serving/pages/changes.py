"""What has changed under H's hands: an answer that H was given was withdrawn. Before and after, from the events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from hch.people.store.content import answer_from, get_questions, question_id
from hch.people.store.items import Item
from hch.people.store.tables import events
from hch.types import Answer

BY_H = ("asked", "answered", "passed", "questions withdrawn")
"""The events by which H goes on; what has changed before the last of them, H knew."""


class Change(msgspec.Struct, frozen=True):
    """An answer that was withdrawn: to what question, what it was, and what came instead (None: it is on its way).

    ``dropped`` are the questions that H asked after having read it, and that are no longer asked. ``reopened`` says
    that H had ended the workspace, which is open again.
    """

    question: str
    before: str
    after: str | None
    dropped: list[str]
    reopened: bool


def changes(connection: Connection, item: Item) -> list[Change]:
    """What has changed in a workspace since H last acted in it, oldest first; nothing where it is not stale."""
    if not item.stale:
        return []
    kinds = events.c.kind.in_(("stale", *BY_H))
    query = select(events).where(events.c.workspace_id == item.id, kinds).order_by(events.c.id)
    since: list[Mapping[str, Any]] = []
    for row in connection.execute(query):
        if row.kind == "stale":
            since.append(row.data)
        else:
            since = []
    return [_change(connection, item, data) for data in since]


def said(answer: Answer) -> str:
    """An answer as a person reads it."""
    if answer.answered:
        return answer.text
    return f"no answer ({answer.reason})" if answer.reason else "no answer"


def _change(connection: Connection, item: Item, data: Mapping[str, Any]) -> Change:
    named = [data["question"], *(dropped["question"] for dropped in data["dropped"])]
    questions = get_questions(connection, set(named))
    before = said(answer_from(data["answer"])) if data["answer"] else ""
    dropped = [questions[id_].text for id_ in named[1:]]
    after = _now(item, data["round"], data["question"])
    return Change(questions[named[0]].text, before, None if after is None else said(after), dropped, bool(data["text"]))


def _now(item: Item, number: int, asked: str) -> Answer | None:
    """What the same question is answered with now, if it is."""
    if number < len(item.workspace.rounds):
        there = ((each.question, each.answer) for each in item.workspace.rounds[number])
        return next((answer for question, answer in there if question_id(question) == asked), None)
    waiting = ((each.question, each.answer) for each in item.pending)
    return next((answer for question, answer in waiting if question_id(question) == asked), None)
