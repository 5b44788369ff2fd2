"""The checks of workspaces: whether each is as what was asked, answered and submitted in it has made it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from hch.amplify.workspace import add_round, grant_questions
from hch.people.store.content import answer_from, budget_from, consultation_record, content_hash
from hch.people.store.items import CANCELLED, CHOOSE, CONSULTING, ENDED, OPEN, RATE, WORK, person_name
from hch.people.store.judging import verdict_key
from hch.people.store.posting import key_of
from hch.people.store.projects import all_projects
from hch.people.store.queries import pages, portions, rows_by_id
from hch.people.store.tables import consultations, drafts, events, questions, transcripts, workspaces
from hch.types import Answer, Ask, Budget, Question, Workspace

COUNTED = ("depth", "consultations", "words", "usd")
"""Amounts of a budget that are derived anew. Seconds are not: only the budget that was left tells how long it took."""


class Surroundings(msgspec.Struct):
    """What is stored about some workspaces elsewhere, by their numbers or by hashes."""

    asked: dict[int, dict[int, list[Row[Any]]]]
    questions: dict[str, Row[Any]]
    transcripts: dict[str, Row[Any]]
    events: dict[int, Counter[str]]
    endings: dict[int, Row[Any]]
    drafts: dict[int, Row[Any]]
    below: dict[tuple[int, str], Row[Any]]
    """Workspaces of people who answer what is asked, by project and key."""


def workspaces_with_surroundings(connection: Connection) -> Iterator[tuple[Row[Any], Surroundings]]:
    """All workspaces, each with its surroundings."""
    of_people = {project.id for project in all_projects(connection) if project.rules.other_side == "people"}
    for rows in pages(connection, select(workspaces), workspaces.c.id):
        around = _surroundings(connection, rows, of_people)
        yield from ((row, around) for row in rows)


def wrong_with(row: Row[Any], around: Surroundings) -> Iterator[str]:
    """All that is wrong with a workspace, in words."""
    if row.state not in (OPEN, CONSULTING, CANCELLED, *ENDED):
        yield f"there is no state “{row.state}”"
        return
    if row.kind not in (WORK, RATE, CHOOSE):
        yield f"there is no kind “{row.kind}”"
        return
    for check in CHECKS_OF_WORK if row.kind == WORK else CHECKS_OF_ALL:
        try:
            yield from check(row, around)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            yield f"it cannot be read: {error!r}"


def wrong_drafts(row: Row[Any], around: Surroundings) -> Iterator[str]:
    """What is wrong with the drafts of a workspace: those it counts and those that are kept are numbered from 1 on."""
    kept = around.drafts.get(row.id)
    count, newest = (0, 0) if kept is None else (kept.revisions, kept.newest)
    if newest != row.draft_revision:
        yield f"the newest has revision {newest}, and should have {row.draft_revision}"
    elif count != newest:
        yield f"there are {count} revisions, and should be {newest}"


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
    for consultation in (one for asked in around.asked.get(row.id, {}).values() for one in asked):
        where = f"was asked in round {consultation.round}, place {consultation.place},"
        if key_of(consultation.question_id, consultation.granted) != consultation.key:
            yield f"the key of what {where} is that of another question"
        asked = around.questions.get(consultation.question_id)
        if asked is not None and asked.context_id != question.context_id:
            yield f"what {where} has another context"


def _wrong_holder(row: Row[Any], around: Surroundings) -> Iterator[str]:  # noqa: ARG001  # as the others
    if row.holder_id is not None and row.lease_until is None:
        yield "it is held without an end"
    if row.holder_id is None and row.lease_until is not None:
        yield "it has a lease and nobody who holds it"
    if row.holder_id is not None and row.state not in (OPEN, CONSULTING):
        yield f"it is {row.state}, and still held"
    if row.state in ENDED and row.person_id is None:
        yield f"it is {row.state}, and nobody did that"


def _wrong_events(row: Row[Any], around: Surroundings) -> Iterator[str]:
    happened = around.events.get(row.id, Counter[str]())
    if not happened["posted"]:
        yield "no event says that it was posted"
    if row.state == CANCELLED and not happened["cancelled"]:
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
        if [one.place for one in asked] != list(range(len(asked))):
            yield f"a consultation is missing in round {number}"
        answered = [one for one in asked if one.answer is not None]
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
    """Plays the rounds again: what each was granted, what its answers cost, and so how much must be left."""
    rounds = around.asked.get(row.id, {})
    if not all(number in rounds for number in range(row.rounds)):
        return
    workspace = Workspace(Question(""), (), budget_from(row.begun))
    for number, asked in sorted(rounds.items()):
        shares = grant_questions(workspace, Ask(("",) * len(asked)))
        if isinstance(shares, Answer):
            yield f"round {number} was asked, and there was {shares.reason}"
            return
        for share, one in zip(shares, asked, strict=True):
            if not _same(share.budget, budget_from(one.granted)):
                yield f"what was asked in round {number}, place {one.place}, was not granted its share"
        answers = [answer_from(one.answer) for one in asked if one.answer is not None]
        if number < row.rounds and len(answers) == len(asked):
            workspace = add_round(workspace, shares, answers, 0.0)
    if not _same(workspace.budget, budget_from(row.budget)):
        yield f"{_in_words(budget_from(row.budget))} left, and there should be {_in_words(workspace.budget)}"


def _wrong_waiting(row: Row[Any], around: Surroundings) -> Iterator[str]:
    """Answers that are there, and have not reached who waits for them."""
    if row.state != CONSULTING:
        return
    for one in around.asked.get(row.id, {}).get(row.rounds, []):
        below = around.below.get((row.project_id, one.key))
        if one.answer is None and below is not None and below.state in (*ENDED, CANCELLED):
            yield f"it waits for workspace {below.id}, which is {below.state}"


def _wrong_ending(row: Row[Any], around: Surroundings) -> Iterator[str]:
    if row.state not in ENDED:
        if row.transcript_id is not None or row.ended_at is not None:
            yield "it is not over, and has an ending"
        return
    transcript = around.transcripts.get(row.transcript_id)
    if transcript is None:
        yield "it has ended, and its transcript is not there"
        return
    if (transcript.text, transcript.reason, transcript.outcome) != (row.text, row.reason, row.state):
        yield "it has ended otherwise than its transcript says"
    if transcript.question_id != row.question_id:
        yield "its transcript is that of another question"
    if transcript.by != person_name(row.person_id):
        yield "its transcript was made by somebody else"
    asked = around.asked.get(row.id, {})
    rounds = [
        [consultation_record(one.question_id, one.answer, one.transcript_id) for one in asked.get(number, [])]
        for number in range(row.rounds)
    ]
    if transcript.rounds != rounds:
        yield "its transcript tells of other consultations"


CHECKS_OF_ALL = (_wrong_names, _wrong_holder, _wrong_events)
CHECKS_OF_WORK = (*CHECKS_OF_ALL, _wrong_rounds, _wrong_budgets, _wrong_waiting, _wrong_ending)
"""Of workspaces in which people answer; verdicts of judges have no rounds, no budget and no transcript."""


def _same(one: Budget | None, other: Budget | None) -> bool:
    if one is None or other is None:
        return one is other
    amounts = ((getattr(one, name), getattr(other, name)) for name in COUNTED)
    return all(has == had or abs(has - had) <= 1e-9 * max(1.0, abs(has)) for has, had in amounts)


def _in_words(budget: Budget | None) -> str:
    return "no budget" if budget is None else ", ".join(f"{getattr(budget, name):g} {name}" for name in COUNTED)


def _surroundings(connection: Connection, rows: Sequence[Row[Any]], of_people: set[int]) -> Surroundings:
    ids = [row.id for row in rows]
    c, d, e = consultations.c, drafts.c, events.c
    asked = defaultdict[int, dict[int, list[Row[Any]]]](dict)
    query = select(consultations).where(c.workspace_id.in_(ids)).order_by(c.workspace_id, c.round, c.place)
    below = connection.execute(query).all()
    for consultation in below:
        asked[consultation.workspace_id].setdefault(consultation.round, []).append(consultation)
    happened = defaultdict[int, Counter[str]](Counter)
    counts = select(e.workspace_id, e.kind, func.count()).where(e.workspace_id.in_(ids))
    for id_, kind, count in connection.execute(counts.group_by(e.workspace_id, e.kind)):
        happened[id_][kind] = count
    ends = e.kind.in_((*ENDED, "judged"))
    last = select(func.max(e.id)).where(e.workspace_id.in_(ids), ends).group_by(e.workspace_id)
    endings = connection.execute(select(events).where(e.id.in_(last)))
    revisions = func.count(d.revision.distinct()).label("revisions")
    kept = select(d.workspace_id, revisions, func.max(d.revision).label("newest"))
    kept = kept.where(d.workspace_id.in_(ids), d.refused.is_(False)).group_by(d.workspace_id)
    newest = (one for row in rows if row.state == CONSULTING for one in asked[row.id].get(row.rounds, []))
    return Surroundings(
        asked=asked,
        questions=rows_by_id(connection, questions, {row.question_id for row in (*rows, *below)}),
        transcripts=rows_by_id(connection, transcripts, {row.transcript_id for row in rows} - {None}),
        events=happened,
        endings={row.workspace_id: row for row in endings},
        drafts={row.workspace_id: row for row in connection.execute(kept)},
        below=_people_below(connection, {one.key for one in newest if one.answer is None}, of_people),
    )


def _people_below(connection: Connection, keys: set[str], of_people: set[int]) -> dict[tuple[int, str], Row[Any]]:
    """The workspaces in which people answer what is asked; where a model is asked, a root is none of them."""
    w = workspaces.c
    below: dict[tuple[int, str], Row[Any]] = {}
    for some in portions(sorted(keys)):
        query = select(*w).where(w.key.in_(some))
        for row in connection.execute(query):
            if not row.root or row.project_id in of_people:
                below[row.project_id, row.key] = row
    return below
