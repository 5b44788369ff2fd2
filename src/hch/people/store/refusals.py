"""The results of submissions: a receipt, the same one however often it is sent; or a refusal, with the text refused."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, insert, select

from hch.people.store.content import content_hash
from hch.people.store.tables import submissions


class Writing(msgspec.Struct, frozen=True, omit_defaults=True):
    """The text of a draft: a reply, questions to ask, a reason to pass."""

    reply: str = ""
    asks: tuple[str, ...] = ()
    reason: str = ""


NOTHING_WRITTEN = Writing()


class Refusal(msgspec.Struct, frozen=True):
    """The reason why nothing was changed, in words for the person; where texts compete, both.

    ``why`` is "stale": the page did not know of something newer; "held": another person has the workspace now;
    "ended": it is closed; "budget": it cannot pay for the action; "empty": the action has no text; "late": the time to
    take something back is over; "missing": there is no such workspace.
    """

    why: Literal["stale", "held", "ended", "budget", "empty", "late", "missing"]
    message: str
    current: Writing = NOTHING_WRITTEN
    yours: Writing = NOTHING_WRITTEN


def find_receipt(connection: Connection, token: str, person: int, workspace: int) -> Any:
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
