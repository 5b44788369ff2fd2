"""Rows that nobody else changes until a transaction ends. In SQLite a transaction that writes is alone anyway.

Locks are taken in one order, so that nobody waits in a circle: a person, a workspace in which somebody acts, the
workspaces below or above it by their numbers, its project. Where two meet in spite of that, one is tried again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from hch.people.store.projects import Project, Rules, get_project, rules_from
from hch.people.store.tables import people, projects, workspaces


def lock(connection: Connection, id_: int) -> Row[Any] | None:
    """The row of a workspace, with its project's rules (see ``rules_of``)."""
    return connection.execute(LOCKED, {"workspace": id_}).one_or_none()


def rules_of(row: Row[Any]) -> Rules:
    """The rules of the project of a workspace, from its row as ``lock`` gives it."""
    return rules_from(row.settings)


def lock_person(connection: Connection, id_: int) -> None:
    """Makes others wait who do something for the same person that must see what comes of this."""
    connection.execute(select(people.c.id).where(people.c.id == id_).with_for_update(key_share=True))


def lock_project(connection: Connection, id_: int) -> None:
    """Makes others wait who do something in the same project that must see what comes of this."""
    connection.execute(select(projects.c.id).where(projects.c.id == id_).with_for_update(key_share=True))


def settled_project(connection: Connection, id_: int) -> Project:
    """A project whose rules stay as they are until this transaction ends."""
    if connection.dialect.name != "sqlite":
        connection.execute(select(projects.c.id).where(projects.c.id == id_).with_for_update(read=True))
    return get_project(connection, id_)


LOCKED = (
    select(workspaces, projects.c.settings)
    .join(projects, projects.c.id == workspaces.c.project_id)
    .where(workspaces.c.id == bindparam("workspace"))
    .with_for_update(of=workspaces, key_share=True)
)
