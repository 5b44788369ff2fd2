"""Whether workspaces are as what was asked, answered and submitted in them has made them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from hch.people.store.answers import person_name
from hch.people.store.content import consultation_record, content_hash, portions
from hch.people.store.items import CANCELLED, CHOOSE, CONSULTING, ENDED, OPEN, RATE, WORK
from hch.people.store.judging import verdict_key
from hch.people.store.posting import key_of
from hch.people.store.problems import Checked, Problem
from hch.people.store.projects import all_projects
from hch.people.store.replay import replay
from hch.people.store.tables import consultations, drafts, events, questions, submissions, transcripts, workspaces

AT_ONCE = 200
"""Workspaces in memory at a time, with all that was asked in them."""

ENDINGS = (*ENDED, "judged")
NOBODY = Counter[str]()


class Surroundings(msgspec.Struct):
    """What is stored about some workspaces elsewhere, by their numbers or by hashes."""

    asked: dict[int, dict[int, list[Row[Any]]]]
    questions: dict[str, Row[Any]]
    transcripts: dict[str, Row[Any]]
    told: dict[int, Counter[str]]
    endings: dict[int, Row[Any]]
    drafts: dict[int, Row[Any]]
    below: dict[tuple[int, str], Row[Any]]
    """Workspaces of people who answer what is asked, by project and key."""


def all_workspaces(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """What is wrong with workspaces, the consultations in them, their drafts and their events."""
    of_people = {project.id for project in all_projects(connection) if project.rules.other_side == "people"}
    last = 0
    query = select(workspaces).order_by(workspaces.c.id).limit(AT_ONCE)
    while rows := connection.execute(query.where(workspaces.c.id > last)).all():
        last = rows[-1].id
        around = _surroundings(connection, rows, of_people)
        for row in rows:
            checked["workspaces"] += 1
            checked["consultations"] += sum(map(len, around.asked.get(row.id, {}).values()))
            for what in _wrong(row, around):
                yield Problem("workspaces", str(row.id), what)
            yield from _wrong_drafts(row, around.drafts.get(row.id))


def receipts(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """Receipts for what is not there."""
    query = select(submissions).execution_options(yield_per=AT_ONCE)
    for some in connection.execute(query).partitions():
        named = {row.receipt.get("transcript") for row in some} - {None}
        there = set(connection.execute(select(transcripts.c.id).where(transcripts.c.id.in_(named))).scalars())
        for row in some:
            checked["submissions"] += 1
            if row.receipt.get("workspace") != row.workspace_id:
                yield Problem("submissions", row.id, f"its receipt is not for workspace {row.workspace_id}")
            transcript = row.receipt.get("transcript")
            if transcript is not None and transcript not in there:
                yield Problem("submissions", row.id, f"its receipt is for the transcript {transcript}, which is gone")


def _wrong(row: Row[Any], around: Surroundings) -> Iterator[str]:
    if row.state not in (OPEN, CONSULTING, CANCELLED, *ENDED):
        yield f"there is no state “{row.state}”"
        return
    if row.kind not in (WORK, RATE, CHOOSE):
        yield f"there is no kind “{row.kind}”"
        return
    checks = [_wrong_names, _wrong_hands, _wrong_events]
    checks += [_wrong_rounds, _wrong_budgets, _wrong_waiting, _wrong_ending] if row.kind == WORK else []
    for check in checks:
        try:
            yield from check(row, around)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            yield f"it cannot be read: {error!r}"


def _wrong_names(row: Row[Any], around: Surroundings) -> Iterator[str]:
    question = around.questions.get(row.question_id)
    if question is None:
        yield "its question is not there"
        return
    if question.subject != row.subject:
        yield "its subject is that of another question"
    if row.kind == WORK:
        key = key_of(row.question_id, row.granted)
    else:
        key = verdict_key(row.kind, content_hash("question", question.text, question.context_id, None), row.material)
    if key != row.key:
        yield "its key is that of another question"
    for each in _every(row, around):
        if key_of(each.question_id, each.granted) != each.key:
            yield f"the key of what was asked in round {each.round}, place {each.place}, is that of another question"
        asked = around.questions.get(each.question_id)
        if asked is not None and asked.context_id != question.context_id:
            yield f"what was asked in round {each.round}, place {each.place}, has another context"


def _wrong_hands(row: Row[Any], around: Surroundings) -> Iterator[str]:  # noqa: ARG001  # as the others
    if row.holder_id is not None and row.lease_until is None:
        yield "it is held without an end"
    if row.holder_id is None and row.lease_until is not None:
        yield "it has a lease and nobody who holds it"
    if row.holder_id is not None and row.state not in (OPEN, CONSULTING):
        yield f"it is {row.state}, and still held"
    if row.state in ENDED and row.person_id is None:
        yield f"it is {row.state}, and nobody did that"


def _wrong_events(row: Row[Any], around: Surroundings) -> Iterator[str]:
    told = around.told.get(row.id, NOBODY)
    if not told["posted"]:
        yield "no event says that it was posted"
    if row.state == CANCELLED and not told["cancelled"]:
        yield "it is cancelled, and no event says so"
    if row.state not in ENDED:
        return
    ending = around.endings.get(row.id)
    if ending is None or ending.kind != ("judged" if row.kind != WORK else row.state):
        yield f"it is {row.state}, and no event says so"
    elif ending.person_id != row.person_id:
        yield "the event of its ending names another person"
    elif row.kind == WORK and ending.data.get("transcript") != row.transcript_id:
        yield "the event of its ending names another transcript"
    elif row.kind != WORK and ending.data.get("verdict") != row.text:
        yield "the event of its ending tells another verdict"


def _wrong_rounds(row: Row[Any], around: Surroundings) -> Iterator[str]:
    rounds = around.asked.get(row.id, {})
    for number in range(row.rounds):
        if number not in rounds:
            yield f"round {number} is over, and nothing was asked in it"
    for number, asked in sorted(rounds.items()):
        if [each.place for each in asked] != list(range(len(asked))):
            yield f"a consultation is missing in round {number}"
        answered = [each for each in asked if each.answer is not None]
        if number < row.rounds and len(answered) < len(asked):
            yield f"an answer is missing in round {number}, which is over"
        # Who passed before all answers had come left the round as it was.
        newest = row.state in (CONSULTING, "passed")
        if number > row.rounds or (number == row.rounds and not newest):
            yield f"round {number} was asked, and the workspace is {row.state} in round {row.rounds}"
        elif number == row.rounds and row.state == CONSULTING and len(answered) == len(asked):
            yield f"all answers of round {number} are there, and it still waits"
    if row.state == CONSULTING and row.rounds not in rounds:
        yield "it waits for answers, and nothing is asked"


def _wrong_budgets(row: Row[Any], around: Surroundings) -> Iterator[str]:
    rounds = around.asked.get(row.id, {})
    if all(number in rounds for number in range(row.rounds)):
        yield from replay(row, [rounds[number] for number in sorted(rounds)])


def _wrong_waiting(row: Row[Any], around: Surroundings) -> Iterator[str]:
    """Answers that are there, and have not reached who waits for them."""
    if row.state != CONSULTING:
        return
    for each in around.asked.get(row.id, {}).get(row.rounds, []):
        below = around.below.get((row.project_id, each.key))
        if each.answer is None and below is not None and below.state in (*ENDED, CANCELLED):
            yield f"it waits for workspace {below.id}, which is {below.state}"


def _wrong_ending(row: Row[Any], around: Surroundings) -> Iterator[str]:
    if row.state not in ENDED:
        if row.transcript_id is not None or row.ended_at is not None:
            yield "it is not over, and has an ending"
        return
    found = around.transcripts.get(row.transcript_id)
    if found is None:
        yield "it has ended, and its transcript is not there"
        return
    if (found.text, found.reason, found.outcome) != (row.text, row.reason, row.state):
        yield "it has ended otherwise than its transcript says"
    if found.question_id != row.question_id:
        yield "its transcript is that of another question"
    if found.by != person_name(row.person_id):
        yield "its transcript was made by somebody else"
    asked = around.asked.get(row.id, {})
    rounds = [
        [consultation_record(each.question_id, each.answer, each.transcript_id) for each in asked.get(number, [])]
        for number in range(row.rounds)
    ]
    if found.rounds != rounds:
        yield "its transcript tells of other consultations"


def _wrong_drafts(row: Row[Any], kept: Row[Any] | None) -> Iterator[Problem]:
    count, newest = (0, 0) if kept is None else (kept.revisions, kept.newest)
    if newest != row.draft_revision:
        yield Problem("drafts", str(row.id), f"the newest has revision {newest}, and should have {row.draft_revision}")
    elif count != newest:
        yield Problem("drafts", str(row.id), f"there are {count} revisions, and should be {newest}")


def _every(row: Row[Any], around: Surroundings) -> Iterator[Row[Any]]:
    for asked in around.asked.get(row.id, {}).values():
        yield from asked


def _surroundings(connection: Connection, rows: Sequence[Row[Any]], of_people: set[int]) -> Surroundings:
    ids = [row.id for row in rows]
    asked = defaultdict[int, dict[int, list[Row[Any]]]](dict)
    c = consultations.c
    query = select(consultations).where(c.workspace_id.in_(ids)).order_by(c.workspace_id, c.round, c.place)
    below = connection.execute(query).all()
    for each in below:
        asked[each.workspace_id].setdefault(each.round, []).append(each)
    named = {row.question_id for row in rows} | {each.question_id for each in below}
    newest = [each for row in rows if row.state == CONSULTING for each in asked[row.id].get(row.rounds, [])]
    return Surroundings(
        asked=asked,
        questions=_by_hash(connection, questions, named),
        transcripts=_by_hash(connection, transcripts, {row.transcript_id for row in rows} - {None}),
        told=_told(connection, ids),
        endings=_endings(connection, ids),
        drafts=_drafts(connection, ids),
        below=_people_below(connection, [each.key for each in newest if each.answer is None], of_people),
    )


def _by_hash(connection: Connection, table: Any, ids: set[str]) -> dict[str, Row[Any]]:
    found: dict[str, Row[Any]] = {}
    for some in portions(sorted(ids)):
        found.update((row.id, row) for row in connection.execute(select(table).where(table.c.id.in_(some))))
    return found


def _told(connection: Connection, ids: Sequence[int]) -> dict[int, Counter[str]]:
    """How many events of each kind workspaces have."""
    e = events.c
    query = select(e.workspace_id, e.kind, func.count()).where(e.workspace_id.in_(ids))
    told: dict[int, Counter[str]] = {}
    for id_, kind, count in connection.execute(query.group_by(e.workspace_id, e.kind)):
        told.setdefault(id_, Counter())[kind] = count
    return told


def _endings(connection: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The last event of an ending in each workspace that has one."""
    e = events.c
    last = select(func.max(e.id)).where(e.workspace_id.in_(ids), e.kind.in_(ENDINGS)).group_by(e.workspace_id)
    return {row.workspace_id: row for row in connection.execute(select(events).where(e.id.in_(last)))}


def _drafts(connection: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    d = drafts.c
    revisions = func.count(d.revision.distinct()).label("revisions")
    query = select(d.workspace_id, revisions, func.max(d.revision).label("newest"))
    query = query.where(d.workspace_id.in_(ids), d.refused.is_(False)).group_by(d.workspace_id)
    return {row.workspace_id: row for row in connection.execute(query)}


def _people_below(connection: Connection, keys: Sequence[str], of_people: set[int]) -> dict[tuple[int, str], Row[Any]]:
    """The workspaces in which people answer what is asked; where a model is asked, a root is none of them."""
    w = workspaces.c
    found: dict[tuple[int, str], Row[Any]] = {}
    for some in portions(sorted(set(keys))):
        query = select(w.id, w.project_id, w.key, w.state, w.root).where(w.key.in_(some))
        rows: Iterable[Row[Any]] = connection.execute(query)
        for row in rows:
            if not row.root or row.project_id in of_people:
                found[row.project_id, row.key] = row
    return found
