"""How far projects have come: their questions, what was asked below those, and verdicts."""

from __future__ import annotations

from collections import defaultdict

import msgspec
from sqlalchemy import Connection, func, select

from hch.people.store.items import CANCELLED, ENDED, WORK
from hch.people.store.tables import workspaces


class Progress(msgspec.Struct):
    """Of a project how many of its own questions there are and have ended, of those asked below them, of verdicts."""

    questions: int = 0
    questions_ended: int = 0
    below: int = 0
    below_ended: int = 0
    verdicts: int = 0
    verdicts_ended: int = 0

    @property
    def to_answer(self) -> int:
        return self.questions + self.below - self.questions_ended - self.below_ended

    @property
    def to_judge(self) -> int:
        return self.verdicts - self.verdicts_ended


def progress(connection: Connection, project: int | None = None) -> defaultdict[int, Progress]:
    """How far each project has come, or this one alone; those that nothing was asked in have come nowhere."""
    w = workspaces.c
    counted = defaultdict[int, Progress](Progress)
    query = select(w.project_id, w.root, w.kind, w.state, func.count()).where(w.state != CANCELLED)
    if project is not None:
        query = query.where(w.project_id == project)
    for id_, root, kind, state, count in connection.execute(query.group_by(w.project_id, w.root, w.kind, w.state)):
        of, what = counted[id_], "verdicts" if kind != WORK else "questions" if root else "below"
        setattr(of, what, getattr(of, what) + count)
        if state in ENDED:
            setattr(of, f"{what}_ended", getattr(of, f"{what}_ended") + count)
    return counted
