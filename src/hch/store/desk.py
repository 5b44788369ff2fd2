"""Who has which workspace before them. A lease says so; it runs out, signs of life renew it, and all can see it.

Time is counted here too: the time between two signs of life counts as work if it is short, and once however many
pages are open.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, exists, insert, not_, or_, select, update

from hch.store.content import put_shown
from hch.store.events import happened
from hch.store.items import CHOOSE, CONSULTING, ENDED, OPEN, WORK, Item, load_item
from hch.store.projects import get_project
from hch.store.refusals import Refusal
from hch.store.tables import people, skips, worked, workspaces

LONGEST_GAP_SECONDS = 45.0
"""Who gives no sign of life for longer was not at work. Pages give one every 15 seconds while somebody is there."""


def take(
    connection: Connection, person: int, kinds: Sequence[str], now: float, project: int | None = None
) -> int | None:
    """Gives a person the next workspace: one that they hold and can act in, else one that waits for somebody.

    Never one that they skipped, whose question they have worked on elsewhere, or that another holds. None where there
    is none.
    """
    w = workspaces.c
    there = [w.state == OPEN, w.kind.in_(kinds)]
    if project is not None:
        there.append(w.project_id == project)
    held = (
        select(w.id)
        .where(*there, w.holder_id == person)
        .order_by(w.asked_at.is_(None), w.priority.desc(), w.id)
        .limit(1)
    )
    mine: int | None = connection.execute(held).scalar()
    if mine is not None:
        _lease(connection, mine, person, now)
        return mine
    query = (
        select(w.id)
        .where(*there, _may_be_taken(person, now))
        .order_by(case((w.person_id == person, 0), else_=1), w.priority.desc(), w.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found: int | None = connection.execute(query).scalar()
    if found is None:
        return None
    _lease(connection, found, person, now)
    return found


def waits(connection: Connection, person: int, kinds: Sequence[str], now: float) -> bool:
    """Whether ``take`` would give a person something now. Nothing is taken: whoever is told may be at lunch."""
    w = workspaces.c
    theirs = or_(w.holder_id == person, _may_be_taken(person, now))
    query = select(w.id).where(w.state == OPEN, w.kind.in_(kinds), theirs).limit(1)
    return connection.execute(query).first() is not None


def take_this(connection: Connection, person: int, id_: int, now: float) -> Refusal | None:
    """Gives a person this workspace, if it waits for somebody and they may have it."""
    row = lock(connection, id_)
    if row is None:
        return Refusal("missing", f"There is no workspace {id_}.")
    if row.state in ENDED:
        return Refusal("ended", "This workspace is closed.")
    if row.holder_id not in (None, person) and (row.lease_until or 0) >= now:
        return Refusal("held", "Another person has this workspace now.")
    not_for = select(workspaces.c.id).where(workspaces.c.id == id_, _is_not_for(person))
    if row.holder_id != person and connection.execute(not_for).first():
        return Refusal("held", "You have worked on this question elsewhere, so it is for somebody else.")
    _lease(connection, id_, person, now)
    return None


def touch(connection: Connection, person: int, id_: int, now: float, paused: bool = False) -> float | None:
    """A sign of life: renews the lease and counts the time; ``paused`` says that the person stops for now.

    Returns how many seconds the person has worked in this workspace; None where they no longer hold it.
    """
    row = lock(connection, id_)
    if row is None or row.holder_id != person:
        return None
    active = row.active_seconds + _worked(row, now)
    values = {"active_seconds": active, "touched_at": None if paused else now}
    if paused != (row.touched_at is None):
        happened(connection, "paused" if paused else "resumed", now, workspace=id_, person=person)
    lease = now + get_project(connection, row.project_id).rules.lease_seconds
    connection.execute(update(workspaces).where(workspaces.c.id == id_).values(lease_until=lease, **values))
    return float(active)


def was_shown(connection: Connection, person: int, id_: int, text: str, now: float) -> None:
    """Writes down exactly what a person was shown, and when."""
    connection.execute(
        update(workspaces).where(workspaces.c.id == id_, workspaces.c.shown_at.is_(None)).values(shown_at=now)
    )
    happened(connection, "shown", now, workspace=id_, person=person, shown=put_shown(connection, text))


def release(connection: Connection, person: int, id_: int, now: float) -> None:
    """Puts a workspace back for anybody; what was done in it and the drafts stay."""
    row = lock(connection, id_)
    if row is not None and row.holder_id == person:
        _let_go(connection, row, now)
        happened(connection, "released", now, project=row.project_id, workspace=id_, person=person)


def skip(connection: Connection, person: int, id_: int, reason: str, now: float) -> None:
    """As ``release``, and this person does not get it again."""
    row = lock(connection, id_)
    if row is None or row.holder_id != person:
        return
    _let_go(connection, row, now)
    there = select(skips).where(skips.c.workspace_id == id_, skips.c.person_id == person)
    if connection.execute(there).first() is None:
        connection.execute(insert(skips), {"workspace_id": id_, "person_id": person, "at": now, "reason": reason})
    happened(connection, "skipped", now, project=row.project_id, workspace=id_, person=person, reason=reason)


def held_by(connection: Connection, person: int) -> list[Item]:
    """The workspaces that a person holds, those that wait for answers too."""
    query = select(workspaces.c.id).where(workspaces.c.holder_id == person, workspaces.c.state.in_((OPEN, CONSULTING)))
    items = [load_item(connection, id_) for id_ in connection.execute(query.order_by(workspaces.c.id)).scalars()]
    return [item for item in items if item is not None]


def lock(connection: Connection, id_: int) -> Row[Any] | None:
    """The row of a workspace, which nobody else changes until this transaction ends."""
    return connection.execute(select(workspaces).where(workspaces.c.id == id_).with_for_update()).one_or_none()


def count_time(connection: Connection, row: Row[Any], now: float) -> float:
    """The seconds worked in a workspace up to now, also written down."""
    active = float(row.active_seconds + _worked(row, now))
    connection.execute(
        update(workspaces).where(workspaces.c.id == row.id).values(active_seconds=active, touched_at=now)
    )
    return active


def has_worked(connection: Connection, person: int, subjects: Sequence[str], workspace: int) -> None:
    """Notes that a person has seen or written these questions, in a workspace."""
    for each in dict.fromkeys(subjects):
        values = {"person_id": person, "subject": each, "workspace_id": workspace}
        if connection.execute(select(worked).filter_by(**values)).first() is None:
            connection.execute(insert(worked), values)


def _may_be_taken(person: int, now: float) -> ColumnElement[bool]:
    """Whether nobody holds a workspace, and a person may have it who has not skipped it."""
    w = workspaces.c
    free = or_(w.holder_id.is_(None), w.lease_until < now)
    skipped = exists().where(skips.c.workspace_id == w.id, skips.c.person_id == person)
    return and_(free, not_(skipped), not_(_is_not_for(person)))


def _is_not_for(person: int) -> ColumnElement[bool]:
    """Whether a workspace is none that a person may take, for what they have seen of its question elsewhere.

    Who worked on a question, or below it, is no judge of it, and no second answerer of a copy. Who asked it does not
    answer it, unless nobody else is there who could.
    """
    w, other, somebody, theirs = (
        workspaces.c,
        workspaces.alias("other"),
        people.alias("somebody"),
        worked.alias("theirs"),
    )
    mine = and_(worked.c.person_id == person, worked.c.subject == w.subject, worked.c.workspace_id != w.id)
    any_of_mine = exists().where(mine).correlate(workspaces)
    copy = exists().where(
        mine, other.c.id == worked.c.workspace_id, other.c.subject == w.subject, other.c.question_id != w.question_id
    )
    asked = exists().where(mine, other.c.id == worked.c.workspace_id, other.c.subject != w.subject)
    knows = exists().where(theirs.c.person_id == somebody.c.id, theirs.c.subject == w.subject)
    somebody_else = exists().where(
        somebody.c.id != person,
        somebody.c.active,
        somebody.c.role.in_(("answerer", "researcher")),
        not_(knows.correlate(workspaces, somebody)),
    )
    return or_(
        and_(w.kind != WORK, any_of_mine),
        copy.correlate(workspaces),
        and_(asked.correlate(workspaces), somebody_else.correlate(workspaces)),
    )


def _worked(row: Row[Any], now: float) -> float:
    if row.touched_at is None:
        return 0.0
    gap = now - row.touched_at
    return gap if 0 <= gap <= LONGEST_GAP_SECONDS else 0.0


def _lease(connection: Connection, id_: int, person: int, now: float) -> None:
    row = lock(connection, id_)
    assert row is not None
    lease = now + get_project(connection, row.project_id).rules.lease_seconds
    values: dict[str, Any] = {"holder_id": person, "lease_until": lease}
    if row.holder_id != person:
        if row.holder_id is not None:
            happened(connection, "lease expired", now, project=row.project_id, workspace=id_, person=row.holder_id)
        values["touched_at"] = now
        values["material"] = _in_some_order(row, person)
        has_worked(connection, person, [row.subject], id_)
        order = {"order": values["material"]["order"]} if row.kind == CHOOSE else {}
        happened(connection, "taken", now, project=row.project_id, workspace=id_, person=person, **order)
    connection.execute(update(workspaces).where(workspaces.c.id == id_).values(**values))


def _in_some_order(row: Row[Any], person: int) -> dict[str, Any] | None:
    """What a judge chooses between, in an order drawn for whoever takes it."""
    if row.kind != CHOOSE:
        material: dict[str, Any] | None = row.material
        return material
    order = list(range(len(row.material["answers"])))
    random.Random(f"{row.id} {person}").shuffle(order)
    return {**row.material, "order": order}


def _let_go(connection: Connection, row: Row[Any], now: float) -> None:
    count_time(connection, row, now)
    values = {"holder_id": None, "lease_until": None, "touched_at": None}
    connection.execute(update(workspaces).where(workspaces.c.id == row.id).values(**values))


def take_away(connection: Connection, id_: int, by: int, now: float) -> None:
    """Puts a workspace back for anybody, whoever holds it; what was done in it and the drafts stay."""
    row = lock(connection, id_)
    if row is not None and row.holder_id is not None:
        _let_go(connection, row, now)
        happened(connection, "taken away", now, project=row.project_id, workspace=id_, person=row.holder_id, by=by)
