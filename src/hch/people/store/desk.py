"""Which person has which workspace: a lease says so. It runs out unless signs of life renew it.

Time of work is counted here too: the time between two signs of life counts if it is short, and counts once, however
many pages are open.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    not_,
    or_,
    select,
    update,
)

from hch.people.store.content import put_shown
from hch.people.store.events import record_event
from hch.people.store.items import CANCELLED, CHOOSE, CONSULTING, ENDED, OPEN, WORK, Item, load_items
from hch.people.store.projects import lock, lock_person, rules_of
from hch.people.store.queries import add_missing
from hch.people.store.refusals import Refusal
from hch.people.store.tables import people, skips, worked, workspaces

LONGEST_GAP_SECONDS = 45.0
"""Longer times without a sign of life are no work. Pages send one every 15 seconds while somebody is there."""

HELD_BY_NOBODY = {"holder_id": None, "lease_until": None, "touched_at": None}
"""The columns of a workspace that nobody holds."""


def take(
    connection: Connection, person: int, kinds: Sequence[str], now: float, project: int | None = None
) -> int | None:
    """Gives a person the next workspace: one that they hold and can act in, else one that waits for somebody.

    Among waiting workspaces, those in which the person acted before come first, then the highest priority, then the
    oldest; earlier ``kinds`` come before later ones. A workspace that the person skipped, whose question they worked on
    elsewhere, or that another person holds is never given. None where there is none.
    """
    # A person who takes twice at once is served one request after the other: the second knows what the first has shown.
    lock_person(connection, person)
    number = _next(connection, person, kinds, now, project, locked=True)
    if number is not None:
        row = lock(connection, number)
        assert row is not None
        _lease(connection, row, person, now)
    return number


def has_work(connection: Connection, person: int, kinds: Sequence[str], now: float) -> bool:
    """Whether ``take`` would give a person something now. Nothing is taken: the person may be at lunch."""
    return _next(connection, person, kinds, now, None, locked=False) is not None


def take_this(connection: Connection, person: int, id_: int, now: float) -> Refusal | None:
    """Gives a person this workspace, if it waits for somebody and they may have it."""
    lock_person(connection, person)
    row = lock(connection, id_)
    if row is None:
        return Refusal("missing", f"There is no workspace {id_}.")
    if row.state in ENDED:
        return Refusal("ended", "This workspace is closed.")
    if row.state == CANCELLED:
        return Refusal("ended", "Nobody waits for this any more.")
    if row.holder_id not in (None, person) and (row.lease_until or 0) >= now:
        return Refusal("held", "Another person has this workspace now.")
    not_for = select(workspaces.c.id).where(workspaces.c.id == id_, is_not_for(person))
    if row.holder_id != person and connection.execute(not_for).first():
        return Refusal("held", "You have worked on this question elsewhere, so it is for somebody else.")
    _lease(connection, row, person, now)
    return None


def touch(connection: Connection, person: int, id_: int, now: float, paused: bool = False) -> float | None:
    """A sign of life: renews the lease and counts the time; ``paused`` says that the person stops for now.

    Returns how many seconds the person has worked in this workspace; None where they no longer hold it.
    """
    row = lock(connection, id_)
    if row is None or row.holder_id != person:
        return None
    active = seconds_worked(row, now)
    if paused != (row.touched_at is None):
        kind = "paused" if paused else "resumed"
        record_event(connection, kind, now, project=row.project_id, workspace=id_, person=person)
    _change(
        connection,
        id_,
        active_seconds=active,
        touched_at=None if paused else now,
        lease_until=now + rules_of(row).lease_seconds,
    )
    return active


def record_shown(connection: Connection, person: int, id_: int, text: str, now: float) -> None:
    """Records the exact text that a person was shown, and when."""
    connection.execute(
        update(workspaces).where(workspaces.c.id == id_, workspaces.c.shown_at.is_(None)).values(shown_at=now)
    )
    record_event(connection, "shown", now, workspace=id_, person=person, shown=put_shown(connection, text))


def release(connection: Connection, person: int, id_: int, now: float) -> None:
    """Puts a workspace back for anybody; what was done in it and the drafts stay."""
    row = lock(connection, id_)
    if row is not None and row.holder_id == person:
        _let_go(connection, row, now)
        record_event(connection, "released", now, project=row.project_id, workspace=id_, person=person)


def skip(connection: Connection, person: int, id_: int, reason: str, now: float) -> None:
    """As ``release``, and this person does not get it again."""
    row = lock(connection, id_)
    if row is None or row.holder_id != person:
        return
    _let_go(connection, row, now)
    skipped = {"workspace_id": id_, "person_id": person, "at": now, "reason": reason}
    add_missing(connection, skips, [skipped])
    record_event(connection, "skipped", now, project=row.project_id, workspace=id_, person=person, reason=reason)


def take_away(connection: Connection, id_: int, by: int, now: float) -> None:
    """Puts a workspace back for anybody, whoever holds it; what was done in it and the drafts stay."""
    row = lock(connection, id_)
    if row is not None and row.holder_id is not None:
        _let_go(connection, row, now)
        record_event(connection, "taken away", now, project=row.project_id, workspace=id_, person=row.holder_id, by=by)


def items_held_by(connection: Connection, person: int) -> list[Item]:
    """The workspaces that a person holds, those that wait for answers too."""
    query = select(workspaces.c.id).where(workspaces.c.holder_id == person, workspaces.c.state.in_((OPEN, CONSULTING)))
    return load_items(connection, list(connection.execute(query.order_by(workspaces.c.id)).scalars()))


def seconds_worked(row: Row[Any], now: float) -> float:
    """The seconds that people have worked in a workspace, up to now."""
    gap = 0.0 if row.touched_at is None else now - row.touched_at
    counted = gap if 0 <= gap <= LONGEST_GAP_SECONDS else 0.0
    return float(row.active_seconds + counted)


def _next(
    connection: Connection, person: int, kinds: Sequence[str], now: float, project: int | None, *, locked: bool
) -> int | None:
    """The workspace that a person gets next, if there is one; with ``locked`` nobody else gets it meanwhile."""
    values = {"person": person, "now": now, "project": project}
    ways = [(query_held, {"kinds": kinds}), (again_query, {"kinds": kinds})]
    ways += [(next_query, {"kind": kind}) for kind in kinds]
    for query, more in ways:
        row = connection.execute(query(project is None, locked), {**values, **more}).first()
        if row is not None:
            return int(row.id)
    return None


@functools.cache
def query_held(everywhere: bool, locked: bool) -> Select[Any]:
    """The workspaces that a person holds and can act in."""
    w = workspaces.c
    query = _open(everywhere).where(w.kind.in_(KINDS), w.holder_id == PERSON)
    return _one(query.order_by(w.asked_at.is_(None), w.priority.desc(), w.id), locked)


@functools.cache
def again_query(everywhere: bool, locked: bool) -> Select[Any]:
    """The waiting workspaces in which a person acted before."""
    w = workspaces.c
    query = _open(everywhere).where(w.kind.in_(KINDS), w.person_id == PERSON, _free(), may_be_taken(PERSON))
    # The minus keeps SQLite from an index in this order: it would read all that waits, to spare a sort of these few.
    return _one(query.order_by(-w.priority, w.id), locked)


@functools.cache
def next_query(everywhere: bool, locked: bool) -> Select[Any]:
    """The waiting workspaces of one kind: an index has them in order, and is read up to the first that fits."""
    w = workspaces.c
    query = _open(everywhere).where(w.kind == bindparam("kind"), _free(), may_be_taken(PERSON))
    return _one(query.order_by(w.priority.desc(), w.id), locked)


PERSON: BindParameter[int] = bindparam("person")
KINDS: BindParameter[str] = bindparam("kinds", expanding=True)


def _open(everywhere: bool) -> Select[Any]:
    query = select(workspaces.c.id).where(workspaces.c.state == OPEN)
    return query if everywhere else query.where(workspaces.c.project_id == bindparam("project"))


def _free() -> ColumnElement[bool]:
    return or_(workspaces.c.holder_id.is_(None), workspaces.c.lease_until < bindparam("now"))


def _one(query: Select[Any], locked: bool) -> Select[Any]:
    first = query.limit(1)
    return first.with_for_update(skip_locked=True, key_share=True) if locked else first


def _lease(connection: Connection, row: Row[Any], person: int, now: float) -> None:
    values: dict[str, Any] = {"holder_id": person, "lease_until": now + rules_of(row).lease_seconds}
    if row.holder_id != person:
        about: dict[str, Any] = {"project": row.project_id, "workspace": row.id}
        if row.holder_id is not None:
            record_event(connection, "lease expired", now, person=row.holder_id, **about)
        values["touched_at"] = now
        record_worked(connection, person, [row.subject], row.id)
        if row.kind == CHOOSE:
            values["material"] = _in_some_order(row, person)
            about["order"] = values["material"]["order"]
        record_event(connection, "taken", now, person=person, **about)
    _change(connection, row.id, **values)


def _in_some_order(row: Row[Any], person: int) -> dict[str, Any]:
    """A judge's material, with the answers in an order that is random by judge."""
    order = list(range(len(row.material["answers"])))
    random.Random(f"{row.id} {person}").shuffle(order)
    return {**row.material, "order": order}


def _let_go(connection: Connection, row: Row[Any], now: float) -> None:
    _change(connection, row.id, active_seconds=seconds_worked(row, now), **HELD_BY_NOBODY)


def _change(connection: Connection, id_: int, **values: Any) -> None:
    connection.execute(update(workspaces).where(workspaces.c.id == id_).values(**values))


def record_worked(connection: Connection, person: int, subjects: Iterable[str], workspace: int) -> None:
    """Records that a person has seen or written questions with these subjects, in a workspace."""
    rows = [{"person_id": person, "subject": subject, "workspace_id": workspace} for subject in sorted(set(subjects))]
    add_missing(connection, worked, rows)


Person = int | ColumnElement[int]
"""A person's number, or where it will stand in a statement that is made once."""


def may_be_taken(person: Person) -> ColumnElement[bool]:
    """Whether a person may have a workspace, and has not skipped it. Who holds it does not matter here."""
    skipped = exists().where(skips.c.workspace_id == workspaces.c.id, skips.c.person_id == person)
    return and_(not_(skipped), not_(is_not_for(person)))


def is_not_for(person: Person) -> ColumnElement[bool]:
    """Whether a person may not take a workspace, because of what they saw of its question elsewhere.

    Nobody judges a question that they worked on, or below; nobody answers a second copy of one, or one that they
    judged. Who asked a question does not answer it, unless nobody else is there who could.
    """
    w, other = workspaces.c, workspaces.alias("other")
    mine = and_(worked.c.person_id == person, worked.c.subject == w.subject, worked.c.workspace_id != w.id)
    there = and_(mine, other.c.id == worked.c.workspace_id)
    answered = and_(other.c.subject == w.subject, or_(other.c.question_id != w.question_id, other.c.kind != WORK))
    asked = exists().where(there, other.c.subject != w.subject)
    return or_(
        and_(w.kind != WORK, exists().where(mine).correlate(workspaces)),
        exists().where(there, answered).correlate(workspaces),
        and_(asked.correlate(workspaces), _somebody_else_could(person)),
    )


def _somebody_else_could(person: Person) -> ColumnElement[bool]:
    """Whether another person is there who answers questions, and knows this one from nowhere but here."""
    w, somebody = workspaces.c, people.alias("somebody")
    theirs, passed_over = worked.alias("theirs"), skips.alias("passed_over")
    knows = exists().where(
        theirs.c.person_id == somebody.c.id, theirs.c.subject == w.subject, theirs.c.workspace_id != w.id
    )
    skipped = exists().where(passed_over.c.person_id == somebody.c.id, passed_over.c.workspace_id == w.id)
    return (
        exists()
        .where(
            somebody.c.id != person,
            somebody.c.active,
            somebody.c.role.in_(("answerer", "researcher")),
            not_(knows.correlate(workspaces, somebody)),
            not_(skipped.correlate(workspaces, somebody)),
        )
        .correlate(workspaces)
    )
