"""What a person has submitted lately, and how long they may still take it back."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, func, select

from hch.people.store.items import CONSULTING, ENDED, RATE, WORK, Item, load_item, load_items
from hch.people.store.judging import TIE
from hch.people.store.projects import get_project
from hch.people.store.tables import workspaces
from hch.types import Outcome

LATELY_SECONDS = 24 * 3600.0
MOST_LISTED = 20


class Submitted(msgspec.Struct, frozen=True):
    """Something that a person submitted: in which workspace, when, what it was, and seconds left to take it back."""

    id: int
    kind: str
    question: str
    what: str
    said: str
    at: float
    seconds_left: float


def submitted_lately(connection: Connection, person: int, kinds: Sequence[str], now: float) -> list[Submitted]:
    """What a person has submitted within a day in workspaces of these kinds, newest first."""
    w = workspaces.c
    done_at = func.coalesce(w.ended_at, w.asked_at)
    query = (
        select(w.id)
        .where(w.person_id == person, w.kind.in_(kinds), w.state.in_((*ENDED, CONSULTING)))
        .where(done_at > now - LATELY_SECONDS)
        .order_by(done_at.desc(), w.id.desc())
        .limit(MOST_LISTED)
    )
    items = load_items(connection, list(connection.execute(query).scalars()))
    return [submitted(connection, item, now) for item in items]


def just_done(
    connection: Connection, person: int, id_: int | None, kinds: Sequence[str], now: float
) -> Submitted | None:
    """What a person ended in this workspace, if they did and can still take it back."""
    item = None if id_ is None else load_item(connection, id_)
    if item is None or item.person != person or item.kind not in kinds or not item.ended:
        return None
    what = submitted(connection, item, now)
    return what if what.seconds_left > 0 else None


def submitted(connection: Connection, item: Item, now: float) -> Submitted:
    """What was last submitted in a workspace that has ended or waits for answers."""
    rules = get_project(connection, item.project).rules
    at = (item.ended_at if item.ended else item.asked_at) or 0.0
    answered = any(pending.answer is not None for pending in item.pending)
    left = 0.0 if item.stale or answered else max(0.0, at + rules.withdraw_seconds - now)
    what, said = _said(item)
    return Submitted(item.id, item.kind, item.question.text, what, said, at, left)


def _said(item: Item) -> tuple[str, str]:
    """What it was that a person submitted, and its text."""
    if item.state == CONSULTING:
        return "You asked", "\n".join(pending.question.text for pending in item.pending)
    if item.kind == RATE:
        return "You rated the answer", f"{item.text} of 10"
    if item.kind != WORK:
        assert item.material is not None
        if item.text == TIE:
            return "You chose", "no difference"
        return "You chose", str(item.material["answers"][int(item.text)])
    if item.state == Outcome.PASSED:
        return "You passed", item.reason
    return "You replied", item.text
