"""Trees of questions as they are read: a node, and what it asked, some at a time. Nothing is read that is not shown.

A tree grows from a transcript, which never changes, or from a workspace, in which people may still be at work. What a
workspace asked is found by its key among the workspaces of its project, where people answer it, or else in the
transcript that came with the answer.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, FromClause, Row, Text, case, func, select, true, type_coerce

from hch.people.store.consulted import Consulted, Given, read_given, read_rounds
from hch.people.store.content import budget_from, portions
from hch.people.store.items import ENDED, WORK
from hch.people.store.projects import get_project
from hch.people.store.tables import consultations, contexts, questions, transcripts, uses, workspaces
from hch.types import Budget, Outcome

WAITING = "waiting"
"""The state of a question that has no answer, and that no person is asked."""


class Branch(msgspec.Struct, frozen=True, order=True):
    """What has consultations below it: a transcript by its hash, or a workspace by its number. One of them is set."""

    transcript: str = ""
    workspace: int = 0

    def __str__(self) -> str:
        return self.transcript or str(self.workspace)


class Node(msgspec.Struct, frozen=True):
    """A question in a tree, and what came of it.

    ``place`` says which of the consultations above it this is, counted from 0 through all rounds. ``state`` is an
    outcome, or what a workspace is before it has one. ``text``, ``reason``, ``by`` and ``spent`` are what the one who
    asked was given; ``below`` is where the node goes on, and ``asked`` how much it asked itself. ``made_in`` is the
    workspace in which a person worked on it, ``worked_by`` that person, or who has it now.
    """

    question: str
    question_id: str
    subject: str
    context: str
    draw: str | None
    state: str
    text: str = ""
    reason: str = ""
    by: str = ""
    round: int = 0
    place: int = 0
    below: Branch | None = None
    asked: int = 0
    transcript: str | None = None
    kind: str = WORK
    made_in: int | None = None
    worked_by: int | None = None
    holder: int | None = None
    stale: bool = False
    at: float | None = None
    active_seconds: float | None = None
    granted: Budget | None = None
    left: Budget | None = None
    spent: Budget | None = None
    confidence: float = 1.0
    withheld: str | None = None
    """What was answered in truth, where the one who asked was not given it."""

    @property
    def ended(self) -> bool:
        return self.state in ENDED


class Below(msgspec.Struct, frozen=True):
    """Some of what a node asked, which is ``total`` in all."""

    total: int = 0
    nodes: tuple[Node, ...] = ()


def top(connection: Connection, branch: Branch) -> Node | None:
    """The node that a tree begins with; None where there is no such transcript or workspace."""
    if branch.transcript:
        return _transcript_as_top(connection, branch.transcript)
    row = connection.execute(select(workspaces).where(workspaces.c.id == branch.workspace)).one_or_none()
    if row is None:
        return None
    asked = _asked_in_workspaces(connection, [row.id]).get(row.id, 0)
    (question,) = _questions(connection, [row.question_id]).values()
    return Node(
        **_of_question(question),
        state=row.state,
        text=row.text,
        reason=row.reason,
        below=branch,
        asked=asked,
        transcript=row.transcript_id,
        **_of_workspace(row),
    )


def below(connection: Connection, wanted: Mapping[Branch, Collection[int]]) -> dict[Branch, Below]:
    """Of each branch the nodes at these places, in order; places that are not there are left out."""
    asked = _in_transcripts(connection, wanted) | _in_workspaces(connection, wanted)
    every = [each for _, some_asked in asked.values() for each in some_asked]
    known = _questions(connection, {each.question for each in every})
    people = _workspaces_by_key(connection, every)
    records = _summaries(connection, {each.transcript for each in every if each.transcript})
    made = _made_in(connection, records)
    within = _asked_in_workspaces(connection, [row.id for row in people.values()])

    def node(each: _Asked) -> Node:
        person = people.get((each.project, each.key))
        record = records.get(each.transcript or "")
        fields = _of_question(known[each.question]) | {"round": each.round, "place": each.place}
        fields |= {"granted": each.granted, "at": each.at, "transcript": each.transcript}
        if record is not None:
            fields |= _of_record(record, made.get(record.id)) | {"by": record.by}
        if person is not None:
            fields |= _of_workspace(person) | {"below": Branch(workspace=person.id), "asked": within.get(person.id, 0)}
        fields |= _outcome(each.answer, person)
        return Node(**fields | _withheld(each.answer, record, person))

    return {branch: Below(total, tuple(map(node, some_asked))) for branch, (total, some_asked) in asked.items()}


def way(connection: Connection, root: Branch, places: Sequence[int]) -> list[Node]:
    """The nodes on a way down from a root, the root first; it ends where there is nothing at a place."""
    first = top(connection, root)
    nodes = [] if first is None else [first]
    for place in places:
        branch = nodes[-1].below if nodes else None
        found = below(connection, {branch: [place]})[branch].nodes if branch is not None else ()
        if not found:
            break
        nodes.extend(found)
    return nodes


def shared(connection: Connection, branches: Collection[Branch]) -> set[Branch]:
    """Those of the branches that are asked for in more than one place of the store, so that they may come again.

    Twice in one transcript counts once here: who shows both sees it.
    """
    found: set[Branch] = set()
    for ids in portions([branch.transcript for branch in branches if branch.transcript]):
        several = select(uses.c.used_id).where(uses.c.used_id.in_(ids)).group_by(uses.c.used_id)
        rows = connection.execute(several.having(func.count() > 1)).scalars()
        found.update(Branch(id_) for id_ in rows)
    w, c, asker = workspaces.c, consultations.c, workspaces.alias("asker")
    for numbers in portions([branch.workspace for branch in branches if branch.workspace]):
        several = (
            select(w.id)
            .join(consultations, c.key == w.key)
            .join(asker, (asker.c.id == c.workspace_id) & (asker.c.project_id == w.project_id))
            .where(w.id.in_(numbers))
            .group_by(w.id)
        )
        # A root is in a place before anybody asks for it.
        places = func.count() + case((w.root, 1), else_=0)
        found.update(Branch(workspace=id_) for id_ in connection.execute(several.having(places > 1)).scalars())
    return found


def facts_of(connection: Connection, context: str) -> list[str] | None:
    """The facts of a context, if there is one."""
    facts: list[str] | None = connection.execute(select(contexts.c.facts).where(contexts.c.id == context)).scalar()
    return facts


def person_number(by: str) -> int | None:
    """The number of the person that a transcript names as who acted, if it names one (see ``answers.person_name``)."""
    named = re.fullmatch(r"person (\d{1,18})", by)
    return int(named[1]) if named else None


def roots_too(connection: Connection, project: int) -> bool:
    """Whether people answer in a project what is asked in it, so that a sub-question may be answered in a root.

    Elsewhere a root only happens to ask the same.
    """
    return get_project(connection, project).rules.other_side == "people"


def rounds_as_text(table: FromClause = transcripts) -> ColumnElement[str]:
    """The rounds of transcripts as they are stored, to be read with ``read_rounds``."""
    return type_coerce(table.c.rounds, Text).label("rounds")


class _Asked(msgspec.Struct, frozen=True):
    """A consultation as it is stored; ``project`` is 0 and ``key`` empty in a transcript."""

    round: int
    place: int
    question: str
    answer: Given | None
    transcript: str | None
    project: int = 0
    key: str = ""
    granted: Budget | None = None
    at: float | None = None


_Some = dict[Branch, tuple[int, list[_Asked]]]


def _in_transcripts(connection: Connection, wanted: Mapping[Branch, Collection[int]]) -> _Some:
    found: _Some = {}
    for ids in portions([branch.transcript for branch in wanted if branch.transcript]):
        query = select(transcripts.c.id, rounds_as_text()).where(transcripts.c.id.in_(ids))
        for row in connection.execute(query):
            branch = Branch(row.id)
            flat = [(number, each) for number, round_ in enumerate(read_rounds(row.rounds)) for each in round_]
            places = [place for place in wanted[branch] if 0 <= place < len(flat)]
            found[branch] = len(flat), [_recorded(*flat[place], place) for place in places]
    return found | {branch: (0, []) for branch in wanted if branch.transcript and branch not in found}


def _recorded(number: int, each: Consulted, place: int) -> _Asked:
    return _Asked(number, place, each.question, each.answer, each.transcript)


def _in_workspaces(connection: Connection, wanted: Mapping[Branch, Collection[int]]) -> _Some:
    c = consultations.c
    found: _Some = {branch: (0, []) for branch in wanted if branch.workspace}
    for branches in portions(list(found)):
        ids = [branch.workspace for branch in branches]
        numbered = (
            select(
                *consultations.c,
                workspaces.c.project_id,
                (func.row_number().over(partition_by=c.workspace_id, order_by=(c.round, c.place)) - 1).label("number"),
                func.count().over(partition_by=c.workspace_id).label("total"),
            )
            .join(workspaces, workspaces.c.id == c.workspace_id)
            .where(c.workspace_id.in_(ids))
            .subquery()
        )
        for places in portions(sorted({place for branch in branches for place in wanted[branch]})):
            query = select(numbered).where(numbered.c.number.in_(places))
            for row in connection.execute(query.order_by(numbered.c.workspace_id, numbered.c.number)):
                branch = Branch(workspace=row.workspace_id)
                here = [_lying(row)] if row.number in wanted[branch] else []
                found[branch] = row.total, [*found[branch][1], *here]
    return found


def _lying(row: Row[Any]) -> _Asked:
    return _Asked(
        round=row.round,
        place=row.number,
        question=row.question_id,
        answer=None if row.answer is None else read_given(row.answer),
        transcript=row.transcript_id,
        project=row.project_id,
        key=row.key,
        granted=budget_from(row.granted),
        at=row.answered_at,
    )


def _transcript_as_top(connection: Connection, id_: str) -> Node | None:
    row = _summaries(connection, [id_]).get(id_)
    if row is None:
        return None
    (question,) = _questions(connection, [row.question_id]).values()
    said = {"state": row.outcome, "text": row.text, "reason": row.reason, "by": row.by, "transcript": id_}
    return Node(**_of_question(question) | _of_record(row, _made_in(connection, [id_]).get(id_)) | said)


def _of_question(row: Row[Any]) -> dict[str, Any]:
    return {
        "question": row.text,
        "question_id": row.id,
        "subject": row.subject,
        "context": row.context_id,
        "draw": row.draw,
    }


def _of_record(row: Row[Any], made: Row[Any] | None) -> dict[str, Any]:
    known = {"below": Branch(row.id), "asked": int(row.asked), "at": row.stored_at, "worked_by": person_number(row.by)}
    if made is None:
        return known
    return known | {"made_in": made.id, "active_seconds": made.active_seconds, "at": made.ended_at}


def _of_workspace(row: Row[Any]) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "made_in": row.id,
        "worked_by": row.person_id,
        "holder": row.holder_id,
        "stale": row.stale,
        "at": row.ended_at,
        "active_seconds": row.active_seconds,
        "granted": budget_from(row.begun),
        "left": budget_from(row.budget),
    }


def _outcome(answer: Given | None, person: Row[Any] | None) -> dict[str, Any]:
    """What came of a consultation: what was given, or how far people have come with it."""
    if answer is not None:
        fields = {"text": answer.text, "reason": answer.reason, "confidence": answer.confidence}
        fields |= {"state": answer.outcome, "spent": budget_from(answer.spent)}
        return fields | ({"by": answer.by} if answer.by else {})
    if person is not None:
        return {"state": person.state, "text": person.text, "reason": person.reason}
    return {"state": WAITING}


def _withheld(answer: Given | None, record: Row[Any] | None, person: Row[Any] | None) -> dict[str, Any]:
    truth = person.text if person is not None and person.state in ENDED else record.text if record is not None else ""
    withheld = answer is not None and answer.outcome != Outcome.ANSWERED and truth
    return {"withheld": truth} if withheld else {}


def _questions(connection: Connection, ids: Collection[str]) -> dict[str, Row[Any]]:
    found: dict[str, Row[Any]] = {}
    for those in portions(list(ids)):
        query = select(questions).where(questions.c.id.in_(those))
        found.update((row.id, row) for row in connection.execute(query))
    return found


def _summaries(connection: Connection, ids: Iterable[str]) -> dict[str, Row[Any]]:
    """Transcripts without their rounds, which may be long: only how much was asked in them."""
    t = transcripts.c
    columns = (t.id, t.question_id, t.by, t.outcome, t.text, t.reason, t.stored_at, _asked_in_rounds().label("asked"))
    found: dict[str, Row[Any]] = {}
    for those in portions(list(ids)):
        found.update((row.id, row) for row in connection.execute(select(*columns).where(t.id.in_(those))))
    return found


def _asked_in_rounds() -> ColumnElement[int]:
    """How many consultations a transcript has, in the database and without reading them.

    Each has the key "question" once; within a text a quotation mark is escaped, so no text looks like a key.
    """
    rounds, key = type_coerce(transcripts.c.rounds, Text), '"question":'
    return (func.length(rounds) - func.length(func.replace(rounds, key, ""))) // len(key)


def _made_in(connection: Connection, ids: Iterable[str]) -> dict[str, Row[Any]]:
    """The workspaces in which people made transcripts, the first of each."""
    w = workspaces.c
    columns: list[ColumnElement[Any]] = [w.id, w.transcript_id, w.active_seconds, w.ended_at]
    found: dict[str, Row[Any]] = {}
    for those in portions(list(ids)):
        query = select(*columns).where(w.transcript_id.in_(those)).order_by(w.id.desc())
        found.update((row.transcript_id, row) for row in connection.execute(query))
    return found


def _workspaces_by_key(connection: Connection, asked: Iterable[_Asked]) -> dict[tuple[int, str], Row[Any]]:
    """The workspaces in which people answer these, by project and key."""
    keys: dict[int, set[str]] = {}
    for each in asked:
        if each.key:
            keys.setdefault(each.project, set()).add(each.key)
    found: dict[tuple[int, str], Row[Any]] = {}
    for project, wanted in keys.items():
        linked = true() if roots_too(connection, project) else ~workspaces.c.root
        for those in portions(sorted(wanted)):
            query = select(workspaces).where(workspaces.c.project_id == project, workspaces.c.key.in_(those))
            found.update(((project, row.key), row) for row in connection.execute(query.where(linked)))
    return found


def _asked_in_workspaces(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    c = consultations.c
    found: dict[int, int] = {}
    for those in portions(ids):
        query = select(c.workspace_id, func.count()).where(c.workspace_id.in_(those)).group_by(c.workspace_id)
        found.update((row[0], row[1]) for row in connection.execute(query))
    return found
