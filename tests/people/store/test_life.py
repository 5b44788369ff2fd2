"""What happens to a workspace from when it is posted to when it is over, in SQLite and in PostgreSQL."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from hch.people.store.acting import Receipt
from hch.people.store.content import get_questions, get_transcripts, put_questions, put_transcript, question_id
from hch.people.store.database import Database
from hch.people.store.desk import LONGEST_GAP_SECONDS, record_shown, release, skip, take_this, touch
from hch.people.store.drafts import draft_history, latest_draft
from hch.people.store.items import CHOOSE, CONSULTING, OPEN, RATE
from hch.people.store.judging import Judged, Verdict, give_verdict
from hch.people.store.projects import Rules
from hch.people.store.refusals import Refusal, Writing
from hch.people.store.tables import contexts, drafts, events, shown, transcripts
from hch.people.store.withdrawing import withdraw
from hch.types import Answer, Ask, Consultation, Context, Outcome, Pass, Question, Reply, Transcript
from tests.people.store.crew import TOWN, Crew


def why(refused: object) -> str:
    assert isinstance(refused, Refusal), refused
    return refused.why


def kinds(store: Database, workspace: int) -> list[str]:
    query = select(events.c.kind).where(events.c.workspace_id == workspace).order_by(events.c.id)
    return store.read(lambda c: list(c.execute(query).scalars()))


def test_two_people_never_hold_the_same(store: Database) -> None:
    crew = Crew(store, "one?", "two?")
    crew.begin(Rules())
    taken = [crew.take(name) for name in ("ann", "bob", "cy")]
    assert taken == [1, 2, None]
    assert crew.take("ann") == 1
    assert crew.item(1).holder == crew.people["ann"]


def test_a_lease_runs_out_and_signs_of_life_renew_it(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules(lease_seconds=100))
    crew.take("ann")
    crew.now += 90
    store.write(touch, crew.people["ann"], id_, crew.now)
    crew.now += 90
    assert crew.take("bob") is None
    crew.now += 20
    assert crew.take("bob") == id_
    assert kinds(store, id_)[-2:] == ["lease expired", "taken"]
    assert store.write(touch, crew.people["ann"], id_, crew.now) is None
    assert why(crew.act("ann", id_, Reply("late"))) == "held"


def test_a_lease_that_ran_out_and_that_nobody_took_is_still_ones_own(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules(lease_seconds=100))
    crew.take("ann")
    crew.now += 5000
    assert isinstance(crew.act("ann", id_, Reply("slow but sure")), Receipt)


def test_whoever_takes_over_sees_what_was_asked_and_not_the_draft(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules(other_side="model", lease_seconds=100))
    crew.take("ann")
    crew.draft("ann", id_, 0, "what ann thinks")
    crew.now += 200
    assert crew.take("bob") == id_
    assert store.read(latest_draft, crew.people["bob"], id_) is None
    mine = store.read(latest_draft, crew.people["ann"], id_)
    assert mine is not None
    assert mine.content.reply == "what ann thinks"


def test_a_stale_draft_is_refused_with_both_texts_and_both_are_kept(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules())
    crew.take("ann")
    crew.draft("ann", id_, 0, "in the first tab")
    refused = crew.draft("ann", id_, 0, "in the second tab")
    assert why(refused) == "stale"
    assert isinstance(refused, Refusal)
    assert (refused.current.reply, refused.yours.reply) == ("in the first tab", "in the second tab")
    rows = store.read(lambda c: [(row.content["reply"], row.refused) for row in c.execute(select(drafts))])
    assert sorted(rows) == [("in the first tab", False), ("in the second tab", True)]


def test_the_same_draft_twice_is_one(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules())
    crew.take("ann")
    assert crew.draft("ann", id_, 0, "text") == crew.draft("ann", id_, 0, "text")
    assert len(store.read(draft_history, crew.people["ann"], id_)) == 1


def test_a_submission_sent_twice_counts_once(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules())
    crew.take("ann")
    known = crew.item(id_)
    first = crew.act("ann", id_, Reply("because"), "token", known)
    assert first == crew.act("ann", id_, Reply("because"), "token", known)
    assert kinds(store, id_).count("answered") == 1


def test_anothers_token_is_nothing_to_anybody(store: Database) -> None:
    crew = Crew(store, "one?", "two?")
    crew.begin(Rules())
    crew.take("ann"), crew.take("bob")
    mine, theirs = crew.act("ann", 1, Reply("a"), "same"), crew.act("bob", 2, Reply("b"), "same")
    assert isinstance(mine, Receipt)
    assert isinstance(theirs, Receipt)
    assert mine.workspace != theirs.workspace


def test_who_acts_on_what_is_no_longer_so_is_told_and_keeps_the_text(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules(other_side="model"))
    crew.take("ann")
    known = crew.item(id_)
    crew.draft("ann", id_, 0, "newer")
    refused = crew.act("ann", id_, Reply("older"), known=known)
    assert why(refused) == "stale"
    assert isinstance(refused, Refusal)
    assert (refused.current.reply, refused.yours.reply) == ("newer", "older")
    rows = store.read(lambda c: [row.content["reply"] for row in c.execute(select(drafts).where(drafts.c.refused))])
    assert rows == ["older"]


@pytest.mark.parametrize("action", [Ask(()), Ask(("  ",)), Reply(" \n")])
def test_what_says_nothing_is_refused(store: Database, action: Ask | Reply) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules())
    crew.take("ann")
    assert why(crew.act("ann", id_, action)) == "empty"


def test_what_people_ask_goes_to_others_and_comes_back(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules(depth=1, consultations=5))
    crew.does("ann", Ask(("Which is older?", "How old is it?")))
    assert crew.item(id_).state == CONSULTING
    assert crew.take("ann") is None, "nobody answers what they have asked"
    first = crew.does("bob", Reply("the one of stone"))
    assert [pending.answer is not None for pending in crew.item(id_).pending] == [True, False]
    crew.does("cy", Reply("300 years"))
    item = crew.item(id_)
    assert item.state == OPEN
    assert [c.answer.text for c in item.workspace.consultations] == ["the one of stone", "300 years"]
    assert item.workspace.budget is not None
    assert item.workspace.budget.consultations == 3
    assert crew.item(first).workspace.budget is not None
    assert not crew.problems()


def test_who_is_alone_may_answer_what_they_asked(store: Database) -> None:
    crew = Crew(store, people=("ann",))
    crew.begin(Rules())
    crew.does("ann", Ask(("Which?",)))
    assert crew.take("ann") == 2


def test_the_last_permitted_question_counts_and_the_next_is_refused(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules(other_side="model", consultations=2))
    crew.take("ann")
    assert why(crew.act("ann", id_, Ask(("a", "b", "c")))) == "budget"
    assert isinstance(crew.act("ann", id_, Ask(("a", "b"))), Receipt)


def test_nobody_asks_below_the_last_level_and_so_no_circle_is_endless(store: Database) -> None:
    crew = Crew(store, "A?")
    crew.begin(Rules(depth=2))
    crew.does("ann", Ask(("B?",)))
    crew.does("bob", Ask(("A?",)))
    id_ = crew.take("cy")
    assert id_ is not None
    assert why(crew.act("cy", id_, Ask(("B?",)))) == "budget"
    assert isinstance(crew.act("cy", id_, Pass("it leads back to itself")), Receipt)
    crew.does("bob", Reply("b"))
    crew.does("ann", Reply("a"))
    assert crew.item(1).state == Outcome.ANSWERED
    assert not crew.problems()


def test_two_who_ask_the_same_share_the_answer(store: Database) -> None:
    crew = Crew(store, "one?", "two?")
    crew.begin(Rules(consultations=1))
    assert [crew.take("ann"), crew.take("bob")] == [1, 2]
    for name, id_ in (("ann", 1), ("bob", 2)):
        assert isinstance(crew.act(name, id_, Ask(("the same?",))), Receipt)
    crew.does("cy", Reply("yes"))
    assert crew.take("cy") is None
    assert [crew.item(id_).workspace.consultations[0].answer.text for id_ in (1, 2)] == ["yes", "yes"]


def test_skipped_passed_and_waiting_are_different(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules())
    crew.take("ann")
    store.write(skip, crew.people["ann"], id_, "not my field", crew.now)
    assert crew.item(id_).state == OPEN
    assert crew.take("ann") is None
    crew.does("bob", Pass("nobody knows"))
    item = crew.item(id_)
    assert (item.state, item.reason) == (Outcome.PASSED, "nobody knows")
    assert "skipped" in kinds(store, id_)


def test_what_is_put_back_can_be_had_again(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules())
    crew.take("ann")
    store.write(release, crew.people["ann"], id_, crew.now)
    assert crew.item(id_).holder is None
    assert crew.take("ann") == id_


def test_copies_go_to_different_people_who_do_not_see_each_other(store: Database) -> None:
    crew = Crew(store)
    ids = crew.begin(Rules(copies=3))
    assert len(ids) == 3
    crew.does("ann", Reply("a"))
    assert crew.take("ann") is None
    refused = store.write(take_this, crew.people["ann"], ids[1], crew.now)
    assert why(refused) == "held"
    assert {crew.does("bob", Reply("b")), crew.does("cy", Reply("c"))} == set(ids[1:])


def test_an_answer_can_be_taken_back_for_a_while_and_who_built_on_it_goes_on_from_there(store: Database) -> None:
    crew = Crew(store)
    (root,) = crew.begin(Rules(depth=2, withdraw_seconds=60))
    crew.does("ann", Ask(("middle?",)))
    middle = crew.does("bob", Ask(("deep?",)))
    deep = crew.does("cy", Reply("wrong"))
    crew.does("bob", Reply("built on wrong"))
    crew.does("ann", Reply("built on that"))
    crew.now += 50
    assert store.write(withdraw, crew.people["cy"], deep, crew.now) is None
    for id_, name, text in ((middle, "bob", "built on wrong"), (root, "ann", "built on that")):
        item = crew.item(id_)
        assert (item.state, item.stale, item.holder) == (CONSULTING, True, crew.people[name])
        draft = store.read(latest_draft, crew.people[name], id_)
        assert draft is not None
        assert draft.content == Writing(text)
    assert not crew.problems()
    crew.act("cy", deep, Reply("right"))
    crew.act("bob", middle, Reply("built on right"))
    crew.act("ann", root, Reply("all is right"))
    item = crew.item(root)
    assert (item.state, item.text, item.stale) == (Outcome.ANSWERED, "all is right", False)
    assert item.transcript is not None
    tree = store.read(get_transcripts, [item.transcript])[item.transcript]
    below = tree.consultations[0].answer
    assert below.transcript is not None
    assert (below.text, below.transcript.consultations[0].answer.text) == ("built on right", "right")
    assert not crew.problems()


def test_after_its_time_nothing_is_taken_back_nor_by_anybody_else(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules(withdraw_seconds=60))
    crew.does("ann", Reply("said"))
    assert why(store.write(withdraw, crew.people["bob"], id_, crew.now)) == "held"
    crew.now += 61
    assert why(store.write(withdraw, crew.people["ann"], id_, crew.now)) == "late"
    assert crew.item(id_).text == "said"


def test_questions_are_taken_back_until_one_is_answered(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules())
    crew.does("ann", Ask(("one?", "two?")))
    assert store.write(withdraw, crew.people["ann"], id_, crew.now) is None
    assert crew.take("bob") is None, "nobody waits for these any more"
    draft = store.read(latest_draft, crew.people["ann"], id_)
    assert draft is not None
    assert draft.content.asks == ("one?", "two?")
    crew.does("ann", Ask(("one?", "two?")))
    crew.does("bob", Reply("1"))
    assert why(store.write(withdraw, crew.people["ann"], id_, crew.now)) == "late"
    assert not crew.problems()


def test_time_counts_once_and_not_while_nobody_is_there(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules())
    crew.take("ann")
    ann = crew.people["ann"]
    for _ in range(4):  # two tabs, each with a sign of life every 20 seconds
        crew.now += 10
        store.write(touch, ann, id_, crew.now)
    assert crew.item(id_).active_seconds == 40
    crew.now += LONGEST_GAP_SECONDS + 1  # a closed laptop
    assert store.write(touch, ann, id_, crew.now) == 40
    crew.now += 5
    assert store.write(touch, ann, id_, crew.now, paused=True) == 45
    crew.now += 30
    assert store.write(touch, ann, id_, crew.now) == 45
    assert kinds(store, id_)[-2:] == ["paused", "resumed"]


def test_an_answer_is_judged_by_nobody_who_worked_on_it(store: Database) -> None:
    crew = Crew(store)
    crew.join("jo", "judge")
    crew.begin(Rules(judging="rate"))
    crew.does("ann", Ask(("below?",)))
    crew.does("bob", Reply("yes"))
    crew.does("ann", Reply("so it is"))
    assert crew.take("ann", RATE) is None
    assert crew.take("bob", RATE) is None
    id_ = crew.take("jo", RATE)
    assert id_ is not None
    jo = crew.people["jo"]
    assert why(store.write(give_verdict, jo, id_, Verdict(rating=11), "t", now=crew.now)) == "empty"
    done = store.write(give_verdict, jo, id_, Verdict(rating=8), "t2", now=crew.now)
    assert done == store.write(give_verdict, jo, id_, Verdict(rating=8), "t2", now=crew.now) == Judged(id_, "8")
    assert not crew.problems()


def test_of_two_the_order_on_the_page_is_kept_and_undone(store: Database) -> None:
    crew = Crew(store, "one?", "two?", "three?", "four?", "five?", "six?")
    crew.join("jo", "judge")
    crew.begin(Rules(copies=2, judging="choose"))
    for name, text in (("ann", "first"), ("bob", "second")):
        for _ in crew.questions:
            crew.does(name, Reply(text))
    orders = set()
    for _ in crew.questions:
        id_ = crew.take("jo", CHOOSE)
        assert id_ is not None
        material = crew.item(id_).material
        assert material is not None
        orders.add(tuple(material["order"]))
        shown_first = material["answers"][material["order"][0]]
        done = store.write(give_verdict, crew.people["jo"], id_, Verdict(choice=0), f"t{id_}", now=crew.now)
        assert isinstance(done, Judged)
        assert material["answers"][int(done.text)] == shown_first
    assert orders == {(0, 1), (1, 0)}


def test_what_was_shown_is_kept_word_for_word_and_once(store: Database) -> None:
    crew = Crew(store)
    (id_,) = crew.begin(Rules())
    for _ in range(2):
        store.write(record_shown, crew.people["ann"], id_, "question: Why?", crew.now)
    assert store.read(lambda c: [row.text for row in c.execute(select(shown))]) == ["question: Why?"]
    assert kinds(store, id_).count("shown") == 2


HOSTILE = [
    "\x00",
    "\ud800",
    "\udfff\ud800",
    '\x02"x"',
    "\x02",
    "'; DROP TABLE people; --",
    "\u202eabc",
    "a" * 200_000,
    "\r\n",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_is_kept_as_it_is(store: Database, text: str) -> None:
    crew = Crew(store, f"x{text}")
    (id_,) = crew.begin(Rules(other_side="model"))
    crew.take("ann")
    crew.draft("ann", id_, 0, text)
    draft = store.read(latest_draft, crew.people["ann"], id_)
    assert draft is not None
    assert draft.content.reply == text
    assert isinstance(crew.act("ann", id_, Reply(f"y{text}")), Receipt)
    item = crew.item(id_)
    assert (item.question.text, item.text) == (f"x{text}", f"y{text}")
    assert not crew.problems()


@given(st.lists(st.lists(st.text(max_size=8), max_size=3), min_size=1, max_size=4), st.text(max_size=8))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_equal_is_stored_once_and_comes_back_equal(store: Database, facts: list[list[str]], text: str) -> None:
    asked = [Question(text, Context(tuple(one)), sample_index) for one in facts for sample_index in (None, 3, -(2**70))]
    ids = [store.write(put_questions, [question])[0] for question in [*asked, *asked]]
    assert store.read(get_questions, ids) == {question_id(question): question for question in asked}
    stored = store.read(lambda c: {row.id for row in c.execute(select(contexts.c.id))})
    assert {question.context.id for question in asked} <= stored


def test_a_tree_of_any_depth_is_kept_and_what_is_equal_in_it_once(store: Database) -> None:
    tree = Transcript(Question("leaf", TOWN), (), Outcome.ANSWERED, "0")
    for level in range(3000):
        both = tuple(Consultation(Question(f"{level}", TOWN), Answer("same", transcript=tree)) for _ in range(2))
        tree = Transcript(Question(f"{level + 1}", TOWN), (both,), Outcome.ANSWERED, "same")
    id_ = store.write(put_transcript, tree)
    assert store.read(lambda c: len(list(c.execute(select(transcripts.c.id))))) == 3001
    again = store.read(get_transcripts, [id_])[id_]
    depth = 0
    while again.consultations:
        assert again.consultations[0].answer.transcript is again.consultations[1].answer.transcript
        below = again.consultations[0].answer.transcript
        assert below is not None
        again, depth = below, depth + 1
    assert (depth, again.text) == (3000, "0")
    assert store.write(put_transcript, tree) == id_
