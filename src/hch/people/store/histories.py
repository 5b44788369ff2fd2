"""The history of a workspace: its events, every draft, the verdicts on its answer; and all versions of an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, literal, select, union_all

from hch.people.store.items import ENDED, WORK, person_number
from hch.people.store.queries import portions, rows_by_id
from hch.people.store.refusals import Writing
from hch.people.store.tables import consultations, drafts, events, questions, shown, transcripts, workspaces

DRAFT, REFUSED = "draft", "draft refused"


class Step(msgspec.Struct, frozen=True):
    """One thing that happened: when, what (an event's kind, or DRAFT), and who did it.

    ``workspace`` is another one for a verdict on what this one ended with; then the ``data`` has the ``sources`` that
    the judge had before them. ``said`` is what it ended with then, ``shown`` is what a person was shown,
    ``questions`` are the questions that it is about, ``draft`` is what was written, and ``before`` the draft that it
    was made from. All else that is known is in ``data``.
    """

    at: float
    kind: str
    person: int | None
    workspace: int
    data: dict[str, Any]
    said: str | None = None
    shown: str | None = None
    questions: tuple[str, ...] = ()
    revision: int | None = None
    draft: Writing | None = None
    before: Writing | None = None


class History(msgspec.Struct, frozen=True):
    """Some of what happened, oldest first, how much there is in all, and the answer that was suggested, if one was."""

    total: int
    steps: list[Step]
    suggestion: str | None


def history(connection: Connection, workspace: int, places: range) -> History:
    """The steps of a workspace's history at these places of the list."""
    every = _list_steps(connection, workspace)
    wanted = every[places.start : places.stop]
    happened = rows_by_id(connection, events, [id_ for _, is_draft, id_ in wanted if not is_draft])
    written = rows_by_id(connection, drafts, [id_ for _, is_draft, id_ in wanted if is_draft])
    steps = _event_steps(connection, list(happened.values()), workspace)
    steps |= _draft_steps(connection, workspace, list(written.values()))
    suggested = connection.execute(select(workspaces.c.suggestion).where(workspaces.c.id == workspace)).scalar()
    return History(len(every), [steps[is_draft, id_] for _, is_draft, id_ in wanted], suggested)


def workspaces_of(connection: Connection, transcript: str) -> list[int]:
    """The workspaces in which people made a transcript, those too that have ended otherwise since then."""
    w = workspaces.c
    now = connection.execute(select(w.id).where(w.transcript_id == transcript).order_by(w.id)).scalars().all()
    return list(now) or _workspaces_ended_with(connection, transcript)


def _list_steps(connection: Connection, workspace: int) -> list[tuple[float, bool, int]]:
    """When, whether it is a draft, and its number: of all that happened."""
    e, d = events.c, drafts.c
    some = [workspace, *_verdicts(connection, workspace)]
    of_events = select(e.at, literal(False).label("is_draft"), e.id).where(
        e.workspace_id.in_(some), (e.workspace_id == workspace) | e.kind.in_(("judged", "cancelled", "withdrawn"))
    )
    # A refused draft has an event of its own, and is told of with its text.
    of_drafts = select(d.at, literal(True).label("is_draft"), d.id).where(d.workspace_id == workspace)
    both = union_all(of_events.where(e.kind != REFUSED), of_drafts).subquery().c
    query = select(both.at, both.is_draft, both.id).order_by(both.at, both.is_draft, both.id)
    return [(row.at, bool(row.is_draft), row.id) for row in connection.execute(query)]


def _verdicts(connection: Connection, workspace: int) -> list[int]:
    """The workspaces of judges who had before them what this one ended with."""
    w = workspaces.c
    own = connection.execute(select(w.project_id, w.subject).where(w.id == workspace)).one_or_none()
    if own is None:
        return []
    query = select(w.id, w.material).where(w.subject == own.subject, w.project_id == own.project_id, w.kind != WORK)
    return [row.id for row in connection.execute(query) if workspace in (row.material or {}).get("sources", ())]


def _event_steps(connection: Connection, rows: list[Row[Any]], workspace: int) -> dict[tuple[bool, int], Step]:
    """Events as steps, with the texts that they name by hash."""
    others = {row.workspace_id for row in rows} - {workspace}
    judged = {id_: row.material or {} for id_, row in rows_by_id(connection, workspaces, sorted(others)).items()}
    texts = {
        id_: row.text for id_, row in rows_by_id(connection, shown, [_id_of_shown(row.data) for row in rows]).items()
    }
    ends = rows_by_id(connection, transcripts, [row.data["transcript"] for row in rows if row.kind in ENDED])
    asked = _questions_at(connection, rows)
    named = [id_ for row in rows for id_ in _questions_named(row, asked)]
    words = {id_: row.text for id_, row in rows_by_id(connection, questions, named).items()}
    return {
        (False, row.id): Step(
            at=row.at,
            kind=row.kind,
            person=row.person_id,
            workspace=row.workspace_id,
            data=dict(row.data) | judged.get(row.workspace_id, {}),
            said=_end_text(ends.get(row.data.get("transcript", ""))) if row.kind in ENDED else None,
            shown=texts.get(_id_of_shown(row.data)),
            questions=tuple(words[id_] for id_ in _questions_named(row, asked) if id_ in words),
        )
        for row in rows
    }


def _id_of_shown(data: Mapping[str, Any]) -> str:
    return str(data.get("shown", ""))


def _end_text(transcript: Row[Any] | None) -> str | None:
    return None if transcript is None else transcript.text or transcript.reason


def _questions_named(row: Row[Any], asked: Mapping[tuple[int, int, int], str]) -> list[str]:
    """The ids of the questions that an event is about."""
    data = row.data
    if "questions" in data:
        return list(data["questions"])
    if "question" in data:
        return [data["question"]]
    answered = asked.get((row.workspace_id, data.get("round", -1), data.get("place", -1)))
    return [answered] if answered else []


def _questions_at(connection: Connection, rows: Iterable[Row[Any]]) -> dict[tuple[int, int, int], str]:
    """The questions at the places to which answers came; what was withdrawn since then is no longer there."""
    c = consultations.c
    ids = sorted({row.workspace_id for row in rows if "place" in row.data})
    query = select(c.workspace_id, c.round, c.place, c.question_id).where(c.workspace_id.in_(ids))
    return {(row[0], row[1], row[2]): row[3] for row in connection.execute(query)} if ids else {}


def _draft_steps(connection: Connection, workspace: int, rows: list[Row[Any]]) -> dict[tuple[bool, int], Step]:
    """Drafts as steps, each with the one that it was made from."""
    numbers = sorted({row.revision - 1 for row in rows} | {row.revision for row in rows if row.refused})
    before = _drafts_numbered(connection, workspace, numbers)
    steps = {}
    for row in rows:
        # A refused draft is kept under the number of the one that was there.
        made_from = row.revision if row.refused else row.revision - 1
        steps[True, row.id] = Step(
            at=row.at,
            kind=REFUSED if row.refused else DRAFT,
            person=row.person_id,
            workspace=workspace,
            data={},
            revision=row.revision,
            draft=msgspec.convert(row.content, Writing),
            before=before.get((row.person_id, made_from)),
        )
    return steps


def _drafts_numbered(connection: Connection, workspace: int, numbers: list[int]) -> dict[tuple[int, int], Writing]:
    d = drafts.c
    revisions: dict[tuple[int, int], Writing] = {}
    columns: list[ColumnElement[Any]] = [d.person_id, d.revision, d.content]
    for some in portions(numbers):
        query = select(*columns).where(d.workspace_id == workspace, d.revision.in_(some), d.refused.is_(False))
        for row in connection.execute(query):
            revisions[row.person_id, row.revision] = msgspec.convert(row.content, Writing)
    return revisions


def _workspaces_ended_with(connection: Connection, transcript: str) -> list[int]:
    """The workspaces whose history says that they once ended with a transcript."""
    w, e, t = workspaces.c, events.c, transcripts.c
    candidates = select(w.id).join(transcripts, t.question_id == w.question_id).where(t.id == transcript)
    ended = select(e.workspace_id, e.data).where(e.workspace_id.in_(candidates), e.kind.in_(("answered", "passed")))
    rows = connection.execute(ended.order_by(e.workspace_id))
    return list(dict.fromkeys(row.workspace_id for row in rows if row.data.get("transcript") == transcript))


class Version(msgspec.Struct, frozen=True):
    """A transcript of the question. ``current`` says whether it is what some workspace has ended with by now.

    One that is not was withdrawn, or came from elsewhere.
    """

    transcript: str
    sample_index: str | None
    by: str
    person: int | None
    outcome: str
    text: str
    reason: str
    stored_at: float
    current: bool


def versions(connection: Connection, subject: str, most: int = 50) -> list[Version]:
    """The transcripts of the questions that are the same but for their draws, newest first."""
    t, q = transcripts.c, questions.c
    columns: list[ColumnElement[object]] = [t.id, q.draw, t.by, t.outcome, t.text, t.reason, t.stored_at]
    query = select(*columns).join(questions, q.id == t.question_id).where(q.subject == subject)
    rows = list(connection.execute(query.order_by(t.stored_at.desc(), t.id).limit(most)))
    ended = select(workspaces.c.transcript_id).where(workspaces.c.transcript_id.in_([row.id for row in rows]))
    current = set(connection.execute(ended).scalars())
    return [
        Version(
            row.id,
            row.draw,
            row.by,
            person_number(row.by),
            row.outcome,
            row.text,
            row.reason,
            row.stored_at,
            row.id in current,
        )
        for row in rows
    ]
