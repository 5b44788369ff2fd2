"""Pairs of answers of which judges prefer one: the data for learning from preferences.

Judges choose between two answers, or rate each alone. Where judges are evenly divided there is no preference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from hch.people.store.content import get_questions
from hch.people.store.items import CHOOSE, RATE, WORK
from hch.people.store.judging import TIE
from hch.people.store.queries import portions
from hch.people.store.tables import workspaces
from hch.types import Outcome, Question


class Preference(msgspec.Struct, frozen=True):
    """Two answers to a question, the better one first, and how many more judges say so than say the contrary.

    Of ratings, ``lead`` is by how much the mean rating of the one is above that of the other.
    """

    question: Question
    chosen: str
    rejected: str
    lead: float


def preferences(connection: Connection, project: int | None = None) -> Iterator[Preference]:
    """All preferences of a project, or of all: by the order of the questions, choices before ratings.

    Only answers that still stand are compared: a withdrawn or stale one does not.
    """
    yield from _of(connection, project, CHOOSE)
    yield from _of(connection, project, RATE)


def _of(connection: Connection, project: int | None, kind: str) -> Iterator[Preference]:
    w = workspaces.c
    query = select(w.project_id, w.subject).distinct().where(w.kind == kind, w.state == str(Outcome.ANSWERED))
    if project is not None:
        query = query.where(w.project_id == project)
    judged = connection.execute(query.order_by(w.project_id, w.subject)).all()
    for some in portions(judged):
        subjects = {row.subject for row in some}
        rows = connection.execute(
            select(workspaces).where(w.subject.in_(subjects), w.kind.in_((kind, WORK))).order_by(w.id)
        ).all()
        standing = {row.id: row for row in rows if row.kind == WORK and _stands(row)}
        verdicts: dict[tuple[int, str], list[Row[Any]]] = defaultdict(list)
        for row in rows:
            if row.kind == kind and row.state == Outcome.ANSWERED:
                verdicts[(row.project_id, row.subject)].append(row)
        asked = get_questions(connection, {row.question_id for row in rows})
        for key in ((row.project_id, row.subject) for row in some):
            given = verdicts[key]
            scores = _choices(given, standing) if kind == CHOOSE else _ratings(given, standing)
            question = asked[given[0].question_id]
            bare = Question(question.text, question.context)
            for chosen, rejected, lead in scores:
                yield Preference(bare, chosen, rejected, lead)


def _stands(row: Row[Any]) -> bool:
    return row.state == Outcome.ANSWERED and not row.stale


def _answers_judged(verdict: Row[Any], standing: dict[int, Row[Any]]) -> list[str] | None:
    """The answers that a verdict is about; None where one of them does not stand any more as it was judged."""
    texts: list[str] = verdict.material["answers"]
    sources = [standing.get(number) for number in verdict.material["sources"]]
    same = all(row is not None and row.text == text for row, text in zip(sources, texts, strict=True))
    return texts if same else None


def _choices(given: Iterable[Row[Any]], standing: dict[int, Row[Any]]) -> Iterator[tuple[str, str, float]]:
    """For each pair of answers that judges chose from: the one that more of them chose."""
    leads: dict[tuple[str, str], int] = defaultdict(int)
    for verdict in given:
        texts = _answers_judged(verdict, standing)
        if texts is not None and verdict.text != TIE:
            leads[(texts[0], texts[1])] += 1 if verdict.text == "0" else -1
    for (first, second), lead in leads.items():
        if lead:
            yield (first, second, float(lead)) if lead > 0 else (second, first, float(-lead))


def _ratings(given: Iterable[Row[Any]], standing: dict[int, Row[Any]]) -> Iterator[tuple[str, str, float]]:
    """For each two answers that judges rated: the one with the higher mean."""
    rated: dict[str, list[int]] = defaultdict(list)
    for verdict in given:
        texts = _answers_judged(verdict, standing)
        if texts is not None:
            rated[texts[0]].append(int(verdict.text))
    means = {text: sum(all_) / len(all_) for text, all_ in rated.items()}
    for (first, one), (second, other) in combinations(means.items(), 2):
        if one != other:
            yield (first, second, one - other) if one > other else (second, first, other - one)
