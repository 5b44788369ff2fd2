"""Trees of questions: a node, and what was asked in it, some at a time. A page reads what it shows and no more.

A tree grows from a transcript, which never changes, or from a workspace, in which people may still be at work. What a
workspace asks goes on in another workspace of its project, found by its key, where people answer it; else in the
transcript that came with the answer.

Trees are not read whole to be shown: at 100,000 nodes that takes seconds, for a live one after each event in the store,
and opening a page by these queries takes hundredths of a second (benchmarks/explore.py).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Text, case, func, select, true, type_coerce

from hch.people.store.content import budget_from
from hch.people.store.items import ENDED, WORK, person_number
from hch.people.store.projects import get_project
from hch.people.store.queries import portions, rows_by_id
from hch.people.store.tables import consultations, contexts, questions, transcripts, uses, workspaces
from hch.types import Budget, Outcome

WAITING = "waiting"
"""The state of a question that has no answer, and that no person is asked."""

ROUNDS_AS_TEXT = type_coerce(transcripts.c.rounds, Text).label("rounds")
"""The rounds of transcripts as they are stored, to be read with ``read_rounds``."""


class Branch(msgspec.Struct, frozen=True, order=True):
    """A transcript by its hash, or a workspace by its number: what has consultations below it. One of them is set."""

    transcript: str = ""
    workspace: int = 0

    def __str__(self) -> str:
        return self.transcript or str(self.workspace)


class Given(msgspec.Struct, frozen=True, gc=False):
    """An answer as it is stored (see ``content.answer_record``)."""

    text: str
    outcome: str
    by: str = ""
    reason: str = ""
    confidence: float = 1.0
    seed: int | None = None
    spent: dict[str, float] | None = None


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """A consultation in a transcript: its question by id, the answer, and the hash of the transcript behind that."""

    question: str
    answer: Given
    transcript: str | None = None


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A consultation of a transcript or workspace. ``place`` counts from 0 through all rounds.

    ``project`` and ``key`` say which workspace it goes on in, where people answer it; a transcript does not have them.
    """

    round: int
    place: int
    question_id: str
    given: Given | None
    transcript: str | None
    project: int = 0
    key: str = ""
    granted: Mapping[str, float] | None = None
    at: float | None = None

    @property
    def state(self) -> str:
        return WAITING if self.given is None else self.given.outcome

    def goes_on_in(self, people: Mapping[tuple[int, str], Row[Any]]) -> Branch | None:
        """The branch below this consultation, given ``workspaces_answering`` it."""
        answering = people.get((self.project, self.key))
        if answering is not None:
            return Branch(workspace=answering.id)
        return Branch(self.transcript) if self.transcript else None


class Node(msgspec.Struct, frozen=True):
    """A question in a tree, and what came of it.

    ``place`` says which of the consultations above it this is, counted from 0 through all rounds. ``state`` is an
    outcome, or the state of a workspace that has none yet. ``text``, ``reason``, ``by`` and ``spent`` are as the asker
    was given them, and ``withheld`` is the true answer where the asker was not given it. ``below`` is where the node
    goes on, and ``asked`` how much was asked in it. ``made_in`` is the workspace in which a person worked on it,
    ``worked_by`` that person, ``holder`` who has it now. ``at`` is in seconds since 1970.
    """

    question: str
    question_id: str
    subject: str
    context: str
    sample_index: str | None
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

    @property
    def ended(self) -> bool:
        return self.state in ENDED


class Below(msgspec.Struct, frozen=True):
    """Some of the nodes that were asked in a branch, which are ``total`` in all."""

    total: int = 0
    nodes: tuple[Node, ...] = ()


def read_top(connection: Connection, branch: Branch) -> Node | None:
    """The node that a tree begins with; None where there is no such transcript or workspace."""
    if branch.transcript:
        row = _summaries(connection, [branch.transcript]).get(branch.transcript)
        if row is None:
            return None
        made = _workspaces_that_made(connection, [row.id]).get(row.id)
        own = {"state": row.outcome, "text": row.text, "reason": row.reason, "transcript": row.id}
        own |= _fields_of_record(row, made)
    else:
        row = rows_by_id(connection, workspaces, [branch.workspace]).get(branch.workspace)
        if row is None:
            return None
        asked = _count_asked(connection, [row.id]).get(row.id, 0)
        own = {"state": row.state, "text": row.text, "reason": row.reason, "transcript": row.transcript_id}
        own |= _fields_of_workspace(row) | {"below": branch, "asked": asked}
    (question,) = rows_by_id(connection, questions, [row.question_id]).values()
    return Node(**_fields_of_question(question) | own)


def read_below(connection: Connection, wanted: Mapping[Branch, Collection[int]]) -> dict[Branch, Below]:
    """The nodes at these places of each branch, in order; places that are not there are left out."""
    every = read_asked(connection, wanted)
    some = {
        branch: [asked[place] for place in sorted(wanted[branch]) if 0 <= place < len(asked)]
        for branch, asked in every.items()
    }
    flat = [asked for listed in some.values() for asked in listed]
    known = rows_by_id(connection, questions, (asked.question_id for asked in flat))
    people = workspaces_answering(connection, flat)
    records = _summaries(connection, {asked.transcript for asked in flat if asked.transcript})
    made = _workspaces_that_made(connection, records)
    counts = _count_asked(connection, [row.id for row in people.values()])

    def node(asked: Asked) -> Node:
        person = people.get((asked.project, asked.key))
        record = records.get(asked.transcript or "")
        fields = _fields_of_question(known[asked.question_id]) | {"round": asked.round, "place": asked.place}
        fields |= {"granted": budget_from(asked.granted), "at": asked.at, "transcript": asked.transcript}
        if record is not None:
            fields |= _fields_of_record(record, made.get(record.id))
        if person is not None:
            fields |= _fields_of_workspace(person)
            fields |= {"below": Branch(workspace=person.id), "asked": counts.get(person.id, 0)}
        fields |= _fields_of_outcome(asked.given, person)
        return Node(**fields | _fields_withheld(asked.given, record, person))

    return {branch: Below(len(every[branch]), tuple(map(node, listed))) for branch, listed in some.items()}


def read_asked(connection: Connection, branches: Iterable[Branch]) -> dict[Branch, list[Asked]]:
    """All consultations of some branches, in order; none where there is no such branch."""
    read: dict[Branch, list[Asked]] = {branch: [] for branch in branches}
    for ids in portions([branch.transcript for branch in read if branch.transcript]):
        query = select(transcripts.c.id, ROUNDS_AS_TEXT).where(transcripts.c.id.in_(ids))
        read.update((Branch(row.id), read_asked_rounds(row.rounds)) for row in connection.execute(query))
    c = consultations.c
    for numbers in portions([branch.workspace for branch in read if branch.workspace]):
        joined = consultations.join(workspaces, workspaces.c.id == c.workspace_id)
        query = select(*c, workspaces.c.project_id).select_from(joined).where(c.workspace_id.in_(numbers))
        for row in connection.execute(query.order_by(c.workspace_id, c.round, c.place)):
            asked = read[Branch(workspace=row.workspace_id)]
            asked.append(
                Asked(
                    round=row.round,
                    place=len(asked),
                    question_id=row.question_id,
                    given=None if row.answer is None else msgspec.convert(row.answer, Given),
                    transcript=row.transcript_id,
                    project=row.project_id,
                    key=row.key,
                    granted=row.granted,
                    at=row.answered_at,
                )
            )
    return read


def read_asked_rounds(stored: str) -> list[Asked]:
    """The consultations of a transcript, from the JSON of its rounds."""
    asked: list[Asked] = []
    for number, round_ in enumerate(read_rounds(stored)):
        for recorded in round_:
            asked.append(Asked(number, len(asked), recorded.question, recorded.answer, recorded.transcript))
    return asked


def read_rounds(stored: str) -> list[list[Recorded]]:
    """The rounds of a transcript from their JSON, several times as fast as by dicts: trees are large."""
    try:
        return _ROUNDS.decode(stored)
    except msgspec.DecodeError:
        # Python's reader takes half of a surrogate pair for text, as the store does; this faster one does not.
        return msgspec.convert(json.loads(stored), list[list[Recorded]])


_ROUNDS = msgspec.json.Decoder(list[list[Recorded]])


def workspaces_answering(
    connection: Connection, asked: Iterable[Asked], columns: Sequence[ColumnElement[Any]] = ()
) -> dict[tuple[int, str], Row[Any]]:
    """The workspaces in which people answer some consultations, by project and key; of each, these columns or all."""
    w = workspaces.c
    keys: dict[int, set[str]] = {}
    for one in asked:
        if one.key:
            keys.setdefault(one.project, set()).add(one.key)
    rows: dict[tuple[int, str], Row[Any]] = {}
    for project, wanted in keys.items():
        linked = true() if links_roots(connection, project) else ~w.root
        for some in portions(sorted(wanted)):
            query = select(*(columns or w)).where(w.project_id == project, w.key.in_(some), linked)
            rows.update(((project, row.key), row) for row in connection.execute(query))
    return rows


def links_roots(connection: Connection, project: int) -> bool:
    """Whether a sub-question may be answered in a root: only where people answer what is asked in the project.

    Elsewhere a root only happens to ask the same.
    """
    return get_project(connection, project).rules.other_side == "people"


def find_shared_branches(connection: Connection, branches: Collection[Branch]) -> set[Branch]:
    """The branches that are asked for in more than one place of the store, so that they may come again in a tree.

    Twice in one transcript counts once here: who shows both sees it.
    """
    several: set[Branch] = set()
    for ids in portions([branch.transcript for branch in branches if branch.transcript]):
        used = select(uses.c.used_id).where(uses.c.used_id.in_(ids)).group_by(uses.c.used_id)
        several.update(Branch(id_) for id_ in connection.execute(used.having(func.count() > 1)).scalars())
    w, c, asker = workspaces.c, consultations.c, workspaces.alias("asker")
    for numbers in portions([branch.workspace for branch in branches if branch.workspace]):
        wanted = (
            select(w.id)
            .join(consultations, c.key == w.key)
            .join(asker, (asker.c.id == c.workspace_id) & (asker.c.project_id == w.project_id))
            .where(w.id.in_(numbers))
            .group_by(w.id)
        )
        # A root is in a place before anybody asks for it.
        places = func.count() + case((w.root, 1), else_=0)
        several.update(Branch(workspace=id_) for id_ in connection.execute(wanted.having(places > 1)).scalars())
    return several


def read_facts(connection: Connection, context: str) -> list[str] | None:
    """The facts of a context, if there is one."""
    facts: list[str] | None = connection.execute(select(contexts.c.facts).where(contexts.c.id == context)).scalar()
    return facts


def _fields_of_question(row: Row[Any]) -> dict[str, Any]:
    names = {"question": row.text, "question_id": row.id, "subject": row.subject, "context": row.context_id}
    return {**names, "sample_index": row.draw}


def _fields_of_record(row: Row[Any], made: Row[Any] | None) -> dict[str, Any]:
    known = {"below": Branch(row.id), "asked": int(row.asked), "at": row.stored_at}
    known |= {"by": row.by, "worked_by": person_number(row.by)}
    if made is None:
        return known
    return known | {"made_in": made.id, "active_seconds": made.active_seconds, "at": made.ended_at}


def _fields_of_workspace(row: Row[Any]) -> dict[str, Any]:
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


def _fields_of_outcome(given: Given | None, person: Row[Any] | None) -> dict[str, Any]:
    """What came of a consultation: what was given, or how far people have come with it."""
    if given is not None:
        fields = {"text": given.text, "reason": given.reason, "confidence": given.confidence}
        fields |= {"state": given.outcome, "spent": budget_from(given.spent)}
        return fields | ({"by": given.by} if given.by else {})
    if person is not None:
        return {"state": person.state, "text": person.text, "reason": person.reason}
    return {"state": WAITING}


def _fields_withheld(given: Given | None, record: Row[Any] | None, person: Row[Any] | None) -> dict[str, Any]:
    truth = person.text if person is not None and person.state in ENDED else record.text if record is not None else ""
    withheld = given is not None and given.outcome != Outcome.ANSWERED and truth
    return {"withheld": truth} if withheld else {}


def _summaries(connection: Connection, ids: Iterable[str]) -> dict[str, Row[Any]]:
    """Transcripts without their rounds, which may be long: only how much was asked in them.

    The database counts that without reading them. Each consultation has the key "question" once; within a text a
    quotation mark is escaped, so no text looks like a key.
    """
    t, rounds, key = transcripts.c, type_coerce(transcripts.c.rounds, Text), '"question":'
    count = (func.length(rounds) - func.length(func.replace(rounds, key, ""))) // len(key)
    columns = (t.id, t.question_id, t.by, t.outcome, t.text, t.reason, t.stored_at, count.label("asked"))
    return rows_by_id(connection, transcripts, ids, columns)


def _workspaces_that_made(connection: Connection, ids: Iterable[str]) -> dict[str, Row[Any]]:
    """The workspaces in which people made transcripts, the first of each."""
    w = workspaces.c
    columns: list[ColumnElement[Any]] = [w.id, w.transcript_id, w.active_seconds, w.ended_at]
    rows: dict[str, Row[Any]] = {}
    for some in portions(list(ids)):
        query = select(*columns).where(w.transcript_id.in_(some)).order_by(w.id.desc())
        rows.update((row.transcript_id, row) for row in connection.execute(query))
    return rows


def _count_asked(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    c = consultations.c
    counts: dict[int, int] = {}
    for some in portions(ids):
        query = select(c.workspace_id, func.count()).where(c.workspace_id.in_(some)).group_by(c.workspace_id)
        counts.update((row[0], row[1]) for row in connection.execute(query))
    return counts
