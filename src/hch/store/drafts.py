"""What a person has written so far and not submitted: every revision is kept, and none overwrites one it did not know."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, insert, select, update

from hch.store.desk import count_time, lock
from hch.store.events import happened
from hch.store.items import ENDED
from hch.store.refusals import NOTHING_WRITTEN, Refusal, Writing
from hch.store.tables import drafts, workspaces


class Draft(msgspec.Struct, frozen=True):
    """One revision of a draft."""

    revision: int
    content: Writing
    at: float


def save_draft(
    connection: Connection, person: int, id_: int, revision: int, content: Writing, *, now: float
) -> Draft | Refusal:
    """Saves a draft made on the one that had ``revision``, and returns it with its own; the same content twice is one.

    Where somebody saved another since then, that one stays; the refusal has both, and both are kept.
    """
    row = lock(connection, id_)
    if row is None:
        return Refusal("missing", f"There is no workspace {id_}.", yours=content)
    here = latest_draft(connection, person, id_)
    current = here.content if here else NOTHING_WRITTEN
    if row.state in ENDED or row.holder_id != person:
        keep_refused(connection, person, id_, row.draft_revision, content, now)
        if row.state in ENDED:
            return Refusal("ended", "This workspace is closed; what you wrote is kept.", current, content)
        return Refusal("held", "Another person has this workspace now; what you wrote is kept.", current, content)
    count_time(connection, row, now)
    if content == current:
        return here or Draft(row.draft_revision, content, now)
    if revision != row.draft_revision:
        keep_refused(connection, person, id_, row.draft_revision, content, now)
        return Refusal("stale", "This was changed elsewhere since this page was opened.", current, content)
    return _keep(connection, person, id_, row.draft_revision + 1, content, now)


def latest_draft(connection: Connection, person: int, id_: int) -> Draft | None:
    """A person's present draft in a workspace, if there is one."""
    query = (
        select(drafts)
        .where(drafts.c.workspace_id == id_, drafts.c.person_id == person, drafts.c.refused.is_(False))
        .order_by(drafts.c.revision.desc(), drafts.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Draft(row.revision, msgspec.convert(row.content, Writing), row.at)


def draft_history(connection: Connection, person: int, id_: int) -> list[Draft]:
    """All revisions of a person's draft in a workspace, oldest first, refused ones left out."""
    query = (
        select(drafts)
        .where(drafts.c.workspace_id == id_, drafts.c.person_id == person, drafts.c.refused.is_(False))
        .order_by(drafts.c.revision, drafts.c.id)
    )
    return [Draft(row.revision, msgspec.convert(row.content, Writing), row.at) for row in connection.execute(query)]


def new_draft(connection: Connection, person: int, id_: int, content: Writing, now: float) -> Draft:
    """A draft in place of whatever there was, as after a submission or its withdrawal."""
    row = lock(connection, id_)
    assert row is not None
    return _keep(connection, person, id_, row.draft_revision + 1, content, now)


def keep_refused(connection: Connection, person: int, id_: int, revision: int, content: Writing, now: float) -> None:
    """Keeps a text that came too late, beside the present draft."""
    row = {
        "workspace_id": id_,
        "person_id": person,
        "revision": revision,
        "at": now,
        "content": msgspec.to_builtins(content),
    }
    connection.execute(insert(drafts), {**row, "refused": True})
    happened(connection, "draft refused", now, workspace=id_, person=person, revision=revision)


def _keep(connection: Connection, person: int, id_: int, revision: int, content: Writing, now: float) -> Draft:
    row = {
        "workspace_id": id_,
        "person_id": person,
        "revision": revision,
        "at": now,
        "content": msgspec.to_builtins(content),
    }
    connection.execute(insert(drafts), {**row, "refused": False})
    connection.execute(update(workspaces).where(workspaces.c.id == id_).values(draft_revision=revision))
    return Draft(revision, content, now)
