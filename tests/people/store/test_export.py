from __future__ import annotations

import itertools
import json

import msgspec
import pytest

from hch.people.store import queries
from hch.people.store.acting import submit
from hch.people.store.answers import change_rules
from hch.people.store.content import get_transcripts, put_transcript
from hch.people.store.database import Database
from hch.people.store.drafts import save_draft
from hch.people.store.export import Exported, count_current, count_stored, current_transcripts, read_stored_transcripts
from hch.people.store.posting import post_roots
from hch.people.store.projects import Rules
from hch.people.store.refusals import Writing
from hch.people.store.withdrawing import withdraw
from hch.types import Answer, Ask, Budget, Consultation, Outcome, Pass, Question, Reply, Transcript
from tests.people.store.teams import BOOK, Team


@pytest.fixture
def team(store: Database) -> Team:
    return Team(store)


def current(store: Database, project: int | None = None) -> list[Exported]:
    with store.reading() as connection:
        return list(current_transcripts(connection, project))


def stored(store: Database) -> list[Exported]:
    with store.reading() as connection:
        return list(read_stored_transcripts(connection))


def whole(store: Database, exported: Exported) -> Transcript:
    """The same transcript by the other way out of the store, without what lies below it."""
    result = store.read(get_transcripts, [exported.id])[exported.id]
    rounds = tuple(
        tuple(Consultation(c.question, msgspec.structs.replace(c.answer, transcript=None)) for c in round_)
        for round_ in result.rounds
    )
    return msgspec.structs.replace(result, rounds=rounds)


def test_what_people_ended_is_current_in_the_order_of_their_workspaces(store: Database, team: Team) -> None:
    team.project(["Why?", "How?", "Who?"], other_side="people")
    team.project(["When?"], "another")
    team.act(1, Ask(("What is x?", "What is y?")), about="Why?")
    team.act(2, Pass("not my field"), about="How?")
    team.act(3, Reply("later"), about="Who?")
    below = [team.act(4, Reply("x is 1"), about="What is x?"), team.act(4, Pass("no y"), about="What is y?")]
    ended = team.act(1, Reply("so"), about="Why?")
    result = current(store)
    assert [entry.work.workspace for entry in result if entry.work] == [1, 2, 3, 5, 6]
    assert [str(entry.transcript.outcome) for entry in result] == [
        "answered",
        "passed",
        "answered",
        "answered",
        "passed",
    ]
    assert [entry.transcript.by for entry in result] == ["person 1", "person 2", "person 3", "person 4", "person 4"]
    assert result[0].id == ended.transcript
    assert result[0].below == ((below[0].transcript, below[1].transcript),)
    assert [entry.transcript for entry in result] == [whole(store, entry) for entry in result]
    assert store.read(count_current) == 5


def test_what_is_open_waits_or_was_withdrawn_or_made_stale_is_not_current(store: Database, team: Team) -> None:
    team.project(["Why?"], other_side="people")
    team.act(1, Ask(("What is x?",)))
    assert current(store) == []
    given = team.act(2, Reply("x is 1"))
    first = team.act(1, Reply("because of 1"))
    assert [entry.transcript.text for entry in current(store)] == ["because of 1", "x is 1"]
    assert store.write(withdraw, 2, given.workspace, team.tick()) is None
    assert current(store) == []
    team.act(2, Reply("x is 2"), about="What is x?")
    assert [entry.transcript.text for entry in current(store)] == ["x is 2"]
    second = team.act(1, Reply("because of 2"))
    result = current(store)
    assert [entry.transcript.text for entry in result] == ["because of 2", "x is 2"]
    assert {first.transcript, given.transcript} & {entry.id for entry in result} == set()
    everything = stored(store)
    assert len(everything) == store.read(count_stored) == 4
    assert {entry.id for entry in everything if entry.work is not None} == {entry.id for entry in result}
    assert second.transcript in {entry.id for entry in everything}


def test_one_project_can_be_had_alone(store: Database, team: Team) -> None:
    one, two = team.project(["Why?"], "one"), team.project(["How?"], "two")
    team.act(1, Reply("because"), one.id)
    team.act(2, Reply("so"), two.id)
    assert [entry.work.project for entry in current(store) if entry.work] == ["one", "two"]
    assert [entry.transcript.text for entry in current(store, two.id)] == ["so"]
    assert store.read(count_current, two.id) == 1


def test_verdicts_are_no_transcripts(store: Database) -> None:
    team = Team(store, answerers=1, judges=1)
    team.project(["Why?"], judging="rate")
    team.act(1, Reply("because"))
    from hch.people.store.judging import Verdict

    team.judge(2, Verdict(rating=7))
    assert [entry.transcript.text for entry in current(store)] == ["because"]


def test_a_transcript_tells_how_it_was_made(store: Database, team: Team) -> None:
    project = team.project([], suggest=True, other_side="model")
    store.write(post_roots, project, [Question("Why?", BOOK)], 1.0, ["the known answer"])
    item = team.take(1)
    from sqlalchemy import update

    from hch.people.store.desk import record_shown
    from hch.people.store.tables import workspaces

    store.write(record_shown, 1, item.id, "all of it", 1010.0)
    store.write(lambda c: c.execute(update(workspaces).values(suggestion="because")))
    store.write(save_draft, 1, item.id, 0, Writing("becau"), now=1015.0)
    store.write(submit, 1, item.id, Reply("because!"), "t", now=1020.0, revision=0, draft_revision=1)
    (exported,) = current(store)
    work = exported.work
    assert work is not None
    assert (work.project, work.person, work.root, work.workspace) == ("demo", 1, True, item.id)
    assert (work.created_at, work.shown_at, work.ended_at) == (1.0, 1010.0, 1020.0)
    assert work.active_seconds == 1020.0 - team.now
    assert (work.drafts, work.suggestion, work.edits_from_suggestion) == (1, "because", 1)
    assert work.begun == Budget(depth=1, consultations=20)


def test_the_rules_are_those_that_were_in_force_when_it_ended(store: Database, team: Team) -> None:
    project = team.project(["Why?", "How?"], view="nothing")
    team.act(1, Reply("because"))
    store.write(change_rules, project.id, Rules(view="everything"), team.tick())
    team.act(1, Reply("so"))
    assert [entry.work.rules.view for entry in current(store) if entry.work] == ["nothing", "everything"]


def test_each_step_is_the_workspace_that_the_person_had_before_them(store: Database, team: Team) -> None:
    project = team.project(["Why?"], other_side="model", consultations=5, words=100)
    before = []
    for action in (Ask(("What is x?", "What is y?"), (None, 2)), Ask(("Really?",)), Pass("I am lost")):
        item = team.take(1)
        before.append((item.workspace, action))
        team.act_in(item, 1, action)
        if isinstance(action, Ask):
            team.model_answers(project.id, *[f"three words for {text}" for text in action.texts])
    (exported,) = current(store)
    steps = list(exported.steps())
    assert [action for _, action in steps] == [action for _, action in before]
    assert [workspace.budget for workspace, _ in steps] == [workspace.budget for workspace, _ in before]
    assert [[(c.question.text, c.answer) for c in workspace.consultations] for workspace, _ in steps] == [
        [(c.question.text, c.answer) for c in workspace.consultations] for workspace, _ in before
    ]


def test_what_a_model_made_is_had_with_all_that_is_stored(store: Database) -> None:
    below = Transcript(Question("sub?", BOOK), (), Outcome.FAILED, "", "it broke", "H")
    answer = Answer("", Outcome.FAILED, "H", "it broke", transcript=below)
    root = Transcript(
        Question("root?", BOOK, 3), ((Consultation(Question("sub?", BOOK), answer),),), Outcome.ANSWERED, "x", "", "M"
    )
    id_ = store.write(put_transcript, root, 5.0)
    result = {entry.id: entry for entry in stored(store)}
    assert len(result) == 2
    assert result[id_].work is None
    assert result[id_].stored_at == 5.0
    assert result[id_].transcript == whole(store, result[id_])
    assert [type(action) for _, action in result[id_].steps()] == [Ask, Reply]
    assert current(store) == []


@pytest.mark.parametrize("number", [4, 5, 6, 11])
def test_none_is_lost_or_doubled_between_one_batch_and_the_next(
    store: Database, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "ROWS_AT_ONCE", 5)
    team = Team(store, answerers=1)
    team.project([f"Why {place}?" for place in range(number)])
    for place in range(number):
        team.act(1, Reply(f"because {place}"))
    assert [entry.transcript.text for entry in current(store)] == [f"because {place}" for place in range(number)]
    assert len({entry.id for entry in stored(store)}) == len(stored(store)) == number


def test_what_happens_meanwhile_neither_fails_nor_shows(
    store: Database, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "ROWS_AT_ONCE", 5)
    team.project([f"Why {place}?" for place in range(10)])
    for _ in range(8):
        team.act(1, Reply("because"))
    with store.reading() as connection:
        result = current_transcripts(connection)
        first = list(itertools.islice(result, 5))
        team.act(1, Reply("too late"))
        team.project(["How?"], "another")
        rest = list(result)
    assert [entry.transcript.text for entry in first + rest] == ["because"] * 8
    assert len(current(store)) == 9


def test_who_did_something_is_a_number_and_never_a_name(store: Database, team: Team) -> None:
    from hch.people.store.rows import transcript_row

    team.project(["Why?"])
    team.act(1, Reply("because"))
    (exported,) = current(store)
    assert "Person called" not in json.dumps(transcript_row(exported))
