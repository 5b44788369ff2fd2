"""A workspace as it is stored: what H sees, and its state."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from hch.people.store.content import answer_from, budget_from, get_questions, get_transcripts
from hch.people.store.queries import portions, rows_by_id
from hch.people.store.tables import consultations, workspaces
from hch.types import Answer, Budget, Consultation, Question, Workspace, unmix_sample_index

OPEN, CONSULTING, CANCELLED = "open", "consulting", "cancelled"
ENDED = ("answered", "passed", "failed", "out of budget")
WORK, RATE, CHOOSE = "work", "rate", "choose"


def person_name(person: int | None) -> str:
    """How a person is named in what is stored for good: by number, so that it says nothing about who it is."""
    return f"person {person}"


def person_number(by: str) -> int | None:
    """The number of the person that a transcript names as who acted, if it names one, as ``person_name`` does."""
    named = re.fullmatch(r"person (\d{1,18})", by)
    return int(named[1]) if named else None


class Pending(msgspec.Struct, frozen=True):
    """A question that was asked in a workspace, in its newest round, and the answer where it is there already."""

    question: Question
    key: str
    place: int
    answer: Answer | None = None


class Item(msgspec.Struct, frozen=True):
    """A workspace, and its state.

    ``workspace`` has the rounds of which all answers are there; ``pending`` is the newest round, while some are not.
    ``revision`` counts the actions in it, ``draft_revision`` the drafts saved: a submission names those that it knew.
    ``material`` is what a judge sees (see judging.py).
    """

    id: int
    project: int
    key: str
    kind: str
    root: bool
    state: str
    workspace: Workspace
    pending: tuple[Pending, ...]
    begun: Budget | None
    revision: int
    draft_revision: int
    person: int | None
    holder: int | None
    lease_until: float | None
    stale: bool
    text: str
    reason: str
    transcript: str | None
    suggestion: str | None
    material: dict[str, Any] | None
    gold: str | None
    subject: str
    created_at: float
    shown_at: float | None
    asked_at: float | None
    ended_at: float | None
    active_seconds: float

    @property
    def question(self) -> Question:
        return self.workspace.question

    @property
    def ended(self) -> bool:
        return self.state in ENDED


def load_item(connection: Connection, id_: int) -> Item | None:
    """The workspace with this number, if there is one."""
    items = load_items(connection, [id_])
    return items[0] if items else None


def load_items(connection: Connection, ids: Sequence[int], trees: bool = False) -> list[Item]:
    """The workspaces with these numbers, in this order; with ``trees``, their answers bring their transcripts."""
    rows = list(rows_by_id(connection, workspaces, ids).values())
    by_id = {item.id: item for item in items_from(connection, rows, trees)}
    return [by_id[id_] for id_ in ids if id_ in by_id]


def item_from(connection: Connection, row: Row[Any]) -> Item:
    """A row of the table as an item."""
    (item,) = items_from(connection, [row])
    return item


def items_from(connection: Connection, rows: Sequence[Row[Any]], trees: bool = False) -> list[Item]:
    """Rows of the table as items."""
    asked = _read_asked(connection, [row.id for row in rows if row.rounds or row.state == CONSULTING])
    below = [row for rounds in asked.values() for round_ in rounds.values() for row in round_]
    questions = get_questions(connection, {row.question_id for row in rows} | {row.question_id for row in below})
    ids = {row.transcript_id for row in below if row.transcript_id} if trees else set[str]()
    transcripts = get_transcripts(connection, ids)

    def question(row: Row[Any]) -> Question:
        return msgspec.structs.replace(questions[row.question_id], budget=budget_from(row.granted))

    def answer(row: Row[Any]) -> Answer | None:
        return None if row.answer is None else answer_from(row.answer, transcripts.get(row.transcript_id))

    items = []
    for row in rows:
        rounds = tuple(
            tuple(Consultation(question(one), _require(answer(one))) for one in asked[row.id][number])
            for number in range(row.rounds)
        )
        newest = asked[row.id][row.rounds] if row.state == CONSULTING else []
        pending = tuple(Pending(question(one), one.key, one.place, answer(one)) for one in newest)
        items.append(_item(row, Workspace(question(row), rounds, budget_from(row.budget)), pending))
    return items


def action_arguments(item: Item, questions: Iterable[Question]) -> tuple[tuple[str, ...], tuple[int | None, ...]]:
    """The texts and sample indices of the ``Ask`` that asked these questions in a workspace."""
    asked = list(questions)
    indices = tuple(unmix_sample_index(item.question.sample_index, question.sample_index) for question in asked)
    return tuple(question.text for question in asked), () if all(index is None for index in indices) else indices


def _read_asked(connection: Connection, ids: Sequence[int]) -> defaultdict[int, defaultdict[int, list[Row[Any]]]]:
    """The consultations of workspaces, by round."""
    asked = defaultdict[int, defaultdict[int, list[Row[Any]]]](lambda: defaultdict(list))
    columns = (consultations.c.workspace_id, consultations.c.round, consultations.c.place)
    for some in portions(ids):
        query = select(consultations).where(consultations.c.workspace_id.in_(some)).order_by(*columns)
        for row in connection.execute(query):
            asked[row.workspace_id][row.round].append(row)
    return asked


def _require(answer: Answer | None) -> Answer:
    assert answer is not None, "a round is complete only when all of its answers are there"
    return answer


def _item(row: Row[Any], workspace: Workspace, pending: tuple[Pending, ...]) -> Item:
    return Item(
        row.id, row.project_id, row.key, row.kind, row.root, row.state, workspace, pending,
        budget_from(row.begun), row.revision, row.draft_revision, row.person_id, row.holder_id, row.lease_until,
        row.stale, row.text, row.reason, row.transcript_id, row.suggestion, row.material, row.gold, row.subject,
        row.created_at, row.shown_at, row.asked_at, row.ended_at, row.active_seconds,
    )  # fmt: skip
