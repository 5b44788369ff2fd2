"""A store with very many transcripts, as people would have left it, written without waiting for people to act."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert

from hch.people.store.content import (
    answer_record,
    budget_record,
    consultation_record,
    put_questions,
    question_id,
    subject,
    transcript_id,
    transcript_record,
)
from hch.people.store.database import Database
from hch.people.store.items import WORK
from hch.people.store.people import make_person
from hch.people.store.posting import workspace_key
from hch.people.store.projects import Project, Rules, make_project
from hch.people.store.tables import consultations, events, transcripts, workspaces
from hch.types import Answer, Budget, Context, Question

AT_ONCE = 500


def fill(store: Database, number: int, letters: int = 1000) -> None:
    """So many answered questions, each with one consultation, ten of them about one context of so many letters."""
    project = store.write(make_project, "demo", Rules(), 0.0)
    store.write(make_person, "somebody", "answerer", None, 0.0)
    for start in range(0, number, AT_ONCE):
        store.write(_fill, project, range(start, min(start + AT_ONCE, number)), letters)


def _fill(connection: Connection, project: Project, places: range, letters: int) -> None:
    contexts = {place // 10: Context((f"fact {place // 10}", "x" * letters)) for place in places}
    asked = [Question(f"Why {place}?", contexts[place // 10]) for place in places]
    below = [
        Question(f"And {place}?", contexts[place // 10], budget=Budget(depth=0, consultations=19)) for place in places
    ]
    put_questions(connection, [*asked, *below])
    rows: dict[str, list[dict[str, Any]]] = {"workspaces": [], "transcripts": [], "consultations": [], "events": []}
    for place, question, sub in zip(places, asked, below, strict=True):
        answer = answer_record(Answer(f"because of {place}", by="model", spent=Budget(0, 0, 3, 0, 0)))
        rounds = [[consultation_record(question_id(sub), answer, None)]]
        record = transcript_record(
            question_id(question), by="person 1", rounds=rounds, outcome="answered", text=f"so {place}", reason=""
        )
        id_ = transcript_id(record)
        values = {key: value for key, value in record.items() if key != "question"}
        rows["transcripts"].append({"id": id_, "question_id": record["question"], "stored_at": 1.0, **values})
        budget, left = budget_record(project.rules.budget), budget_record(Budget(depth=1, consultations=19))
        rows["workspaces"].append(
            {
                "id": place + 1, "project_id": project.id, "key": workspace_key(question), "kind": WORK, "root": True,
                "question_id": record["question"], "subject": subject(question), "begun": budget, "budget": left,
                "state": "answered", "rounds": 1, "text": f"so {place}", "reason": "", "transcript_id": id_,
                "person_id": 1, "revision": 2, "created_at": 0.0, "ended_at": 1.0, "active_seconds": 1.0,
            }
        )  # fmt: skip
        rows["consultations"].append(
            {
                "workspace_id": place + 1, "round": 0, "place": 0, "question_id": question_id(sub),
                "key": workspace_key(sub), "granted": budget_record(sub.budget), "answer": answer, "answered_at": 0.5,
            }
        )  # fmt: skip
        data = {"transcript": id_, "active_seconds": 1.0, "drafts": 2}
        event = {"project_id": project.id, "workspace_id": place + 1}
        rows["events"] += [
            {**event, "at": 0.0, "kind": "posted", "person_id": None, "data": {}},
            {**event, "at": 1.0, "kind": "answered", "person_id": 1, "data": data},
        ]
    for table in (transcripts, workspaces, consultations, events):
        connection.execute(insert(table), rows[table.name])
