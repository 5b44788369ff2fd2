"""Whether something waits for a person, looked up without taking it: a page may tell them, and they decide."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, exists, not_, or_, select

from hch.store.items import OPEN
from hch.store.tables import skips, worked, workspaces


def waits(connection: Connection, person: int, kinds: Sequence[str], now: float) -> bool:
    """Whether the person would be given a workspace, were they to take one now (see store/desk.py)."""
    w = workspaces.c
    free = or_(w.holder_id.is_(None), w.lease_until < now)
    skipped = exists().where(skips.c.workspace_id == w.id, skips.c.person_id == person)
    known = exists().where(worked.c.person_id == person, worked.c.subject == w.subject, worked.c.workspace_id != w.id)
    theirs = or_(w.holder_id == person, free & not_(skipped) & not_(known))
    query = select(w.id).where(w.state == OPEN, w.kind.in_(kinds), theirs).limit(1)
    return connection.execute(query).first() is not None
