"""Large trees of transcripts, put into a store in bulk: as deep or as wide as one likes, each node another question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, insert

from hch.people.store.content import (
    consultation_record,
    put_questions,
    question_id,
    subject,
    transcript_id,
    transcript_record,
)
from hch.people.store.items import WORK
from hch.people.store.posting import workspace_key
from hch.people.store.projects import Project
from hch.people.store.tables import transcripts, uses, workspaces
from hch.types import Context, Question

CONTEXT = Context(("A fact that all questions are about.",))
AT_ONCE = 5000


def plant_chain(connection: Connection, nodes: int) -> str:
    """A tree in which each of so many nodes asks one more; returns its root's hash."""
    return _plant(connection, "chain", [()] + [(number,) for number in range(nodes - 1)])


def plant_fan(connection: Connection, nodes: int) -> str:
    """A tree whose root has asked all others."""
    return _plant(connection, "fan", [()] * (nodes - 1) + [tuple(range(nodes - 1))])


def plant_bush(connection: Connection, nodes: int, width: int = 10) -> str:
    """A tree in which each node asks so many others, until there are enough; returns its root's hash."""
    below = [tuple(range(width * number + 1, min(width * (number + 1) + 1, nodes))) for number in range(nodes)]
    turned = [tuple(nodes - 1 - number for number in asked) for asked in reversed(below)]
    return _plant(connection, "bush", turned)


def plant_lattice(connection: Connection, nodes: int, width: int = 100) -> str:
    """A tree in levels of so many transcripts, of which each asks two of the next: so each is asked by two."""
    below: list[tuple[int, ...]] = [()] * width
    for start in range(width, nodes - 1, width):
        last = start - width
        below.extend((last + place, last + (place + 1) % width) for place in range(min(width, nodes - 1 - start)))
    return _plant(connection, "lattice", [*below, tuple(range(len(below) - width, len(below)))])


def plant_roots(connection: Connection, project: Project, number: int) -> None:
    """So many answered questions of a project, without anything below them."""
    for start in range(0, number, AT_ONCE):
        asked = [Question(f"Question {place}?", CONTEXT) for place in range(start, min(start + AT_ONCE, number))]
        ids = put_questions(connection, asked)
        rows = [_answered(project, question, id_) for question, id_ in zip(asked, ids, strict=True)]
        connection.execute(insert(workspaces), rows)


def _plant(connection: Connection, name: str, below: Sequence[tuple[int, ...]]) -> str:
    """Transcripts of which each asks those at some earlier places of the list; the last one is the root."""
    asked = [Question(f"What is at {number} of the {name}?", CONTEXT) for number in range(len(below))]
    ids = list(_in_parts(connection, asked))
    known: list[str] = []
    rows: list[dict[str, Any]] = []
    used: list[dict[str, str]] = []
    for number, places in enumerate(below):
        consulted = [consultation_record(ids[place], _said(place), known[place]) for place in places]
        record = transcript_record(
            ids[number], by="model", rounds=[consulted] if consulted else [], outcome="answered",
            text=f"answer {number}", reason="",
        )  # fmt: skip
        known.append(transcript_id(record))
        values = {key: value for key, value in record.items() if key != "question"}
        rows.append({"id": known[-1], "question_id": ids[number], "stored_at": 1.0, **values})
        used.extend({"transcript_id": known[-1], "used_id": known[place]} for place in places)
    for start in range(0, len(rows), AT_ONCE):
        connection.execute(insert(transcripts), rows[start : start + AT_ONCE])
    for start in range(0, len(used), AT_ONCE):
        connection.execute(insert(uses), used[start : start + AT_ONCE])
    return known[-1]


def _in_parts(connection: Connection, asked: Sequence[Question]) -> Iterator[str]:
    for start in range(0, len(asked), AT_ONCE):
        yield from put_questions(connection, asked[start : start + AT_ONCE])


def _said(number: int) -> dict[str, str]:
    return {"text": f"answer {number}", "outcome": "answered", "by": "model"}


def _answered(project: Project, question: Question, id_: str) -> dict[str, Any]:
    return {
        "project_id": project.id,
        "key": workspace_key(question),
        "kind": WORK,
        "root": True,
        "question_id": id_,
        "subject": subject(question),
        "state": "answered",
        "text": f"an answer to {question_id(question)[:6]}",
        "created_at": 1.0,
        "ended_at": 2.0,
        "active_seconds": 3.0,
    }
