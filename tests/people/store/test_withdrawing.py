"""What is taken back: who built on it is told, nobody works for nobody, and given anew it is as it was."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from hch.people.store.acting import Receipt
from hch.people.store.answers import answer_waiting, change_rules, waiting_for_model
from hch.people.store.database import Database
from hch.people.store.desk import release, take_this
from hch.people.store.drafts import latest_draft, save_draft
from hch.people.store.items import CANCELLED, CONSULTING, OPEN, RATE, Item
from hch.people.store.judging import Verdict, give_verdict
from hch.people.store.posting import post, post_roots
from hch.people.store.projects import Rules, make_project
from hch.people.store.refusals import Refusal, Writing
from hch.people.store.tables import events, transcripts, workspaces
from hch.people.store.withdrawing import withdraw
from hch.types import Answer, Ask, Pass, Question, Reply
from tests.people.store.crew import TOWN, Crew


def take_back(crew: Crew, name: str, id_: int) -> Refusal | None:
    return crew.store.write(withdraw, crew.people[name], id_, crew.now)


def draft_of(crew: Crew, name: str, id_: int) -> Writing:
    result = crew.store.read(latest_draft, crew.people[name], id_)
    assert result is not None
    return result.content


def told(crew: Crew, kind: str) -> list[dict[str, Any]]:
    query = select(events.c.data).where(events.c.kind == kind).order_by(events.c.id)
    return crew.store.read(lambda connection: list(connection.execute(query).scalars()))


def state(crew: Crew, id_: int) -> str:
    return crew.item(id_).state


def ending(item: Item) -> tuple[Any, ...]:
    return item.state, item.text, item.transcript, item.workspace


def test_through_several_levels_all_get_back_what_they_wrote_and_then_end_as_before(store: Database) -> None:
    crew = Crew(store, people=("ann", "bob", "cy", "dee", "eve"))
    crew.begin(Rules(depth=4))
    names = ("ann", "bob", "cy", "dee")
    ids = [crew.does(name, Ask((f"question of {name}?",))) for name in names]
    leaf = crew.does("eve", Reply("the leaf"))
    for name in reversed(names):
        crew.does(name, Pass("cannot say") if name == "cy" else Reply(f"{name} says so"))
    before = [ending(crew.item(id_)) for id_ in [*ids, leaf]]
    assert take_back(crew, "eve", leaf) is None
    assert [state(crew, id_) for id_ in ids] == [CONSULTING] * 4
    assert crew.item(ids[3]).pending[0].answer is None
    assert [draft_of(crew, name, id_) for name, id_ in zip(names, ids, strict=True)] == [
        Writing("ann says so"),
        Writing("bob says so"),
        Writing(reason="cannot say"),
        Writing("dee says so"),
    ]
    assert not crew.problems()
    crew.act("eve", leaf, Reply("the leaf"))
    for name, id_ in zip(reversed(names), reversed(ids), strict=True):
        assert crew.item(id_).stale
        crew.act(name, id_, Pass("cannot say") if name == "cy" else Reply(f"{name} says so"))
    assert [ending(crew.item(id_)) for id_ in [*ids, leaf]] == before
    stored = store.read(lambda connection: len(list(connection.execute(select(transcripts.c.id)))))
    assert stored == 5, "what is given anew and equal is the same"
    assert not crew.problems()


def test_what_was_asked_after_it_is_dropped_and_told(store: Database) -> None:
    crew = Crew(store)
    (root,) = crew.begin(Rules(consultations=5))
    crew.does("ann", Ask(("first?",)))
    first = crew.does("bob", Reply("1"))
    crew.does("ann", Ask(("second?", "third?")))
    second = crew.does("cy", Reply("2"))
    third = second + 1
    assert take_back(crew, "bob", first) is None
    item = crew.item(root)
    assert (item.state, item.stale, len(item.workspace.rounds)) == (CONSULTING, True, 0)
    assert item.workspace.budget is not None
    (stale,) = told(crew, "stale")
    assert [one["round"] for one in stale["dropped"]] == [1, 1]
    assert stale["answer"]["text"] == "1"
    assert state(crew, third) == CANCELLED, "nobody waits for it any more, and nobody has begun on it"
    assert not crew.problems()
    crew.act("bob", first, Reply("one"))
    crew.does("ann", Ask(("second?", "third?")))
    assert [pending.answer is not None for pending in crew.item(root).pending] == [True, False]
    assert crew.does("dee", Reply("3")) == third, "what is asked anew is before people again"
    assert state(crew, root) == OPEN
    assert not crew.problems()


def test_an_answer_that_was_on_its_way_is_only_waited_for_again(store: Database) -> None:
    crew = Crew(store)
    (root,) = crew.begin(Rules())
    crew.does("ann", Ask(("first?", "second?")))
    first = crew.does("bob", Reply("1"))
    before = crew.item(root)
    assert take_back(crew, "bob", first) is None
    item = crew.item(root)
    assert (item.state, item.stale, item.revision) == (CONSULTING, False, before.revision)
    assert [pending.answer for pending in item.pending] == [None, None]
    (gone,) = told(crew, "answer gone")
    assert gone["answer"]["text"] == "1"
    assert not crew.problems()


def test_who_passed_before_all_answers_came_and_takes_that_back_waits_for_them_again(store: Database) -> None:
    crew = Crew(store)
    (root,) = crew.begin(Rules())
    crew.does("ann", Ask(("first?", "second?")))
    first = crew.take("bob")
    assert first is not None
    crew.act("ann", root, Pass("too slow"))
    second = first + 1
    assert (state(crew, root), state(crew, first), state(crew, second)) == ("passed", OPEN, CANCELLED)
    assert crew.take("cy") is None
    crew.act("bob", first, Reply("1"))
    assert take_back(crew, "ann", root) is None
    item = crew.item(root)
    assert (item.state, item.holder) == (CONSULTING, crew.people["ann"])
    assert draft_of(crew, "ann", root) == Writing(reason="too slow")
    assert [pending.answer is not None for pending in item.pending] == [True, False]
    assert not crew.problems()
    assert crew.does("cy", Reply("2")) == second
    assert isinstance(crew.act("ann", root, Reply("both")), Receipt)
    assert not crew.problems()


def answered_too_late(store: Database) -> tuple[Crew, int, int]:
    """Ann has asked, and passed before Bob answered: the crew, her workspace and his."""
    crew = Crew(store)
    (root,) = crew.begin(Rules())
    crew.does("ann", Ask(("first?",)))
    first = crew.take("bob")
    assert first is not None
    crew.act("ann", root, Pass("too slow"))
    crew.act("bob", first, Reply("1"))
    return crew, root, first


def test_all_that_came_after_the_pass_is_there_at_once_when_it_is_taken_back(store: Database) -> None:
    crew, root, _ = answered_too_late(store)
    ended = crew.item(root)
    assert (ended.state, ended.workspace.rounds) == ("passed", ()), "what has ended is as it ended"
    assert take_back(crew, "ann", root) is None
    item = crew.item(root)
    assert (item.state, [c.answer.text for c in item.workspace.consultations]) == (OPEN, ["1"])
    assert isinstance(crew.act("ann", root, Ask(("and then?",))), Receipt)
    assert not crew.problems()


def test_an_answer_that_comes_to_nobody_harms_nobody_who_passed(store: Database) -> None:
    crew, root, first = answered_too_late(store)
    assert take_back(crew, "bob", first) is None
    assert state(crew, root) == "passed"
    assert not crew.problems()


def test_questions_that_somebody_else_asks_too_stay_before_people(store: Database) -> None:
    crew = Crew(store, "one?", "two?")
    crew.begin(Rules(consultations=1))
    for name in ("ann", "bob"):
        crew.take(name)
    for name, id_ in (("ann", 1), ("bob", 2)):
        crew.act(name, id_, Ask(("the same?",)))
    assert take_back(crew, "ann", 1) is None
    assert crew.does("cy", Reply("yes")) == 3
    assert (state(crew, 1), state(crew, 2)) == (OPEN, OPEN)
    assert crew.item(1).workspace.rounds == ()
    assert not crew.problems()


def test_what_another_project_asks_keeps_nothing_before_people(store: Database) -> None:
    crew = Crew(store)
    (root,) = crew.begin(Rules())
    other = store.write(make_project, "other", Rules(), now=crew.now)
    (elsewhere,) = store.write(post_roots, other, [Question("Why?", TOWN)], crew.now).ids
    crew.does("ann", Ask(("the same?",)))
    store.write(take_this, crew.people["bob"], elsewhere, crew.now)
    crew.act("bob", elsewhere, Ask(("the same?",)))
    assert take_back(crew, "ann", root) is None
    below = select(workspaces.c.project_id, workspaces.c.state).where(~workspaces.c.root)
    result = store.read(lambda connection: {row.project_id: row.state for row in connection.execute(below)})
    assert result == {crew.project.id: CANCELLED, other.id: OPEN}
    assert not crew.problems()


def test_who_has_begun_on_a_question_may_end_it_though_it_was_taken_back(store: Database) -> None:
    crew = Crew(store)
    (root,) = crew.begin(Rules())
    crew.does("ann", Ask(("first?",)))
    first = crew.take("bob")
    assert first is not None
    assert take_back(crew, "ann", root) is None
    assert isinstance(crew.act("bob", first, Reply("1")), Receipt)
    crew.act("ann", root, Ask(("first?",)))
    assert (state(crew, root), [c.answer.text for c in crew.item(root).workspace.consultations]) == (OPEN, ["1"])
    assert not crew.problems()


def test_what_nobody_asks_any_more_cannot_be_worked_on(store: Database) -> None:
    crew = Crew(store)
    (root,) = crew.begin(Rules())
    crew.does("ann", Ask(("first?",)))
    assert take_back(crew, "ann", root) is None
    bob, first = crew.people["bob"], root + 1
    refused = store.write(take_this, bob, first, crew.now)
    assert isinstance(refused, Refusal)
    assert (refused.why, refused.message) == ("ended", "Nobody waits for this any more.")
    kept = store.write(save_draft, bob, first, 0, Writing("a thought"), now=crew.now)
    assert isinstance(kept, Refusal)
    assert (kept.why, kept.yours) == ("ended", Writing("a thought"))
    assert not crew.problems()


def test_whoever_put_back_what_waits_and_takes_the_questions_back_has_it_again(store: Database) -> None:
    crew = Crew(store)
    (root,) = crew.begin(Rules())
    crew.does("ann", Ask(("first?",)))
    store.write(release, crew.people["ann"], root, crew.now)
    assert take_back(crew, "ann", root) is None
    assert (state(crew, root), crew.item(root).holder) == (OPEN, crew.people["ann"])
    assert isinstance(crew.act("ann", root, Reply("so")), Receipt)


def test_a_model_that_answers_a_question_which_was_taken_back_does_not_answer_the_next(store: Database) -> None:
    crew = Crew(store)
    (root,) = crew.begin(Rules(other_side="model"))
    crew.does("ann", Ask(("first?",)))
    (slow,) = store.read(waiting_for_model, crew.project.id)
    assert take_back(crew, "ann", root) is None
    crew.act("ann", root, Ask(("another?",)))
    assert not store.write(answer_waiting, slow, Answer("to the first", by="model"), crew.now)
    assert crew.item(root).pending[0].answer is None
    (asked,) = store.read(waiting_for_model, crew.project.id)
    assert store.write(answer_waiting, asked, Answer("to another", by="model"), crew.now)
    assert [c.answer.text for c in crew.item(root).workspace.consultations] == ["to another"]


def test_a_model_that_answers_after_h_has_passed_changes_nothing(store: Database) -> None:
    crew = Crew(store)
    (root,) = crew.begin(Rules(other_side="model"))
    crew.does("ann", Ask(("first?",)))
    (asked,) = store.read(waiting_for_model, crew.project.id)
    crew.act("ann", root, Pass("too slow"))
    assert store.read(waiting_for_model, crew.project.id) == []
    assert not store.write(answer_waiting, asked, Answer("late", by="model"), crew.now)
    assert take_back(crew, "ann", root) is None
    assert store.read(waiting_for_model, crew.project.id) == [asked]
    assert store.write(answer_waiting, asked, Answer("in time", by="model"), crew.now)
    assert state(crew, root) == OPEN
    assert not crew.problems()


def test_an_answer_is_no_longer_judged_and_is_again_when_it_is_given_anew(store: Database) -> None:
    crew = Crew(store)
    crew.join("jo", "judge")
    (root,) = crew.begin(Rules(judging="rate"))
    crew.does("ann", Reply("so"))
    verdict = crew.take("jo", RATE)
    assert verdict is not None
    assert take_back(crew, "ann", root) is None
    assert (state(crew, verdict), crew.item(verdict).holder) == (CANCELLED, None)
    refused = store.write(give_verdict, crew.people["jo"], verdict, Verdict(rating=1), "t", now=crew.now)
    assert isinstance(refused, Refusal)
    assert refused.why == "ended"
    assert crew.take("jo", RATE) is None
    assert not crew.problems()
    crew.act("ann", root, Reply("so"))
    assert crew.take("jo", RATE) == verdict
    store.write(give_verdict, crew.people["jo"], verdict, Verdict(rating=1), "t", now=crew.now)
    assert take_back(crew, "ann", root) is None
    assert state(crew, verdict) == "answered", "what was judged stays so"
    crew.act("ann", root, Reply("otherwise"))
    assert crew.take("jo", RATE) is None, "jo has judged an answer to this question"
    assert not crew.problems()


def test_a_verdict_can_be_taken_back_too(store: Database) -> None:
    crew = Crew(store)
    crew.join("jo", "judge")
    crew.begin(Rules(judging="rate"))
    crew.does("ann", Reply("so"))
    verdict = crew.take("jo", RATE)
    assert verdict is not None
    jo = crew.people["jo"]
    store.write(give_verdict, jo, verdict, Verdict(rating=1), "t", now=crew.now)
    assert take_back(crew, "jo", verdict) is None
    store.write(give_verdict, jo, verdict, Verdict(rating=9), "t2", now=crew.now)
    assert crew.item(verdict).text == "9"
    assert not crew.problems()


def test_the_same_question_twice_in_one_round_is_answered_and_taken_back_in_both_places(store: Database) -> None:
    crew = Crew(store)
    (root,) = crew.begin(Rules(consultations=2))
    crew.does("ann", Ask(("first?", "first?")))
    first = crew.does("bob", Reply("1"))
    assert [c.answer.text for c in crew.item(root).workspace.consultations] == ["1", "1"]
    assert take_back(crew, "bob", first) is None
    assert [pending.answer for pending in crew.item(root).pending] == [None, None]
    assert not crew.problems()
    crew.act("bob", first, Reply("one"))
    assert [c.answer.text for c in crew.item(root).workspace.consultations] == ["one", "one"]
    assert not crew.problems()


def test_a_root_that_happens_to_ask_the_same_answers_no_question_to_a_model(store: Database) -> None:
    crew = Crew(store)
    run = store.write(make_project, "run", Rules(other_side="run"), now=crew.now)
    asked = [Question(text, TOWN) for text in ("Why?", "the same?")]
    asks, same = store.write(post, run, asked, crew.now, budgets=[None, None]).ids
    store.write(take_this, crew.people["ann"], asks, crew.now)
    crew.act("ann", asks, Ask(("the same?",)))
    store.write(take_this, crew.people["bob"], same, crew.now)
    crew.act("bob", same, Reply("a person says"))
    assert crew.item(asks).pending[0].answer is None
    (waiting,) = store.read(waiting_for_model, run.id)
    store.write(answer_waiting, waiting, Answer("the model says", by="model"), crew.now)
    assert take_back(crew, "bob", same) is None
    assert [c.answer.text for c in crew.item(asks).workspace.consultations] == ["the model says"]
    assert not crew.problems()


def test_who_built_on_what_is_taken_back_is_no_longer_judged_either(store: Database) -> None:
    crew = Crew(store)
    crew.join("jo", "judge")
    (root,) = crew.begin(Rules(judging="rate"))
    crew.does("ann", Ask(("first?",)))
    first = crew.does("bob", Reply("1"))
    crew.does("ann", Reply("so, since 1"))
    verdict = crew.take("jo", RATE)
    assert verdict is not None
    assert take_back(crew, "bob", first) is None
    assert (state(crew, root), state(crew, verdict)) == (CONSULTING, CANCELLED)
    refused = store.write(give_verdict, crew.people["jo"], verdict, Verdict(rating=1), "t", now=crew.now)
    assert isinstance(refused, Refusal)
    assert not crew.problems()


def test_what_had_its_answer_stays_before_people_as_it_was(store: Database) -> None:
    crew = Crew(store)
    crew.begin(Rules(consultations=5))
    crew.does("ann", Ask(("first?",)))
    first = crew.does("bob", Reply("1"))
    crew.does("ann", Ask(("second?", "third?")))
    second, third = first + 1, first + 2
    # People have the second question before them while a model answers it: it is no longer for them that ann waits.
    store.write(change_rules, crew.project.id, Rules(consultations=5, other_side="model"), crew.now)
    answered = store.read(waiting_for_model, crew.project.id)[0]
    assert store.write(answer_waiting, answered, Answer("2", by="model"), crew.now)
    assert take_back(crew, "bob", first) is None
    assert (state(crew, second), state(crew, third)) == (OPEN, CANCELLED), "only the third lost whoever waits for it"
    assert not crew.problems()


def test_the_last_moment_of_the_time_to_take_back_is_still_in_it(store: Database) -> None:
    crew = Crew(store, "one?", "two?")
    first, second = crew.begin(Rules(withdraw_seconds=60))
    crew.does("ann", Reply("said"))
    crew.does("bob", Reply("said"))
    crew.now += 60
    assert take_back(crew, "ann", first) is None
    crew.now += 0.001
    refused = take_back(crew, "bob", second)
    assert refused is not None
    assert refused.why == "late"
    assert (state(crew, first), state(crew, second)) == (OPEN, "answered")


@pytest.mark.parametrize("action", [Reply("at once"), Ask(("third?",))])
def test_nobody_acts_but_to_pass_while_answers_are_out(store: Database, action: Ask | Reply) -> None:
    crew = Crew(store)
    (root,) = crew.begin(Rules(consultations=5))
    crew.does("ann", Ask(("first?", "second?")))
    for name in ("bob", "cy"):
        refused = crew.act("ann", root, action)
        assert isinstance(refused, Refusal)
        assert refused.why == "stale"
        assert state(crew, root) == CONSULTING
        crew.does(name, Reply(f"{name} says"))
    assert isinstance(crew.act("ann", root, action), Receipt)
    assert not crew.problems()
