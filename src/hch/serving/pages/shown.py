"""What people were shown is written down: exactly, and once for each change of it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from hch.people.store.content import content_hash
from hch.people.store.desk import record_shown
from hch.people.store.tables import events


def is_news(connection: Connection, person: int, id_: int, text: str) -> bool:
    """Whether this is another text than what the person was last shown in the workspace."""
    shown = (events.c.workspace_id == id_, events.c.person_id == person, events.c.kind == "shown")
    data = connection.execute(select(events.c.data).where(*shown).order_by(events.c.id.desc()).limit(1)).scalar()
    return data is None or data["shown"] != content_hash("shown", text)


def note_shown(connection: Connection, person: int, id_: int, text: str, now: float) -> None:
    """Writes down that the person is shown this text in the workspace, unless they have it before them already."""
    if is_news(connection, person, id_, text):
        record_shown(connection, person, id_, text, now)
