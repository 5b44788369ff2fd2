"""A model as the other side of people's questions: it answers what they ask in the store.

It may run anywhere that the store can be reached from. Questions asked while it is away wait for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from hch.amplify.rounds import consult
from hch.people.store.answers import Waiting, answer_waiting, waiting_for_model
from hch.people.store.database import Database
from hch.people.store.events import last_event
from hch.people.store.items import OPEN, WORK, Item, items_from
from hch.people.store.projects import Project, all_projects
from hch.people.store.tables import workspaces
from hch.protocols import Answerer
from hch.types import Answer, Outcome

MOST_AT_ONCE = 256
"""Questions in one batch."""


@dataclass(frozen=True)
class OtherSide:
    """Answers, with a model, what people ask in the projects whose other side is a model; called again and again."""

    store: Database
    model: Answerer

    async def __call__(self) -> int:
        """Answers the questions that wait now, and returns how many there were."""
        waiting, without = await asyncio.to_thread(self.store.read, _read_waiting)
        answers = await consult(self.model, [*(one.question for one in waiting), *(item.question for item in without)])
        if answers:
            await asyncio.to_thread(self.store.write, _write_answers, waiting, without, answers)
        return len(answers)

    async def attend(self, poll_seconds: float = 0.2) -> None:
        """Answers questions as they come, until cancelled."""
        seen = -1
        while True:
            newest = await asyncio.to_thread(self.store.read, last_event)
            if newest != seen and not await self():
                seen = newest
            await asyncio.sleep(poll_seconds)


def _read_waiting(connection: Connection) -> tuple[list[Waiting], list[Item]]:
    """The questions that people have asked, and the workspaces in which they are to be shown a suggestion."""
    projects = [project for project in all_projects(connection) if project.rules.other_side == "model"]
    waiting = [one for project in projects for one in waiting_for_model(connection, project.id, MOST_AT_ONCE)]
    without = [
        item for project in projects if project.rules.suggest for item in _without_suggestion(connection, project)
    ]
    return waiting[:MOST_AT_ONCE], without[:MOST_AT_ONCE]


def _without_suggestion(connection: Connection, project: Project) -> list[Item]:
    w = workspaces.c
    query = select(workspaces).where(
        w.project_id == project.id, w.state == OPEN, w.kind == WORK, w.suggestion.is_(None), w.shown_at.is_(None)
    )
    return items_from(connection, list(connection.execute(query.order_by(w.id).limit(MOST_AT_ONCE))))


def _write_answers(
    connection: Connection, waiting: Sequence[Waiting], without: Sequence[Item], answers: Sequence[Answer]
) -> None:
    now = time.time()
    for asked, answer in zip(waiting, answers, strict=False):
        answer_waiting(connection, asked, answer, now)
    for item, answer in zip(without, answers[len(waiting) :], strict=True):
        # A person who has been shown the page without a suggestion is given none now.
        where = (workspaces.c.id == item.id, workspaces.c.suggestion.is_(None), workspaces.c.shown_at.is_(None))
        text = answer.text if answer.outcome is Outcome.ANSWERED else ""
        connection.execute(update(workspaces).where(*where).values(suggestion=text))
