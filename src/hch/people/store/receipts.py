"""What was submitted with which token, so that the same submission sent twice is done once."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from hch.people.store.content import content_hash
from hch.people.store.tables import submissions


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
