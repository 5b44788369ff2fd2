"""What a person is told when the store does not do as they asked. It is a value: what they wrote is kept as well."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, insert, select

from hch.people.store.content import content_hash
from hch.people.store.tables import submissions


class Writing(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person has written in a workspace and not submitted: a reply, questions to ask, a reason to pass."""

    reply: str = ""
    asks: tuple[str, ...] = ()
    reason: str = ""


NOTHING_WRITTEN = Writing()


class Refusal(msgspec.Struct, frozen=True):
    """Why nothing was changed, in words for the person; where texts compete, both.

    ``why`` is "stale" where the page did not know of something newer, "held" where another person has the workspace
    now, "ended" where it is closed, "budget" where it cannot pay for what is asked, "empty" where nothing was said,
    "late" where the time to take something back is over, and "missing" where there is no such workspace.
    """

    why: Literal["stale", "held", "ended", "budget", "empty", "late", "missing"]
    message: str
    current: Writing = NOTHING_WRITTEN
    yours: Writing = NOTHING_WRITTEN


def known_receipt(connection: Connection, token: str, person: int, workspace: int) -> Any:
    """The receipt that this person got for this token in this workspace, as plain values; None if there is none."""
    id_ = _id(token, person, workspace)
    return connection.execute(select(submissions.c.receipt).where(submissions.c.id == id_)).scalar()


def keep_receipt(
    connection: Connection, token: str, person: int, workspace: int, receipt: msgspec.Struct, *, now: float
) -> None:
    """Keeps the receipt of a submission that has been carried out."""
    row = {"id": _id(token, person, workspace), "workspace_id": workspace, "person_id": person, "at": now}
    connection.execute(insert(submissions), {**row, "receipt": msgspec.to_builtins(receipt)})


def _id(token: str, person: int, workspace: int) -> str:
    return content_hash("submission", token, person, workspace)
