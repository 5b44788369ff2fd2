from __future__ import annotations

import math
import pickle
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.amplify.amplify import HCH, Amplify, Otherwise, nobody
from hch.humans.scripted import Scripted, Steps, ask, give_up, reply
from hch.models.table import Table
from hch.types import Action, Answer, Ask, Budget, Fail, Outcome, Pass, Question, Reply, Wait, Workspace, walk
from tests.strategies import Counting, World, brute_force, worlds

LEAVES = {f"q{number}": f"leaf {number}" for number in range(0, 6, 2)}
"""What the model says to some of a world's questions."""


def ends(answers: Sequence[Answer]) -> list[tuple[Outcome, str]]:
    return [(answer.outcome, answer.text) for answer in answers]


def adds(text: str) -> Steps:
    """Adds up a sum of numbers: halves it, and consults on each half."""
    numbers = text.split("+")
    if len(numbers) == 1:
        return reply(text)
    middle = len(numbers) // 2
    left, right = yield ask("+".join(numbers[:middle]), "+".join(numbers[middle:]))
    if left is None or right is None:
        return give_up("a half is missing")
    return reply(str(int(left) + int(right)))


async def sums(questions: Sequence[Question], /) -> list[Answer]:
    return [Answer(str(sum(map(int, q.text.split("+")))), by="adder", confidence=0.5) for q in questions]


async def test_h_replies_with_what_the_consultations_say() -> None:
    (answer,) = await Amplify(Scripted(adds), sums)([Question("1+2+3+4")])
    assert ends([answer]) == [(Outcome.ANSWERED, "10")]
    assert answer.by == "H"
    assert answer.transcript is not None
    assert [(c.question.text, c.answer.text, c.answer.by) for c in answer.transcript.consultations] == [
        ("1+2", "3", "adder"),
        ("3+4", "7", "adder"),
    ]
    assert answer.transcript.by == "H"
    assert answer.transcript.actions == 2


@given(worlds(), st.integers(0, 2**8 - 1))
async def test_a_batch_gives_what_its_questions_give_one_at_a_time(world: World, chosen: int) -> None:
    questions = [question for number, question in enumerate(world.questions * 2) if chosen >> number % 8 & 1]
    amplified = Amplify(Scripted(world.script), Otherwise(world.lookup, Table(LEAVES)))
    together = await amplified(questions)
    assert together == [(await amplified([question]))[0] for question in questions]
    assert ends(together) == [brute_force(world, question.text, 0, LEAVES) for question in questions]


@given(worlds(), st.integers(0, 3))
async def test_amplify_is_an_answerer_and_nests(world: World, times: int) -> None:
    model: Amplify | Table = Table(LEAVES)
    for _ in range(times + 1):
        model = Amplify(Scripted(world.script), Otherwise(world.lookup, model))
    expected = [brute_force(world, question.text, times, LEAVES) for question in world.questions]
    assert ends(await model(world.questions)) == expected


@given(worlds())
async def test_identical_questions_of_a_batch_are_asked_once(world: World) -> None:
    model = Counting(LEAVES)
    await Amplify(Scripted(world.script), model)(world.questions * 3)
    for batch in model.batches:
        assert batch
        assert len(batch) == len(set(batch))


async def test_all_questions_of_a_round_are_asked_in_one_batch() -> None:
    model = Counting({"1": "1", "2": "2", "1+2": "3"})
    questions = [Question("1+2"), Question("2+1"), Question("1+2+1+2"), Question("1+1")]
    answers = await Amplify(Scripted(adds), model)(questions)
    assert [answer.text for answer in answers] == ["3", "3", "6", "2"]
    assert [[question.text for question in batch] for batch in model.batches] == [["1", "2", "1+2"]]


async def test_different_draws_are_different_questions() -> None:
    def script(text: str) -> Steps:
        answers = yield ask("x", "x", "x", "x", sample_indices=(None, 0, 1, 0))
        return reply(" ".join(map(str, answers)))

    asked: list[Question] = []

    async def model(questions: Sequence[Question], /) -> list[Answer]:
        asked.extend(questions)
        return [Answer(f"draw {question.sample_index}", seed=question.sample_index) for question in questions]

    answers = await Amplify(Scripted(script), model)([Question("q"), Question("r")])
    assert {answer.text for answer in answers} == {"draw None draw 0 draw 1 draw 0"}
    assert asked == [Question("x"), Question("x", sample_index=0), Question("x", sample_index=1)]
    assert answers[0].transcript is not None
    assert [c.answer.seed for c in answers[0].transcript.consultations] == [None, 0, 1, 0]


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=4))
async def test_confidence_is_the_product_of_the_consultations(confidences: list[float]) -> None:
    def script(text: str) -> Steps:
        for number in range(len(confidences)):
            yield ask(str(number))
        return reply("done")

    async def model(questions: Sequence[Question], /) -> list[Answer]:
        return [Answer("a", confidence=confidences[int(question.text)]) for question in questions]

    (answer,) = await Amplify(Scripted(script), model)([Question("q")])
    assert answer.confidence == pytest.approx(math.prod(confidences))


async def test_who_consults_nobody_is_certain() -> None:
    (answer,) = await Amplify(Scripted(adds), sums)([Question("7")])
    assert (answer.text, answer.confidence) == ("7", 1.0)


async def test_a_model_that_raises_ends_every_consultation_with_the_error_in_the_record() -> None:
    async def model(questions: Sequence[Question], /) -> list[Answer]:
        raise ConnectionError("the line is dead")

    answers = await Amplify(Scripted(adds), model)([Question("1+2"), Question("7"), Question("3+4")])
    assert [answer.outcome for answer in answers] == [Outcome.PASSED, Outcome.ANSWERED, Outcome.PASSED]
    for answer in (answers[0], answers[2]):
        assert answer.transcript is not None
        for consultation in answer.transcript.consultations:
            assert consultation.answer.outcome is Outcome.FAILED
            assert consultation.answer.reason == "ConnectionError: the line is dead"
            assert consultation.answer.text == ""


async def test_an_error_far_below_leaves_every_node_with_an_end() -> None:
    async def model(questions: Sequence[Question], /) -> list[Answer]:
        raise TimeoutError("too slow")

    deep = Amplify(Scripted(adds), Amplify(Scripted(adds), Amplify(Scripted(adds), model)))
    (answer,) = await deep([Question("+".join("12345678"))])
    assert answer.transcript is not None
    met = [transcript for _, transcript in walk(answer.transcript)]
    assert len(met) == 1 + 2 + 4
    assert {transcript.outcome for transcript in met} == {Outcome.PASSED}
    lowest = [c.answer for t in met[2:] for c in t.consultations if c.answer.transcript is None]
    assert {(answer.outcome, answer.reason) for answer in lowest} == {(Outcome.FAILED, "TimeoutError: too slow")}


async def test_a_script_that_raises_fails_alone_and_says_why() -> None:
    def script(text: str) -> Steps:
        (answer,) = yield ask("1")
        if text == "bad":
            raise KeyError("what?")
        return reply(str(answer))

    bad, good = await Amplify(Scripted(script), sums)([Question("bad"), Question("good")])
    assert ends([bad, good]) == [(Outcome.FAILED, ""), (Outcome.ANSWERED, "1")]
    assert bad.reason == "KeyError: 'what?'"
    assert bad.transcript is not None
    assert (bad.transcript.outcome, bad.transcript.reason) == (Outcome.FAILED, bad.reason)
    assert [c.question.text for c in bad.transcript.consultations] == ["1"]


async def test_a_human_that_raises_ends_every_workspace_with_the_error_in_the_record() -> None:
    async def human(workspaces: Sequence[Workspace], /) -> list[Action]:
        raise OSError("nobody is at home")

    for answerer in (Amplify(human, sums), HCH(human, 3), HCH(human, None)):
        answers = await answerer([Question("1+2"), Question("3+4")])
        for answer in answers:
            assert (answer.outcome, answer.reason) == (Outcome.FAILED, "OSError: nobody is at home")
            assert answer.transcript is not None
            assert answer.transcript.reason == answer.reason


NONSENSE = [
    (Ask(()), "a human asks one or more texts, got ()"),
    (Ask((None,)), "a human asks one or more texts, got (None,)"),  # type: ignore[arg-type]
    (Ask(("a", 3)), "a human asks one or more texts, got ('a', 3)"),  # type: ignore[arg-type]
    (Ask("abc"), "a human asks one or more texts, got 'abc'"),  # type: ignore[arg-type]
    (Ask(("a", "b"), (1,)), "expected one sample index for each of 2 texts, got 1"),
    (Reply(None), "a human replies with a text, got None"),  # type: ignore[arg-type]
    (Reply(42), "a human replies with a text, got 42"),  # type: ignore[arg-type]
    (None, "a human asks, replies or passes, got None"),
    ("reply: 42", "a human asks, replies or passes, got 'reply: 42'"),
    (Wait("17"), "a human waits for workspaces, each named by a text, got '17'"),  # type: ignore[arg-type]
    (Wait((17,)), "a human waits for workspaces, each named by a text, got (17,)"),  # type: ignore[arg-type]
    (Fail("gone"), "gone"),
]


@pytest.mark.parametrize(("action", "reason"), NONSENSE, ids=[repr(action) for action, _ in NONSENSE])
@pytest.mark.parametrize("budget", [None, Budget()])
async def test_an_action_that_is_none_fails_alone_and_says_why(
    action: Action, reason: str, budget: Budget | None
) -> None:
    async def human(workspaces: Sequence[Workspace], /) -> list[Action]:
        return [action if workspace.question.text == "bad" else Reply("fine") for workspace in workspaces]

    for answerer in (Amplify(human, sums, budget), HCH(human, 3, budget=budget), HCH(human, None, budget=budget)):
        bad, good = await answerer([Question("bad"), Question("good")])
        assert (bad.outcome, bad.text, bad.reason) == (Outcome.FAILED, "", reason)
        assert bad.transcript is not None
        assert (good.outcome, good.text) == (Outcome.ANSWERED, "fine")


async def test_an_answer_that_is_missing_and_passed_on_spoils_no_other_question() -> None:
    def script(text: str) -> Steps:
        (answer,) = yield ask(text)
        (answer,) = yield ask(answer)  # type: ignore[arg-type]
        return reply(str(answer))

    model = Counting({"a": "b", "b": "c"})
    lost, known = await Amplify(Scripted(script), model)([Question("unknown"), Question("a")])
    assert (lost.outcome, lost.reason) == (Outcome.FAILED, "a human asks one or more texts, got (None,)")
    assert known.text == "c"
    assert {type(question.text) for question in model.asked} == {str}


async def test_a_model_with_another_number_of_answers_is_told_what_was_expected() -> None:
    async def model(questions: Sequence[Question], /) -> list[Answer]:
        return [Answer("1")]

    message = "was asked 2 questions and gave 1"
    with pytest.raises(AssertionError, match=message):
        await Amplify(Scripted(adds), model)([Question("1+2")])
    for mixed in (Otherwise(model, sums), Otherwise(nobody, model)):
        with pytest.raises(AssertionError, match=message):
            await mixed([Question("1"), Question("2")])
        (answer,) = await Amplify(Scripted(adds), mixed)([Question("1+2")])
        assert answer.transcript is not None
        assert all(message in c.answer.reason for c in answer.transcript.consultations)


async def test_a_human_with_another_number_of_actions_is_told_what_was_expected() -> None:
    async def human(workspaces: Sequence[Workspace], /) -> list[Action]:
        return [Reply("1")] * 3

    for answerer in (Amplify(human, sums), HCH(human, 1)):
        with pytest.raises(AssertionError, match="was shown 2 workspaces and acted 3×"):
            await answerer([Question("1"), Question("2")])


async def test_an_error_is_an_outcome_and_never_an_answer() -> None:
    async def model(questions: Sequence[Question], /) -> list[Answer]:
        raise TimeoutError

    heard: list[str | None] = []

    def script(text: str) -> Steps:
        heard.extend((yield ask("x", "y")))
        return give_up("no answer")

    await Amplify(Scripted(script), model)([Question("q")])
    assert heard == [None, None]


async def test_only_what_the_first_passes_on_is_asked_of_the_second() -> None:
    outcomes = list(Outcome)

    async def first(questions: Sequence[Question], /) -> list[Answer]:
        return [Answer(outcome=outcomes[int(question.text)], by="first") for question in questions]

    second = Counting({str(number): "second" for number in range(5)})
    answers = await Otherwise(first, second)([Question(str(number)) for number in (3, 1, 0, 1, 2, 4)])
    assert [question.text for question in second.asked] == ["1", "1"]
    assert [answer.by for answer in answers] == ["first", "model", "first", "model", "first", "first"]
    assert [answer.outcome for answer in answers] == [outcomes[number] for number in (3, 0, 0, 0, 2, 4)]


async def test_nobody_is_bothered_where_the_first_passes_on_nothing() -> None:
    second = Counting({})
    assert (await Otherwise(sums, second)([Question("1")]))[0].text == "1"
    assert second.batches == []


async def test_answers_that_the_first_keeps_are_left_as_they_are() -> None:
    kept = [Answer(outcome=Outcome.PASSED, by="first")]

    async def first(questions: Sequence[Question], /) -> list[Answer]:
        return kept

    (answer,) = await Otherwise(first, sums)([Question("1+2")])
    assert answer.text == "3"
    assert kept == [Answer(outcome=Outcome.PASSED, by="first")]


@given(worlds(), st.integers(0, 3))
async def test_every_node_ends_and_says_who_answered_and_why_not(world: World, depth: int) -> None:
    model = Counting(LEAVES)
    amplified: Amplify | HCH | Otherwise = Amplify(Scripted(world.script), Otherwise(world.lookup, model))
    for _ in range(depth):
        amplified = Amplify(Scripted(world.script), Otherwise(world.lookup, amplified), name="H above")
    for answer in await amplified(world.questions):
        assert answer.transcript is not None
        for _, transcript in walk(answer.transcript):
            assert transcript.by in ("H", "H above")
            assert (transcript.outcome is Outcome.ANSWERED) == (transcript.reason == "")
            for consultation in transcript.consultations:
                heard = consultation.answer
                assert heard.by in ("lookup", "model", "H", "H above")
                assert (heard.transcript is None) == (heard.by in ("lookup", "model"))
                if heard.transcript is not None:
                    assert heard.transcript.question == consultation.question
                    assert (heard.outcome, heard.text) == (heard.transcript.outcome, heard.transcript.text)


async def test_no_question_gets_no_answer_and_troubles_nobody() -> None:
    async def human(workspaces: Sequence[Workspace], /) -> list[Action]:
        raise AssertionError("nothing to do")

    assert await Amplify(human, sums)([]) == []
    assert await HCH(human, 3)([]) == []
    assert await HCH(human, None)([]) == []


async def test_h_is_shown_the_context_s_question_and_the_draw_is_kept_in_the_record() -> None:
    (answer,) = await Amplify(Scripted(adds), sums)([Question("1+2", sample_index=5)])
    assert answer.transcript is not None
    assert answer.transcript.question == Question("1+2", sample_index=5)
    assert [c.question.sample_index for c in answer.transcript.consultations] == [None, None]


async def test_an_interruption_is_not_an_outcome() -> None:
    async def interrupt(of: Sequence[object], /) -> list[Answer]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await Amplify(Scripted(adds), interrupt)([Question("1+2")])


def test_amplification_is_pickled_with_its_settings() -> None:
    amplified = Amplify(Scripted(adds), Otherwise(Table({"1": "1"}), nobody), Budget(words=3), "H′")
    assert pickle.loads(pickle.dumps(amplified)) == amplified
    computed = HCH(Scripted(adds), None, Table({}), Budget(depth=4))
    assert pickle.loads(pickle.dumps(computed)) == computed


async def test_h_passing_is_an_outcome_with_its_reason() -> None:
    async def human(workspaces: Sequence[Workspace], /) -> list[Action]:
        return [Pass("I do not know") for _ in workspaces]

    (answer,) = await Amplify(human, sums)([Question("q")])
    assert (answer.outcome, answer.text, answer.reason) == (Outcome.PASSED, "", "I do not know")


small_budgets = st.builds(Budget, st.integers(0, 4), st.integers(0, 6), st.integers(0, 4))
"""No seconds: they are measured, so no two runs of one question would cost the same."""


@given(small_budgets, small_budgets, st.booleans())
async def test_a_question_s_own_budget_goes_before_the_usual_one(own: Budget, usual: Budget, deep: bool) -> None:
    async def outcome(budget: Budget | None, granted: Budget | None) -> Answer:
        human = Scripted(adds)
        answerer = HCH(human, 3, budget=budget) if deep else Amplify(human, sums, budget)
        (answer,) = await answerer([Question("1+2+3", budget=granted)])
        return answer

    assert await outcome(usual, own) == await outcome(None, own)
    usually, granted = await outcome(usual, None), await outcome(None, usual)
    assert (usually.outcome, usually.text, usually.spent) == (granted.outcome, granted.text, granted.spent)


async def test_the_budget_is_shared_out_among_what_is_asked() -> None:
    (answer,) = await Amplify(Scripted(adds), sums, Budget(depth=3, consultations=5))([Question("1+2+3")])
    assert answer.transcript is not None
    assert [c.question.budget for c in answer.transcript.consultations] == [
        Budget(depth=2, consultations=2),
        Budget(depth=2, consultations=1),
    ]
    (deep,) = await HCH(Scripted(adds), 2, budget=Budget(depth=0))([Question("1+2")])
    assert (deep.outcome, deep.reason) == (Outcome.OUT_OF_BUDGET, "no depth left in the budget")


async def test_waiting_for_the_model_costs_the_seconds_that_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 1000.0

    async def slow(questions: Sequence[Question], /) -> list[Answer]:
        nonlocal clock
        clock += 7
        return [Answer("1") for _ in questions]

    monkeypatch.setattr(time, "monotonic", lambda: clock)
    for granted, outcome in ((20, Outcome.ANSWERED), (14, Outcome.ANSWERED), (7, Outcome.OUT_OF_BUDGET)):
        (answer,) = await Amplify(Scripted(asks_twice), slow, Budget(seconds=granted))([Question("q")])
        assert answer.outcome is outcome
        assert answer.spent is not None
        assert answer.spent.seconds == (14 if outcome is Outcome.ANSWERED else 7)


def asks_twice(text: str) -> Steps:
    yield ask("first")
    yield ask("second")
    return reply("done")


async def test_whose_number_of_answers_is_wrong_is_named() -> None:
    class Named:
        def __init__(self, name: str, short: int) -> None:
            self.name, self.short = name, short

        def __repr__(self) -> str:
            return self.name

        async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
            return [Answer(outcome=Outcome.PASSED)] * (len(questions) - self.short)

    for first, second in ((1, 0), (0, 1)):
        message = f"{'the first' if first else 'the second'} was asked 2 questions and gave 1"
        with pytest.raises(AssertionError, match=message):
            await Otherwise(Named("the first", first), Named("the second", second))([Question("1"), Question("2")])
    with pytest.raises(AssertionError, match="the model was asked 2 questions and gave 1"):
        await Amplify(Scripted(adds), Named("the model", 1))([Question("1+2")])


async def test_h_is_named_in_the_answer_also_where_recalling_failed() -> None:
    async def recall(workspaces: Sequence[Workspace], /) -> list[Workspace]:
        raise OSError("the store is gone")

    (answer,) = await Amplify(Scripted(adds), sums, name="H above", recall=recall)([Question("1+2")])
    assert (answer.by, answer.outcome, answer.reason) == ("H above", Outcome.FAILED, "OSError: the store is gone")
