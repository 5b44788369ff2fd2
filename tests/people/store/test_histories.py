"""What happened to a workspace, in order and whole; and what else came of its question."""

from __future__ import annotations

from itertools import pairwise

from sqlalchemy import update

from hch.people.store.content import put_transcript
from hch.people.store.database import Database
from hch.people.store.desk import record_shown, skip, take_this, touch
from hch.people.store.drafts import save_draft
from hch.people.store.histories import DRAFT, REFUSED, Step, history, versions, workspaces_of
from hch.people.store.items import load_item
from hch.people.store.judging import Verdict
from hch.people.store.refusals import NOTHING_WRITTEN, Writing
from hch.people.store.tables import workspaces
from hch.people.store.withdrawing import withdraw
from hch.types import Ask, Question, Reply
from tests.people.store.teams import BOOK, Team
from tests.people.store.trees import tree


def steps(store: Database, workspace: int) -> list[Step]:
    return store.read(history, workspace, range(1000)).steps


def kinds(store: Database, workspace: int) -> list[str]:
    return [step.kind for step in steps(store, workspace)]


def test_a_history_tells_who_did_what_in_order(store: Database) -> None:
    team = Team(store)
    team.project(["why?"])
    team.act(1, Ask(("how?", "when?")))
    team.act(2, Reply("so"))
    team.act(3, Reply("now"))
    team.act(1, Reply("because"))
    told = steps(store, 1)
    happened = [(step.kind, step.person) for step in told if step.kind != DRAFT]
    assert happened == [
        ("posted", None),
        ("taken", 1),
        ("asked", 1),
        ("answer came", None),
        ("answer came", None),
        ("consulted", None),
        ("answered", 1),
    ]
    assert all(before.at <= after.at for before, after in pairwise(told))
    asked = next(step for step in told if step.kind == "asked")
    assert asked.questions == ("how?", "when?")
    came = [step.questions for step in told if step.kind == "answer came"]
    assert sorted(came) == [("how?",), ("when?",)]
    assert next(step.said for step in told if step.kind == "answered") == "because"


def test_what_was_shown_is_told_exactly(store: Database) -> None:
    team = Team(store)
    team.project(["why?"])
    team.take(1)
    store.write(record_shown, 1, 1, "exactly\nthis \x00 \ud800", team.tick())
    assert [step.shown for step in steps(store, 1) if step.kind == "shown"] == ["exactly\nthis \x00 \ud800"]


def test_every_draft_is_there_with_the_one_it_was_made_from_and_refused_ones_too(store: Database) -> None:
    team = Team(store)
    team.project(["why?"])
    team.take(1)
    store.write(save_draft, 1, 1, 0, Writing("one"), now=team.tick())
    store.write(save_draft, 1, 1, 1, Writing("two"), now=team.tick())
    store.write(save_draft, 1, 1, 1, Writing("from an old page"), now=team.tick())
    written = [step for step in steps(store, 1) if step.kind in (DRAFT, REFUSED)]
    assert [(step.kind, step.revision, step.draft, step.before) for step in written] == [
        (DRAFT, 1, Writing("one"), None),
        (DRAFT, 2, Writing("two"), Writing("one")),
        (REFUSED, 2, Writing("from an old page"), Writing("two")),
    ]
    item = store.read(load_item, 1)
    assert item is not None
    team.act_in(item, 1, Reply("two"))
    emptied = [step for step in steps(store, 1) if step.kind == DRAFT][-1]
    assert (emptied.draft, emptied.before) == (NOTHING_WRITTEN, Writing("two"))


def test_pauses_skips_and_their_reasons_are_told(store: Database) -> None:
    team = Team(store)
    team.project(["why?"])
    team.take(1)
    store.write(touch, 1, 1, team.tick(), paused=True)
    store.write(touch, 1, 1, team.tick())
    store.write(skip, 1, 1, "too long for me", team.tick())
    assert kinds(store, 1) == ["posted", "taken", "paused", "resumed", "skipped"]
    assert steps(store, 1)[-1].data["reason"] == "too long for me"


def test_a_withdrawal_and_what_it_left_stale_are_told(store: Database) -> None:
    team = Team(store)
    team.project(["why?"])
    team.act(1, Ask(("how?",)))
    below = team.act(2, Reply("so"))
    team.act(1, Reply("because"))
    store.write(withdraw, 2, below.workspace, team.tick())
    (taken_back,) = (step for step in steps(store, below.workspace) if step.kind == "withdrawn")
    assert (taken_back.person, taken_back.data["text"]) == (2, "so")
    (stale,) = (step for step in steps(store, 1) if step.kind == "stale")
    assert (stale.questions, stale.data["answer"]["text"], stale.data["text"]) == (("how?",), "so", "because")


def test_a_verdict_belongs_to_the_history_of_what_was_judged(store: Database) -> None:
    team = Team(store, judges=1)
    team.project([Question("why?", BOOK)], copies=2, judging="choose")
    team.act(1, Reply("one"))
    team.act(2, Reply("another"))
    team.judge(5, Verdict(choice=0))
    for workspace in (1, 2):
        (judged,) = (step for step in steps(store, workspace) if step.kind == "judged")
        assert (judged.person, judged.workspace, judged.data["sources"]) == (5, 3, [1, 2])
    assert "judged" in kinds(store, 3)


def test_a_history_comes_in_pages(store: Database) -> None:
    team = Team(store)
    team.project(["why?"])
    team.take(1)
    for number in range(30):
        store.write(save_draft, 1, 1, number, Writing(f"draft {number}"), now=team.tick())
    first, second = (store.read(history, 1, range(start, start + 20)) for start in (0, 20))
    assert (first.total, second.total, len(first.steps), len(second.steps)) == (32, 32, 20, 12)
    assert [*first.steps, *second.steps] == steps(store, 1)


def test_the_answer_that_was_suggested_is_told_with_how_far_from_it_the_reply_is(store: Database) -> None:
    team = Team(store)
    team.project(["why?"])
    store.write(lambda connection: connection.execute(update(workspaces).values(suggestion="because")).rowcount)
    team.act(1, Reply("because!"))
    assert store.read(history, 1, range(10)).suggestion == "because"
    assert steps(store, 1)[-1].kind == DRAFT
    answered = next(step for step in steps(store, 1) if step.kind == "answered")
    assert answered.data["edits_from_suggestion"] == 1


def test_what_never_was_has_no_history(store: Database) -> None:
    result = store.read(history, 77, range(10))
    assert (result.total, result.steps, result.suggestion) == (0, [], None)


def test_a_transcript_leads_to_the_workspace_it_was_made_in_even_after_its_withdrawal(store: Database) -> None:
    team = Team(store)
    team.project(["why?"])
    receipt = team.act(1, Reply("because"))
    assert receipt.transcript is not None
    assert store.read(workspaces_of, receipt.transcript) == [1]
    store.write(withdraw, 1, 1, team.tick())
    assert store.read(workspaces_of, receipt.transcript) == [1]
    assert store.read(workspaces_of, store.write(put_transcript, tree("a model's"))) == []


def test_all_that_came_of_a_question_is_listed_newest_first(store: Database) -> None:
    team = Team(store)
    team.project([Question("why?", BOOK)], copies=2)
    early = team.act(1, Reply("one"))
    other = team.act(2, Reply("another"))
    store.write(withdraw, 1, early.workspace, team.tick())
    store.write(take_this, 1, early.workspace, team.tick())
    item = store.read(load_item, early.workspace)
    assert item is not None
    anew = team.act_in(item, 1, Reply("one, given anew"))
    result = store.read(versions, item.subject)
    assert [(one.transcript, one.current, one.person) for one in result] == [
        (anew.transcript, True, 1),
        (other.transcript, True, 2),
        (early.transcript, False, 1),
    ]
    assert [version.sample_index for version in result] == ["0", "1", "0"]
    assert [one.text for one in store.read(versions, item.subject, 1)] == ["one, given anew"]
