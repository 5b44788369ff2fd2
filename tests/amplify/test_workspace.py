"""Budgets are conserved and enforced, over random trees of people who consult people."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hch.amplify.amplify import HCH, Amplify, Otherwise
from hch.amplify.workspace import add_round, check_action, finish, grant_questions
from hch.humans.scripted import Scripted, Steps, ask, give_up, reply
from hch.models.table import Table
from hch.protocols import Answerer
from hch.types import (
    FIELDS,
    UNLIMITED,
    Answer,
    Budget,
    Consultation,
    Context,
    Outcome,
    Pass,
    Question,
    Reply,
    Transcript,
    Wait,
    Workspace,
    mix_sample_index,
    walk,
)
from tests.strategies import Watched, World, worlds

LEAVES = {f"q{number}": "a leaf of five words" for number in range(0, 6, 2)}

limits = st.one_of(st.integers(0, 12), st.just(UNLIMITED))
budgets = st.builds(Budget, depth=st.integers(0, 5), consultations=limits, words=limits, usd=limits)


def nest(world: World, human: Watched, times: int, budget: Budget) -> Answerer:
    model: Answerer = Otherwise(world.lookup, Table(LEAVES))
    for _ in range(times):
        model = Otherwise(world.lookup, Amplify(human, model))
    return Amplify(human, model, budget)


def words_in(transcript: Transcript) -> int:
    """All words of all answers below and in this transcript, each as often as it was given."""
    below = sum(words_of(c.answer) for c in transcript.consultations)
    return below + len(transcript.text.split())


def words_of(answer: Answer) -> int:
    return len(answer.text.split()) if answer.transcript is None else words_in(answer.transcript)


def consultations_in(transcript: Transcript) -> int:
    below = [c.answer.transcript for c in transcript.consultations]
    return len(below) + sum(consultations_in(child) for child in below if child is not None)


def depth_of(transcript: Transcript) -> int:
    below = [c.answer.transcript for c in transcript.consultations]
    return 1 + max(depth_of(child) if child is not None else 0 for child in below) if below else 0


def cost(answer: Answer) -> Budget:
    assert answer.spent is not None
    return answer.spent


@given(worlds(), st.integers(0, 3), st.booleans(), budgets)
@settings(max_examples=200)
async def test_nothing_is_spent_that_was_not_granted_and_nothing_is_lost(
    world: World, times: int, hch: bool, budget: Budget
) -> None:
    human = Watched(Scripted(world.script))
    answerer = HCH(human, times, world.lookup, budget) if hch else nest(world, human, times, budget)
    for answer in await answerer(world.questions):
        assert answer.transcript is not None
        spent = cost(answer)
        assert spent.depth == depth_of(answer.transcript) <= budget.depth
        assert spent.consultations == consultations_in(answer.transcript) <= budget.consultations
        # What was withheld because it was too long was paid for as far as it had been granted.
        withheld = any("cost more than" in c.answer.reason for _, t in walk(answer.transcript) for c in t.consultations)
        assert spent.words == words_in(answer.transcript) or withheld
        assert spent.words <= budget.words
        for _, transcript in walk(answer.transcript):
            for consultation in transcript.consultations:
                grant = consultation.question.budget
                assert grant is not None
                below = cost(consultation.answer)
                assert all(getattr(below, name) <= getattr(grant, name) for name in FIELDS if name != "seconds")
    for workspace in human.seen:
        check_conservation(workspace, workspace.question.budget or budget)


def check_conservation(workspace: Workspace, grant: Budget) -> None:
    """Granted = spent + left, round after round, and what the children of a round were granted was there to give."""
    left = grant
    for round_ in workspace.rounds:
        after_asking = left.after(Budget(0, len(round_), 0, 0, 0))
        assert after_asking is not None
        grants = [c.question.budget for c in round_ if c.question.budget is not None]
        assert len(grants) == len(round_)
        for name in ("consultations", "words"):
            assert sum(getattr(share, name) for share in grants) == getattr(after_asking, name)
        assert {share.depth for share in grants} == {left.depth - 1}
        spent = [cost(c.answer) for c in round_]
        rest = after_asking.after(
            Budget(0, sum(s.consultations for s in spent), sum(s.words for s in spent), 0, sum(s.usd for s in spent))
        )
        assert rest is not None
        left = rest
    assert workspace.budget == left


@given(worlds(), st.integers(0, 3), budgets)
async def test_with_a_budget_too_a_batch_gives_what_its_questions_give_one_at_a_time(
    world: World, times: int, budget: Budget
) -> None:
    answerer = nest(world, Watched(Scripted(world.script)), times, budget)
    together = await answerer(world.questions)
    assert together == [(await answerer([question]))[0] for question in world.questions]


@given(worlds(), st.integers(0, 3))
async def test_a_budget_that_suffices_changes_nothing(world: World, depth: int) -> None:
    plenty = Budget(depth + 1, 10**6, 10**6, 10**6, 10**6)
    free = await HCH(Scripted(world.script), depth, world.lookup)(world.questions)
    paid = await HCH(Scripted(world.script), depth, world.lookup, plenty)(world.questions)
    assert [(a.outcome, a.text) for a in free] == [(a.outcome, a.text) for a in paid]


def three_children(text: str) -> Steps:
    yield ask(*(text + child for child in "abc"))
    return reply("done")


@pytest.mark.parametrize("budget", [Budget(consultations=100), Budget(depth=4, consultations=100)])
async def test_three_children_eight_levels_deep_are_not_9840_nodes(budget: Budget) -> None:
    for answerer in (HCH(Scripted(three_children), 8, budget=budget), deep_amplification(8, budget)):
        (answer,) = await answerer([Question("")])
        assert answer.transcript is not None
        assert 50 < len(list(walk(answer.transcript))) <= 101
        assert 50 < cost(answer).consultations <= 100
        outcomes = {transcript.outcome for _, transcript in walk(answer.transcript)}
        assert outcomes == {Outcome.ANSWERED, Outcome.OUT_OF_BUDGET}


def deep_amplification(levels: int, budget: Budget) -> Answerer:
    model: Answerer = Table({})
    for _ in range(levels):
        model = Amplify(Scripted(three_children), model)
    return Amplify(Scripted(three_children), model, budget)


def asks_twice(text: str) -> Steps:
    (first,) = yield ask("one")
    (second,) = yield ask("two")
    return reply(f"{first} {second}")


MODEL = Table({"one": "1", "two": "2"})


@pytest.mark.parametrize("enough", [Budget(consultations=2), Budget(words=4), Budget(depth=1), Budget(1, 2, 4, 60, 0)])
async def test_the_last_permitted_act_counts(enough: Budget) -> None:
    (answer,) = await Amplify(Scripted(asks_twice), MODEL, enough)([Question("q")])
    assert (answer.outcome, answer.text) == (Outcome.ANSWERED, "1 2")
    assert cost(answer) == Budget(1, 2, 4, cost(answer).seconds, 0)


@pytest.mark.parametrize(
    ("short", "what", "heard"),
    [
        (Budget(depth=0), "depth", 0),
        (Budget(consultations=1), "consultations", 1),
        (Budget(consultations=0), "consultations", 0),
        (Budget(words=3), "words", 2),
        (Budget(seconds=0), "seconds", 0),
    ],
)
async def test_what_runs_out_is_named_in_the_outcome_where_it_is_needed(short: Budget, what: str, heard: int) -> None:
    for answerer in (Amplify(Scripted(asks_twice), MODEL, short), HCH(Scripted(asks_twice), 0, MODEL, short)):
        (answer,) = await answerer([Question("q")])
        assert (answer.outcome, answer.text) == (Outcome.OUT_OF_BUDGET, "")
        assert answer.reason == f"no {what} left in the budget"
        assert answer.by == "budget"
        assert answer.transcript is not None
        assert answer.transcript.question == Question("q")
        assert answer.transcript.outcome is Outcome.OUT_OF_BUDGET
        assert answer.transcript.reason == answer.reason
        assert len(answer.transcript.consultations) == heard, "what had been heard before stays in the record"


async def test_what_a_child_does_not_spend_comes_back() -> None:
    def script(text: str) -> Steps:
        yield ask("one", "two", "nothing")
        yield ask("one")
        return reply("enough")

    (answer,) = await Amplify(Scripted(script), MODEL, Budget(words=4, consultations=4))([Question("q")])
    assert (answer.outcome, cost(answer).words, cost(answer).consultations) == (Outcome.ANSWERED, 4, 4)


async def test_a_budget_of_the_question_s_own_comes_before_the_default() -> None:
    answerer = Amplify(Scripted(asks_twice), MODEL, Budget(consultations=0))
    short, enough = await answerer([Question("q"), Question("q", budget=Budget())])
    assert (short.outcome, enough.outcome) == (Outcome.OUT_OF_BUDGET, Outcome.ANSWERED)


async def test_an_answer_longer_than_granted_is_withheld_and_says_so() -> None:
    heard: list[str | None] = []

    def script(text: str) -> Steps:
        heard.extend((yield ask("long", "short")))
        return reply("ok")

    model = Table({"long": "a b c d", "short": "e"})
    (answer,) = await Amplify(Scripted(script), model, Budget(words=6))([Question("q")])
    assert heard == [None, "e"]
    assert answer.text == "ok"
    assert answer.transcript is not None
    withheld, given = answer.transcript.consultations
    assert (withheld.answer.outcome, withheld.answer.text) == (Outcome.OUT_OF_BUDGET, "")
    assert withheld.answer.reason == "the answer cost more than was granted: 4 words of 3"
    assert withheld.answer.by == "table"
    assert given.answer.outcome is Outcome.ANSWERED
    assert cost(answer).words == 3 + 1 + 1


async def test_an_answerer_that_claims_to_have_spent_without_end_is_held_to_its_grant() -> None:
    async def careless(questions: Sequence[Question], /) -> list[Answer]:
        return [Answer("1", spent=Budget()) for _ in questions]

    for budget in (Budget(), Budget(words=10, consultations=10, usd=1)):
        (answer,) = await Amplify(Scripted(asks_twice), careless, budget)([Question("q")])
        assert answer.outcome in (Outcome.ANSWERED, Outcome.OUT_OF_BUDGET)
        assert cost(answer).at_most(budget).usd == cost(answer).usd


async def test_seconds_are_counted_where_they_are_limited_and_nowhere_else() -> None:
    async def slow(questions: Sequence[Question], /) -> list[Answer]:
        await asyncio.sleep(0.02)
        return await MODEL(questions)

    (limited,) = await Amplify(Scripted(asks_twice), slow, Budget(seconds=60))([Question("q")])
    assert 0.04 <= cost(limited).seconds < 10
    (free,) = await Amplify(Scripted(asks_twice), slow, Budget())([Question("q")])
    assert cost(free).seconds == 0
    (late,) = await Amplify(Scripted(asks_twice), slow, Budget(seconds=0.01))([Question("q")])
    assert (late.outcome, late.reason) == (Outcome.OUT_OF_BUDGET, "no seconds left in the budget")
    assert cost(late).seconds >= 0.01


async def test_who_passes_or_fails_still_pays_for_what_was_asked() -> None:
    def script(text: str) -> Steps:
        yield ask("one", "two")
        if text == "fails":
            raise ValueError("stumbled")
        return give_up("enough")

    passed, failed = await Amplify(Scripted(script), MODEL, Budget())([Question("passes"), Question("fails")])
    assert (passed.outcome, failed.outcome) == (Outcome.PASSED, Outcome.FAILED)
    assert cost(passed) == cost(failed) == Budget(1, 2, 2, 0, 0)


async def test_without_a_budget_nobody_counts() -> None:
    (answer,) = await Amplify(Scripted(asks_twice), MODEL)([Question("q")])
    assert answer.spent is None
    assert answer.transcript is not None
    assert all(c.question.budget is None and c.answer.spent is None for c in answer.transcript.consultations)


def test_an_action_is_left_as_it_is_unless_something_is_wrong_with_it() -> None:
    for action in (ask("a"), ask("a", "b", sample_indices=(None, 1)), reply(""), give_up(), Wait(), Wait(("17", "18"))):
        assert check_action(action) is action


def test_questions_are_asked_about_the_workspace_s_own_context() -> None:
    context = Context(("a fact",))
    for budget in (None, Budget()):
        questions = grant_questions(
            Workspace(Question("q", context), (), budget), ask("a", "b", sample_indices=(1, None))
        )
        assert isinstance(questions, list)
        assert [(q.text, q.context, q.sample_index) for q in questions] == [("a", context, 1), ("b", context, None)]


@pytest.mark.parametrize("budget", [None, Budget(words=0)])
def test_where_nobody_has_acted_nothing_is_finished_and_nothing_is_paid(budget: Budget | None) -> None:
    rounds = ((Consultation(Question("a"), Answer("1", confidence=0.5, spent=Budget(0, 1, 1, 0, 0))),),)
    answer = finish(Workspace(Question("q"), rounds, budget), Wait(("17", "23")), "H")
    assert answer == Answer(outcome=Outcome.WAITING, by="H", reason="waits for 17, 23", waits_for=("17", "23"))
    many = finish(Workspace(Question("q")), Wait(tuple(map(str, range(13)))), "H")
    assert many.reason == "waits for 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 …"
    assert len(many.waits_for) == 13


SMALL = Budget(depth=2, consultations=9, words=9, seconds=0.5, usd=9)


def after_one(answer: Answer, waited: float = 0.25, budget: Budget = SMALL) -> Workspace:
    """The workspace in which one question was asked, whose grant was 2 consultations, 3 words and 1 dollar."""
    asked = Question("q", budget=Budget(depth=1, consultations=2, words=3, seconds=0.5, usd=1))
    return add_round(Workspace(Question("w"), (), budget), [asked], [answer], waited)


def test_an_answer_that_costs_exactly_what_was_granted_is_kept_whatever_its_depth_and_seconds() -> None:
    spent = Budget(depth=7, consultations=2, words=3, seconds=99, usd=1)
    left = after_one(Answer("a b c", by="table", spent=spent))
    assert left.consultations[0].answer == Answer("a b c", by="table", spent=spent)
    # One consultation for asking, and the time that was waited by the clock, not the one that the answer claims.
    assert left.budget == Budget(depth=2, consultations=6, words=6, seconds=0.25, usd=8)


def test_all_that_an_answer_overspent_is_named_and_only_what_was_granted_is_paid() -> None:
    left = after_one(Answer("a b c d", by="table", spent=Budget(0, 2, 4, 0.1, 2)))
    assert left.consultations[0].answer == Answer(
        outcome=Outcome.OUT_OF_BUDGET,
        by="table",
        reason="the answer cost more than was granted: 4 words of 3, 2 usd of 1",
        spent=Budget(0, 2, 3, 0.1, 1),
    )
    assert left.budget == Budget(depth=2, consultations=6, words=6, seconds=0.25, usd=8)


def test_an_answer_that_says_nothing_of_its_cost_costs_its_words_and_the_time_that_was_waited() -> None:
    left = after_one(Answer("a b"))
    assert left.consultations[0].answer.spent == Budget(0, 0, 2, 0.25, 0)
    assert left.budget == Budget(depth=2, consultations=8, words=7, seconds=0.25, usd=9)
    # More time than there was, and all of it is gone; where nobody limits it, none is counted.
    assert after_one(Answer("a"), waited=3).budget == Budget(depth=2, consultations=8, words=8, seconds=0, usd=9)
    unhurried = after_one(Answer("a"), budget=Budget())
    assert unhurried.budget == Budget()
    assert unhurried.consultations[0].answer.spent == Budget(0, 0, 1, 0, 0)


@pytest.mark.parametrize("budget", [None, Budget()])
def test_another_round_leaves_question_earlier_rounds_and_stash_as_they_were(budget: Budget | None) -> None:
    earlier = ((Consultation(Question("a"), Answer("1")),),)
    before = Workspace(Question("w", Context(("a fact",))), earlier, budget)
    after = add_round(before, [Question("b"), Question("c")], [Answer("2"), Answer("3")], 0.0)
    assert after.question == before.question
    assert after.rounds[:1] == earlier
    assert [(c.question.text, c.answer.text) for c in after.rounds[1]] == [("b", "2"), ("c", "3")]
    assert after.stash is before.stash


def test_what_a_workspace_spent_is_the_sum_over_its_rounds_and_one_level_more_than_the_deepest_below() -> None:
    below = (Budget(3, 1, 2, 4, 8), Budget(1, 10, 20, 40, 80), Budget(2, 100, 200, 300, 400))
    one, two, three = (Consultation(Question("q"), Answer("x", confidence=0.5, spent=spent)) for spent in below)
    workspace = Workspace(Question("w"), ((one, two), (three,)), Budget())
    answer = finish(workspace, Reply("two words"), "H′")
    # Beside each other only the longer wait counts, one after the other both do.
    assert answer.spent == Budget(4, 111 + 3, 222 + 2, 40 + 300, 488)
    assert (answer.text, answer.outcome, answer.by, answer.reason, answer.confidence) == (
        "two words", Outcome.ANSWERED, "H′", "", 0.125,
    )  # fmt: skip
    assert answer.transcript == Transcript(
        workspace.question, workspace.rounds, Outcome.ANSWERED, "two words", "", "H′"
    )
    unpaid = finish(Workspace(Question("w"), ((Consultation(Question("q"), Answer("x")),),), Budget()), Reply("y"), "H")
    assert unpaid.spent == Budget(1, 1, 1, 0, 0)


def test_what_is_no_action_ends_as_failed_and_is_named() -> None:
    answer = finish(Workspace(Question("w")), "nonsense", "H")  # type: ignore[arg-type]
    assert (answer.outcome, answer.reason, answer.text) == (Outcome.FAILED, "not an action: 'nonsense'", "")
    passed = finish(Workspace(Question("w")), Pass("no idea"), "H")
    assert (passed.outcome, passed.reason) == (Outcome.PASSED, "no idea")


def test_a_reply_of_just_the_words_that_are_left_is_given_and_one_more_is_not() -> None:
    workspace = Workspace(Question("w"), (), Budget(words=2))
    assert finish(workspace, Reply("just enough"), "H").outcome is Outcome.ANSWERED
    long = finish(workspace, Reply("one too many"), "H")
    assert (long.outcome, long.text, long.reason) == (Outcome.OUT_OF_BUDGET, "", "no words left in the budget")
    assert long.spent == Budget(0, 0, 0, 0, 0)


def test_where_people_have_yet_to_act_and_nobody_says_where_it_is_people_who_are_waited_for() -> None:
    assert finish(Workspace(Question("w")), Wait(), "H").reason == "waits for people"


def test_a_draw_reaches_what_is_asked_below_it() -> None:
    for budget in (None, Budget()):
        asked = grant_questions(
            Workspace(Question("q", sample_index=2), (), budget), ask("a", "b", sample_indices=(1, None))
        )
        assert isinstance(asked, list)
        assert [question.sample_index for question in asked] == [mix_sample_index(2, 1), None]
        assert asked[0].sample_index != 1
