"""Answers before judges: one to be rated, or two to choose from. Blind, and in an order that is drawn and kept.

Whoever worked on a question, or anywhere below it, never gets to judge an answer to it.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, insert, select, update

from hch.store.content import content_hash, question_id
from hch.store.desk import count_time, has_worked, lock
from hch.store.events import happened
from hch.store.items import CHOOSE, ENDED, OPEN, RATE, Item, load_item, load_items
from hch.store.projects import Project, get_project
from hch.store.receipts import keep_receipt, known_receipt
from hch.store.refusals import Refusal
from hch.store.tables import consultations, workspaces
from hch.types import Outcome

LOWEST, HIGHEST = 0, 10
TIE = "tie"


class Verdict(msgspec.Struct, frozen=True):
    """What a judge said. Of a choice, ``choice`` is the place on the page (0 or 1), or None for no difference."""

    rating: int | None = None
    choice: int | None = None
    reason: str = ""


class Judged(msgspec.Struct, frozen=True):
    """What was done: the verdict as it is stored, the order of the page undone."""

    workspace: int
    text: str


def judge(connection: Connection, id_: int, now: float) -> None:
    """Puts what a project's root workspace ended with before judges, if the project's rules say so."""
    item = load_item(connection, id_)
    if item is None or not item.root or item.state != Outcome.ANSWERED:
        return
    project = get_project(connection, item.project)
    if project.rules.judging == "rate":
        _post(connection, project, RATE, [item], now)
    elif project.rules.judging == "choose":
        query = (
            select(workspaces.c.id)
            .where(
                workspaces.c.project_id == project.id,
                workspaces.c.subject == item.subject,
                workspaces.c.state == str(Outcome.ANSWERED),
                workspaces.c.root,
                workspaces.c.id != id_,
            )
            .order_by(workspaces.c.ended_at.desc())
        )
        others = load_items(connection, list(connection.execute(query).scalars()))
        other = next((each for each in others if each.text != item.text), None)
        if other is not None:
            _post(connection, project, CHOOSE, sorted([item, other], key=lambda each: each.id), now)


def give_verdict(
    connection: Connection, person: int, id_: int, verdict: Verdict, token: str, *, now: float
) -> Judged | Refusal:
    """Takes a judge's verdict on a workspace that they hold; the same ``token`` again does nothing more."""
    known = known_receipt(connection, token, person, id_)
    if known is not None:
        return msgspec.convert(known, Judged)
    row = lock(connection, id_)
    if row is None or row.kind not in (RATE, CHOOSE):
        return Refusal("missing", f"There is nothing to judge under number {id_}.")
    if row.state in ENDED:
        return Refusal("ended", "This has been judged.")
    if row.holder_id != person:
        return Refusal("held", "Another judge has this now.")
    if row.kind == RATE:
        if verdict.rating is None or not LOWEST <= verdict.rating <= HIGHEST:
            return Refusal("empty", f"A rating is a whole number from {LOWEST} to {HIGHEST}.")
        text = str(verdict.rating)
    else:
        if verdict.choice not in (None, 0, 1):
            return Refusal("empty", "Choose the first, the second, or say that there is no difference.")
        text = TIE if verdict.choice is None else str(row.material["order"][verdict.choice])
    active = count_time(connection, row, now)
    held = {"holder_id": None, "lease_until": None, "touched_at": None, "person_id": person}
    values = {"state": str(Outcome.ANSWERED), "text": text, "reason": verdict.reason, "ended_at": now}
    connection.execute(
        update(workspaces).where(workspaces.c.id == id_).values(revision=row.revision + 1, **values, **held)
    )
    facts = {"verdict": text, "on_page": verdict.choice, "order": row.material.get("order"), "active_seconds": active}
    happened(connection, "judged", now, project=row.project_id, workspace=id_, person=person, **facts)
    done = Judged(id_, text)
    keep_receipt(connection, token, person, id_, done, now=now)
    return done


def _post(connection: Connection, project: Project, kind: str, sources: list[Item], now: float) -> None:
    answers = [item.text for item in sources]
    first = sources[0]
    plain = msgspec.structs.replace(first.question, draw=None, budget=None)
    for copy in range(project.rules.judges):
        key = content_hash("judge", kind, question_id(plain), [[item.id, item.text] for item in sources], copy)
        there = select(workspaces).where(workspaces.c.project_id == project.id, workspaces.c.key == key)
        if connection.execute(there).first() is not None:
            continue
        row = {
            "project_id": project.id,
            "key": key,
            "kind": kind,
            "root": False,
            "question_id": question_id(first.question),
            "subject": first.subject,
            "state": OPEN,
            "material": {"answers": answers, "sources": [item.id for item in sources]},
            "created_at": now,
        }
        (id_,) = connection.execute(insert(workspaces).returning(workspaces.c.id), row).one()
        happened(connection, "posted", now, project=project.id, workspace=id_, root=False)
    for item in sources:
        for person, workspace in _who_worked_below(connection, item):
            has_worked(connection, person, [first.subject], workspace)


def _who_worked_below(connection: Connection, root: Item) -> set[tuple[int, int]]:
    """The people in a tree of workspaces, each with one that they had."""
    found: set[tuple[int, int]] = set()
    seen: set[int] = set()
    level = [root.id]
    while level:
        seen.update(level)
        rows = connection.execute(select(workspaces.c.id, workspaces.c.person_id).where(workspaces.c.id.in_(level)))
        found.update((row.person_id, row.id) for row in rows if row.person_id is not None)
        keys = select(consultations.c.key).where(consultations.c.workspace_id.in_(level))
        below = select(workspaces.c.id).where(workspaces.c.project_id == root.project, workspaces.c.key.in_(keys))
        level = [id_ for id_ in connection.execute(below).scalars() if id_ not in seen]
    return found
