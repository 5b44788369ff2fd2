"""Answers before judges: one to rate, or two to choose from. Blind, and in a random order that is kept.

Nobody judges an answer to a question that they worked on, or anywhere below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, select, true, update

from hch.people.store.content import content_hash
from hch.people.store.desk import HELD_BY_NOBODY, record_worked, seconds_worked
from hch.people.store.events import record_event, record_events
from hch.people.store.items import CANCELLED, CHOOSE, ENDED, OPEN, RATE, WORK
from hch.people.store.projects import Rules, lock, lock_project, rules_of
from hch.people.store.queries import add_missing, portions
from hch.people.store.refusals import Refusal, find_receipt, keep_receipt
from hch.people.store.tables import consultations, questions, worked, workspaces
from hch.types import Outcome

LOWEST, HIGHEST = 0, 10
TIE = "tie"


class Verdict(msgspec.Struct, frozen=True):
    """A judge's verdict. Of a choice, ``choice`` is the place on the page (0 or 1), or None for no difference."""

    rating: int | None = None
    choice: int | None = None
    reason: str = ""


class Judged(msgspec.Struct, frozen=True):
    """The receipt of a verdict: its text as it is stored, with the order of the page undone."""

    workspace: int
    text: str


def judge(connection: Connection, row: Row[Any], now: float) -> None:
    """Puts the answer of a workspace before judges, if it is a root and its project's rules say so."""
    rules = rules_of(row)
    if not row.root or rules.judging == "none":
        return
    w = workspaces.c
    own = select(workspaces).where(w.id == row.id)
    if rules.judging == "rate":
        _post(connection, rules, RATE, connection.execute(own).all(), now)
        return
    # If two copies are answered at the same moment, the later transaction sees the other answer.
    lock_project(connection, row.project_id)
    mine = connection.execute(own).one()
    query = select(workspaces).where(
        w.project_id == row.project_id,
        w.subject == row.subject,
        w.state == str(Outcome.ANSWERED),
        w.kind == WORK,
        w.root,
        w.id != row.id,
    )
    others = connection.execute(query.order_by(w.ended_at.desc(), w.id.desc()))
    other = next((other for other in others if other.text != mine.text), None)
    if other is not None:
        _post(connection, rules, CHOOSE, sorted([mine, other], key=lambda row: int(row.id)), now)


def give_verdict(
    connection: Connection, person: int, id_: int, verdict: Verdict, token: str, *, now: float
) -> Judged | Refusal:
    """Takes a judge's verdict on a workspace that they hold; the same ``token`` again does nothing more."""
    row = lock(connection, id_)
    if row is None or row.kind not in (RATE, CHOOSE):
        return Refusal("missing", f"There is nothing to judge under number {id_}.")
    known = find_receipt(connection, token, person, id_)
    if known is not None:
        return msgspec.convert(known, Judged)
    if row.state in ENDED:
        return Refusal("ended", "This has been judged.")
    if row.state == CANCELLED:
        return Refusal("ended", "An answer that was to be judged here has been taken back.")
    if row.holder_id != person:
        return Refusal("held", "You have put this back, or another judge has it now.")
    text = _as_stored(row, verdict)
    if isinstance(text, Refusal):
        return text
    active = seconds_worked(row, now)
    ended = {"state": str(Outcome.ANSWERED), "text": text, "reason": verdict.reason, "ended_at": now}
    values = {**ended, "person_id": person, "revision": row.revision + 1, "active_seconds": active, **HELD_BY_NOBODY}
    connection.execute(update(workspaces).where(workspaces.c.id == id_).values(**values))
    facts = {"verdict": text, "on_page": verdict.choice, "order": row.material.get("order"), "active_seconds": active}
    record_event(connection, "judged", now, project=row.project_id, workspace=id_, person=person, **facts)
    done = Judged(id_, text)
    keep_receipt(connection, token, person, id_, done, now=now)
    return done


def verdict_key(kind: str, question: str, material: dict[str, Any]) -> str:
    """The key of a verdict's workspace: the answers judged, and the question without its sample index."""
    judged = [list(pair) for pair in zip(material["sources"], material["answers"], strict=True)]
    return content_hash("judge", kind, question, judged, material["copy"])


def cancel_verdicts(connection: Connection, row: Row[Any], now: float) -> None:
    """Cancels open verdicts on an answer that was withdrawn; verdicts that were given stay as they are."""
    w = workspaces.c
    query = select(workspaces).where(
        w.project_id == row.project_id, w.subject == row.subject, w.kind != WORK, w.state == OPEN
    )
    those = list(connection.execute(query.order_by(w.id).with_for_update(key_share=True)))
    ids = [verdict.id for verdict in those if row.id in verdict.material["sources"]]
    if ids:
        connection.execute(update(workspaces).where(w.id.in_(ids)).values(state=CANCELLED, **HELD_BY_NOBODY))
        told = {"kind": "cancelled", "project_id": row.project_id, "data": {}}
        record_events(connection, now, [{**told, "workspace_id": id_} for id_ in ids])


def _as_stored(row: Row[Any], verdict: Verdict) -> str | Refusal:
    """The text of a verdict, with the order of the page undone; or the refusal of one that is incomplete."""
    if row.kind == RATE:
        if verdict.rating is None or not LOWEST <= verdict.rating <= HIGHEST:
            return Refusal("empty", f"A rating is a whole number from {LOWEST} to {HIGHEST}.")
        return str(verdict.rating)
    if verdict.choice not in (None, 0, 1):
        return Refusal("empty", "Choose the first, the second, or say that there is no difference.")
    return TIE if verdict.choice is None else str(row.material["order"][verdict.choice])


def _post(connection: Connection, rules: Rules, kind: str, sources: Sequence[Row[Any]], now: float) -> None:
    """Opens a workspace for each judge; those that were cancelled are opened again."""
    first = sources[0]
    question = plain_question(connection, first.question_id)
    w = workspaces.c
    rows = []
    for copy in range(rules.judges):
        answers = {"answers": [source.text for source in sources], "sources": [source.id for source in sources]}
        material = {**answers, "copy": copy}
        rows.append(
            {
                "project_id": first.project_id,
                "key": verdict_key(kind, question, material),
                "kind": kind,
                "root": False,
                "question_id": first.question_id,
                "subject": first.subject,
                "state": OPEN,
                "material": material,
                "created_at": now,
            }
        )
    new = [row.id for row in add_missing(connection, workspaces, rows, returning=(w.id,))]
    keys = [row["key"] for row in rows]
    cancelled = select(w.id).where(w.project_id == first.project_id, w.key.in_(keys), w.state == CANCELLED)
    again = list(connection.execute(cancelled.with_for_update(key_share=True)).scalars())
    connection.execute(update(workspaces).where(w.id.in_(again)).values(state=OPEN))
    told = {"kind": "posted", "project_id": first.project_id}
    posted = [{**told, "workspace_id": id_, "data": {"root": False}} for id_ in sorted(new)]
    posted += [{**told, "workspace_id": id_, "data": {"root": False, "again": True}} for id_ in again]
    record_events(connection, now, posted)
    linked = true() if rules.other_side == "people" else ~w.root
    for person, workspace in sorted(_people_below(connection, sources, linked)):
        record_worked(connection, person, [first.subject], workspace)


def plain_question(connection: Connection, id_: str) -> str:
    """The id of a question without its sample index."""
    q = questions.c
    row = connection.execute(select(q.text, q.context_id).where(q.id == id_)).one()
    return content_hash("question", row.text, row.context_id, None)


def _people_below(
    connection: Connection, roots: Sequence[Row[Any]], linked: ColumnElement[bool]
) -> set[tuple[int, int]]:
    """The people who ever had a workspace of these trees before them, each with the workspace: pairs of numbers."""
    c, w = consultations.c, workspaces.c
    pairs: set[tuple[int, int]] = set()
    seen: set[int] = set()
    level = {root.id for root in roots}
    while level:
        seen |= level
        below: set[int] = set()
        for some in portions(sorted(level)):
            had = select(worked.c.person_id, worked.c.workspace_id).where(worked.c.workspace_id.in_(some))
            pairs.update((row.person_id, row.workspace_id) for row in connection.execute(had))
            keys = select(c.key).where(c.workspace_id.in_(some))
            asked = select(w.id).where(w.project_id == roots[0].project_id, w.key.in_(keys), linked)
            below.update(connection.execute(asked).scalars())
        level = below - seen
    return pairs
