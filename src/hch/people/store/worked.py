"""Who has seen or written which question: who has is no judge of it, and no second answerer."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from hch.people.store.adding import add_missing
from hch.people.store.tables import worked


def has_worked(connection: Connection, person: int, subjects: Iterable[str], workspace: int) -> None:
    """Notes that a person has seen or written questions with these subjects, in a workspace."""
    rows = [{"person_id": person, "subject": each, "workspace_id": workspace} for each in sorted(set(subjects))]
    add_missing(connection, worked, rows)
