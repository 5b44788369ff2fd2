"""Streams transcripts out of a store: however many there are, a few are in memory.

Current transcripts are those of workspaces that have ended, and were not withdrawn or made stale since. All that were
ever stored can be exported too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from hch.amplify.workspace import add_round
from hch.people.store.content import answer_from, budget_from, get_questions
from hch.people.store.items import ENDED, WORK
from hch.people.store.projects import Rules
from hch.people.store.queries import pages, rows_by_id
from hch.people.store.tables import events, projects, transcripts, workspaces
from hch.types import Action, Budget, Consultation, Outcome, Question, Round, Transcript, Workspace


class Work(msgspec.Struct, frozen=True):
    """How people made a transcript: in which workspace, under which rules, when, and with how much work.

    ``rules`` are those that were in force when it ended, and ``begun`` is what it could spend. Times are in seconds
    since 1970. ``drafts`` counts the revisions that were saved; where a ``suggestion`` was shown,
    ``edits_from_suggestion`` is how many letters the answer is away from it.
    """

    project: str
    workspace: int
    root: bool
    rules: Rules
    begun: Budget | None
    person: int | None
    created_at: float
    shown_at: float | None
    ended_at: float | None
    active_seconds: float
    drafts: int
    suggestion: str | None
    edits_from_suggestion: int | None


class Exported(msgspec.Struct, frozen=True):
    """A transcript as it leaves the store. Its answers do not bring the transcripts below them.

    ``below`` has their ids, an entry for each consultation of each round. ``work`` is None where no workspace
    of people has this transcript now: a model made it, or it was withdrawn.
    """

    id: str
    transcript: Transcript
    below: tuple[tuple[str | None, ...], ...]
    stored_at: float
    work: Work | None

    def steps(self) -> Iterator[tuple[Workspace, Action]]:
        """Each workspace that H saw, with the budget that was left, and the action taken there."""
        budget = None if self.work is None else self.work.begun
        left = Workspace(self.transcript.question, (), budget)
        for workspace, action in self.transcript.steps():
            for round_ in workspace.rounds[len(left.rounds) :]:
                asked, answers = zip(*((c.question, c.answer) for c in round_), strict=True)
                left = add_round(left, asked, answers, 0.0)
            yield msgspec.structs.replace(workspace, budget=left.budget), action


def current_transcripts(connection: Connection, project: int | None = None) -> Iterator[Exported]:
    """The current transcripts, in the order of their workspaces; of one project or of all."""
    rules = _rules_by_time(connection)
    for made in pages(connection, _select_ended(project), workspaces.c.id):
        by_id = rows_by_id(connection, transcripts, {row.transcript_id for row in made})
        works = _works(connection, made, rules)
        yield from _with_questions(
            connection, [by_id[row.transcript_id] for row in made], [works[row.id] for row in made]
        )


def read_stored_transcripts(connection: Connection) -> Iterator[Exported]:
    """All transcripts ever stored, by people and models, withdrawn ones too, in the order of their ids."""
    rules = _rules_by_time(connection)
    for rows in pages(connection, select(transcripts), transcripts.c.id):
        current = _select_ended(None).where(workspaces.c.transcript_id.in_([row.id for row in rows]))
        made = connection.execute(current.order_by(workspaces.c.id.desc())).all()
        works = _works(connection, made, rules)
        first = {row.transcript_id: works[row.id] for row in made}
        yield from _with_questions(connection, rows, [first.get(row.id) for row in rows])


def count_current(connection: Connection, project: int | None = None) -> int:
    """How many transcripts ``current_transcripts`` yields."""
    return connection.execute(select(func.count()).select_from(workspaces).where(*_current(project))).scalar_one()


def count_stored(connection: Connection) -> int:
    """How many transcripts ``read_stored_transcripts`` yields."""
    return connection.execute(select(func.count()).select_from(transcripts)).scalar_one()


def _select_ended(project: int | None) -> Select[Any]:
    """The workspaces whose transcripts are current, with the names of their projects."""
    of_project = projects.c.id == workspaces.c.project_id
    return select(workspaces, projects.c.name.label("project")).join(projects, of_project).where(*_current(project))


def _current(project: int | None) -> list[ColumnElement[bool]]:
    w = workspaces.c
    where = [w.kind == WORK, w.state.in_(ENDED), w.stale.is_(False), w.transcript_id.is_not(None)]
    return where if project is None else [*where, w.project_id == project]


def _with_questions(
    connection: Connection, rows: Sequence[Row[Any]], works: Sequence[Work | None]
) -> Iterator[Exported]:
    """Rows of transcripts with their questions and work."""
    named = {row.question_id for row in rows} | {c["question"] for row in rows for round_ in row.rounds for c in round_}
    asked = get_questions(connection, named)
    for row, work in zip(rows, works, strict=True):
        rounds = tuple(_round(round_, asked) for round_ in row.rounds)
        question, outcome = asked[row.question_id], Outcome(row.outcome)
        transcript = Transcript(question, rounds, outcome, row.text, row.reason, row.by)
        below = tuple(tuple(c.get("transcript") for c in round_) for round_ in row.rounds)
        yield Exported(row.id, transcript, below, row.stored_at, work)


def _round(consulted: Iterable[Mapping[str, Any]], asked: Mapping[str, Question]) -> Round:
    return tuple(Consultation(asked[c["question"]], answer_from(c["answer"])) for c in consulted)


def _works(
    connection: Connection, rows: Sequence[Row[Any]], rules: Mapping[int, Sequence[tuple[float, Rules]]]
) -> dict[int, Work]:
    """The work in some workspaces, by their numbers; the rows also have the name of their project."""
    ends = _endings(connection, [row.id for row in rows])
    return {
        row.id: Work(
            row.project,
            row.id,
            row.root,
            _rules_at(rules[row.project_id], row.ended_at),
            budget_from(row.begun),
            row.person_id,
            row.created_at,
            row.shown_at,
            row.ended_at,
            row.active_seconds,
            ends[row.id].get("drafts", 0),
            row.suggestion,
            ends[row.id].get("edits_from_suggestion"),
        )
        for row in rows
    }


def _endings(connection: Connection, ids: Sequence[int]) -> defaultdict[int, dict[str, Any]]:
    """The data of the newest ending event of each workspace; empty where no person ended it."""
    query = select(events.c.workspace_id, events.c.data).where(
        events.c.workspace_id.in_(ids), events.c.kind.in_(ENDED), events.c.person_id.is_not(None)
    )
    endings = defaultdict[int, dict[str, Any]](dict)
    endings.update((row.workspace_id, row.data) for row in connection.execute(query.order_by(events.c.id)))
    return endings


def _rules_by_time(connection: Connection) -> dict[int, list[tuple[float, Rules]]]:
    """The rules that each project has had, and from when on, newest first."""
    query = select(events.c.project_id, events.c.at, events.c.data).where(
        events.c.kind.in_(("project made", "rules changed"))
    )
    rules = defaultdict[int, list[tuple[float, Rules]]](list)
    for row in connection.execute(query.order_by(events.c.id.desc())):
        rules[row.project_id].append((row.at, msgspec.convert(row.data["rules"], Rules)))
    return rules


def _rules_at(history: Sequence[tuple[float, Rules]], at: float | None) -> Rules:
    return next((rules for since, rules in history if at is None or since <= at), history[-1][1])
