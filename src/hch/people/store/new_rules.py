"""Other rules for a project, also while people are at work under the old ones."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select, update

from hch.people.store.answers import ask_people
from hch.people.store.events import happened
from hch.people.store.items import CONSULTING, load_items
from hch.people.store.locking import lock_project
from hch.people.store.projects import Project, Rules, get_project
from hch.people.store.tables import projects, workspaces


def change_rules(connection: Connection, project: int, rules: Rules, now: float) -> None:
    """Gives a project other rules, for what is done from now on.

    Questions that wait for an answer go to the other side that it has now: a model finds them, and people get them.
    """
    lock_project(connection, project)
    before = get_project(connection, project)
    plain = msgspec.to_builtins(rules)
    connection.execute(update(projects).where(projects.c.id == project).values(settings=plain))
    happened(connection, "rules changed", now, project=project, rules=plain)
    if rules.other_side == "people" != before.rules.other_side:
        _ask_people(connection, Project(project, before.name, rules), now)


def _ask_people(connection: Connection, project: Project, now: float) -> None:
    w = workspaces.c
    waiting = select(w.id).where(w.project_id == project.id, w.state == CONSULTING).order_by(w.id)
    ids = list(connection.execute(waiting.with_for_update(key_share=True)).scalars())
    for item in load_items(connection, ids):
        if item.state == CONSULTING:
            ask_people(connection, project, item.id, item.pending, now)
