"""What has happened in a store: one row an event, never changed and never removed.

Their numbers come in the order in which they were saved, so whoever has seen one has seen all with a lower number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from hch.people.store.tables import events

NEW = "hch_events"
"""Under this name a connection keeps the numbers of the events of its transaction."""


def record_event(
    connection: Connection,
    /,
    kind: str,
    at: float,
    *,
    project: int | None = None,
    workspace: int | None = None,
    person: int | None = None,
    **data: Any,
) -> None:
    """Writes down that something happened; ``data`` is whatever plain values tell more of it."""
    row = {"kind": kind, "project_id": project, "workspace_id": workspace, "person_id": person, "data": data}
    record_events(connection, at, [row])


def record_events(connection: Connection, at: float, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes down several things that happened at once, as rows of the table; all have values for the same columns."""
    if not rows:
        return
    told = [{"at": at, **row} for row in rows]
    if connection.dialect.name == "sqlite":
        connection.execute(insert(events), told)
        return
    ids = connection.execute(insert(events).returning(events.c.id), told).scalars()
    connection.info.setdefault(NEW, []).extend(ids)


def last_event(connection: Connection) -> int:
    """The number of the newest event, 0 where there is none: a store whose number is the same has not changed."""
    newest: int = connection.execute(select(func.coalesce(func.max(events.c.id), 0))).scalar_one()
    return newest


def forget_new_events(connection: Connection) -> None:
    """Before a transaction: whatever an earlier one of this connection left."""
    connection.info.pop(NEW, None)


def number_new_events(connection: Connection) -> None:
    """At the end of a transaction: gives its events the numbers that come next, as those who read on from one expect.

    PostgreSQL hands numbers out as rows are written, so a transaction that takes longer would save lower ones after
    higher ones have been read. Those who have come this far save one after the other. In SQLite all of it is so.
    """
    new = connection.info.pop(NEW, None)
    if new:
        connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
        connection.execute(text(RENUMBER), {"new": new})


TURN = 4843
"""Of the lock that those hold who are about to save events."""

RENUMBER = """
UPDATE events SET id = next.id
FROM (
    SELECT old.id AS old, nextval(pg_get_serial_sequence('events', 'id')) AS id
    FROM (SELECT unnest(cast(:new AS bigint[])) AS id ORDER BY 1) AS old
) AS next
WHERE events.id = next.old
"""
