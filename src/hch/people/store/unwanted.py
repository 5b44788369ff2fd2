"""Takes questions from before people that nobody waits for any more, where nobody has begun on them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from hch.people.store.answers import waits_for_answer
from hch.people.store.content import portions
from hch.people.store.events import all_happened
from hch.people.store.items import CANCELLED, OPEN, WORK
from hch.people.store.tables import consultations, workspaces


def cancel_unwanted(connection: Connection, project: int, keys: Sequence[str], now: float) -> None:
    """Of a project's workspaces with these keys, cancels those that nobody waits for; who has begun may go on."""
    c, w = consultations.c, workspaces.c
    for some in portions(sorted(set(keys))):
        untouched = (w.state == OPEN, w.holder_id.is_(None), w.person_id.is_(None), w.kind == WORK, ~w.root)
        # What somebody else has locked, somebody takes or asks for right now.
        locked = select(w.id, w.key).where(w.project_id == project, w.key.in_(some), *untouched).order_by(w.id)
        there = list(connection.execute(locked.with_for_update(skip_locked=True, key_share=True)))
        waits = select(c.key).join(workspaces, w.id == c.workspace_id)
        waits = waits.where(w.project_id == project, c.key.in_(some), waits_for_answer())
        wanted = set(connection.execute(waits).scalars())
        ids = [row.id for row in there if row.key not in wanted]
        if ids:
            connection.execute(update(workspaces).where(w.id.in_(ids)).values(state=CANCELLED))
            told = {"kind": "cancelled", "project_id": project, "data": {}}
            all_happened(connection, now, [{**told, "workspace_id": id_} for id_ in ids])
