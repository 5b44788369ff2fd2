"""Drafts: text that a person has not submitted. Every revision is kept; none overwrites one that it did not know."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from hch.people.store.desk import seconds_worked
from hch.people.store.events import record_event
from hch.people.store.items import CANCELLED, ENDED
from hch.people.store.projects import lock
from hch.people.store.refusals import NOTHING_WRITTEN, Refusal, Writing
from hch.people.store.tables import drafts, workspaces


class Draft(msgspec.Struct, frozen=True):
    """One revision of a draft."""

    revision: int
    content: Writing
    at: float


def save_draft(
    connection: Connection, person: int, id_: int, revision: int, content: Writing, *, now: float
) -> Draft | Refusal:
    """Saves a draft that was made from ``revision``, and returns it with its own; the same content twice is one.

    If somebody has saved another one since, that one stays: the refusal has both, and both are kept.
    """
    row = lock(connection, id_)
    if row is None:
        return Refusal("missing", f"There is no workspace {id_}.", yours=content)
    here = latest_draft(connection, person, id_)
    current = here.content if here else NOTHING_WRITTEN
    closed = why_closed(row, person)
    if closed is not None:
        keep_refused(connection, row, person, content, now)
        return msgspec.structs.replace(closed, current=current, yours=content)
    values: dict[str, Any] = {"active_seconds": seconds_worked(row, now), "touched_at": now}
    saved: Draft | Refusal
    if content == current:
        # Its revision is that of the workspace: somebody else may have written here since the person did.
        saved = Draft(row.draft_revision, content, here.at if here else now)
    elif revision != row.draft_revision:
        keep_refused(connection, row, person, content, now)
        saved = Refusal("stale", "This was changed elsewhere since this page was opened.", current, content)
    else:
        values["draft_revision"] = row.draft_revision + 1
        saved = put_draft(connection, row, person, content, now)
    connection.execute(update(workspaces).where(workspaces.c.id == id_).values(**values))
    return saved


def latest_draft(connection: Connection, person: int, id_: int) -> Draft | None:
    """A person's present draft in a workspace, if there is one."""
    history = draft_history(connection, person, id_, most=1)
    return history[-1] if history else None


def draft_history(connection: Connection, person: int, id_: int, most: int | None = None) -> list[Draft]:
    """The revisions of a person's draft in a workspace, oldest first, but the refused: all, or the last ``most``."""
    d = drafts.c
    query = select(drafts).where(d.workspace_id == id_, d.person_id == person, d.refused.is_(False))
    rows = connection.execute(query.order_by(d.revision.desc(), d.id.desc()).limit(most)).all()
    return [Draft(row.revision, msgspec.convert(row.content, Writing), row.at) for row in reversed(rows)]


def put_draft(connection: Connection, row: Row[Any], person: int, content: Writing, now: float) -> Draft:
    """Inserts the next revision of a draft. The caller has to update the workspace's ``draft_revision`` to it."""
    revision = row.draft_revision + 1
    connection.execute(insert(drafts), _as_row(row.id, revision, person, content, now))
    return Draft(revision, content, now)


def keep_refused(connection: Connection, row: Row[Any], person: int, content: Writing, now: float) -> None:
    """Keeps a text that came too late as a refused draft, once however often it is sent."""
    d, kept = drafts.c, _as_row(row.id, row.draft_revision, person, content, now)
    query = select(d.content).where(d.workspace_id == row.id, d.person_id == person, d.refused)
    last = connection.execute(query.order_by(d.id.desc()).limit(1)).scalar()
    if last == kept["content"]:
        return
    connection.execute(insert(drafts), {**kept, "refused": True})
    about = {"project": row.project_id, "workspace": row.id, "person": person}
    record_event(connection, "draft refused", now, **about, revision=row.draft_revision)


def why_closed(row: Row[Any], person: int) -> Refusal | None:
    """The refusal of a person who cannot write in a workspace; None if they can."""
    if row.state in ENDED:
        return Refusal("ended", "This workspace is closed; what you wrote is kept.")
    if row.state == CANCELLED:
        return Refusal("ended", "Nobody waits for this any more; what you wrote is kept.")
    if row.holder_id is None:
        return Refusal("held", "You have put this back, or it was taken from you; what you wrote is kept.")
    if row.holder_id != person:
        return Refusal("held", "Another person has this workspace now; what you wrote is kept.")
    return None


def _as_row(id_: int, revision: int, person: int, content: Writing, now: float) -> dict[str, Any]:
    plain = msgspec.to_builtins(content)
    return {"workspace_id": id_, "revision": revision, "person_id": person, "at": now, "content": plain}
