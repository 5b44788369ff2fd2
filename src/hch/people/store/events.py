"""The events of a store: one row each, never changed and never removed.

Their numbers are in the order of commits: a reader who has seen one has seen all with lower numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from hch.people.store.tables import events

NEW = "hch_events"
"""The key in ``connection.info`` of the numbers of its transaction's events."""


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
    """Writes an event at a time in seconds since 1970; ``data`` has further plain values."""
    row = {"kind": kind, "project_id": project, "workspace_id": workspace, "person_id": person, "data": data}
    record_events(connection, at, [row])


def record_events(connection: Connection, at: float, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes several events of one time, as rows of the table; all have values for the same columns."""
    if not rows:
        return
    complete = [{"at": at, **row} for row in rows]
    if connection.dialect.name == "sqlite":
        connection.execute(insert(events), complete)
        return
    ids = connection.execute(insert(events).returning(events.c.id), complete).scalars()
    connection.info.setdefault(NEW, []).extend(ids)


def last_event(connection: Connection) -> int:
    """The number of the newest event, 0 where there is none: a store whose number is the same has not changed."""
    newest: int = connection.execute(select(func.coalesce(func.max(events.c.id), 0))).scalar_one()
    return newest


def forget_new_events(connection: Connection) -> None:
    """Called before a transaction: drops numbers that a failed one left on this connection."""
    connection.info.pop(NEW, None)


def number_new_events(connection: Connection) -> None:
    """Called at the end of a transaction: gives its events the next numbers, as readers who read on from one expect.

    PostgreSQL hands out numbers as rows are written, so a longer transaction would commit lower numbers after higher
    ones have been read. Under this lock transactions commit one after the other; in SQLite they always do.
    """
    new = connection.info.pop(NEW, None)
    if new:
        connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
        connection.execute(text(RENUMBER), {"new": new})


TURN = 4843
"""The number of the lock that a transaction holds while it numbers its events and commits."""

RENUMBER = """
UPDATE events SET id = next.id
FROM (
    SELECT old.id AS old, nextval(pg_get_serial_sequence('events', 'id')) AS id
    FROM (SELECT unnest(cast(:new AS bigint[])) AS id ORDER BY 1) AS old
) AS next
WHERE events.id = next.old
"""
