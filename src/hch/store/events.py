"""What has happened in a store: one row an event, never changed and never removed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, insert, select

from hch.store.tables import events


def happened(
    connection: Connection,
    kind: str,
    at: float,
    *,
    project: int | None = None,
    workspace: int | None = None,
    person: int | None = None,
    **data: Any,
) -> None:
    """Writes down that something happened; ``data`` is whatever plain values tell more of it."""
    row = {"at": at, "kind": kind, "project_id": project, "workspace_id": workspace, "person_id": person, "data": data}
    connection.execute(insert(events), row)


def last_event(connection: Connection) -> int:
    """The number of the newest event, 0 where there is none: a store whose number is the same has not changed."""
    return connection.execute(select(func.coalesce(func.max(events.c.id), 0))).scalar_one()
