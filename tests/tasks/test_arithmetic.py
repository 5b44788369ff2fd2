from __future__ import annotations

import pickle
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.amplify.amplify import HCH, Amplify
from hch.humans.scripted import Scripted
from hch.tasks.arithmetic import (
    Arithmetic,
    Expression,
    expression_in,
    expression_question,
    in_signs,
    number_in,
    parse_question,
    parts,
    value,
)
from hch.tasks.facts import TaskError
from hch.training.questions import sample_questions
from hch.types import Answer, Context, Outcome, Question

TASK = Arithmetic()
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    st.integers(-99, 99),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner),
    max_leaves=10,
)


def sample(task: Arithmetic = TASK, size: int = 4, count: int = 8, instances: int = 6) -> list[Question]:
    return sample_questions(task, size, instances, count, random.Random(0), test=False)


async def perfect(questions: Sequence[Question], /) -> list[Answer]:
    return [Answer(TASK.gold(question)) for question in questions]


@given(EXPRESSIONS)
def test_an_expression_is_read_as_it_is_written(expression: Expression) -> None:
    assert expression_in(in_signs(expression)) == expression


@pytest.mark.parametrize(
    ("text", "comes_to"),
    [
        ("2 + 3", 5),
        ("two plus three", 5),
        ("2 plus three times 4", 14),
        ("(2 + 3) * four", 20),
        ("ten minus 3 - two", 5),
        ("2 × 3 − 10", -4),
        ("Seven TIMES twelve", 84),
        ("3 - -2", 5),
        ("((5))", 5),
    ],
)
def test_words_digits_and_signs_are_read_products_first(text: str, comes_to: int) -> None:
    assert value(expression_in(text)) == comes_to


@pytest.mark.parametrize("written", ["digits", "words", "mixed"])
@pytest.mark.parametrize("size", [1, 2, 5, 8])
async def test_hch_of_the_tasks_depth_is_right(written: str, size: int) -> None:
    task = Arithmetic(written=written)  # type: ignore[arg-type]
    questions = sample(task, size)
    answers = await HCH(Scripted(task.script), task.depth, task.lookup)(questions)
    assert all(task.right(q, answer.text) for q, answer in zip(questions, answers, strict=True))


async def test_h_alone_does_one_step_and_consults_on_every_other_part() -> None:
    questions = sample()
    alone = await HCH(Scripted(TASK.script), 0)(questions)
    assert {TASK.difficulty(q) for q, answer in zip(questions, alone, strict=True) if answer.answered} == {1}
    for question, answer in zip(questions, await Amplify(Scripted(TASK.script), perfect)(questions), strict=True):
        assert answer.text == TASK.gold(question)
        assert answer.transcript is not None
        asked = [parse_question(c.question.text) for c in answer.transcript.consultations]
        whole = parse_question(question.text)
        assert whole is not None
        assert not isinstance(whole, int)
        assert asked == [side for side in (whole[0], whole[2]) if not isinstance(side, int)]


async def test_what_h_asks_is_worded_as_in_the_question() -> None:
    question = Question("what is (four plus 2) times (2 - (3 minus four))?")
    (answer,) = await Amplify(Scripted(TASK.script), perfect)([question])
    assert answer.transcript is not None
    assert [c.question.text for c in answer.transcript.consultations] == [
        "what is four plus 2?", "what is 2 - (3 minus four)?",
    ]  # fmt: skip
    assert answer.text == "18"


async def test_an_answer_that_is_no_number_makes_h_pass() -> None:
    async def babbling(questions: Sequence[Question], /) -> list[Answer]:
        return [Answer("many")] * len(questions)

    (answer,) = await Amplify(Scripted(TASK.script), babbling)([Question("what is (1 + 2) * 3?")])
    assert (answer.outcome, answer.reason) == (Outcome.PASSED, "the answer about a side is not a number")
    (answer,) = await Amplify(Scripted(TASK.script), babbling)([Question("who are you?")])
    assert answer.outcome is Outcome.PASSED


def test_a_question_is_as_hard_as_it_has_operations_and_no_part_is_large() -> None:
    task = Arithmetic(largest_value=30)
    for size in (1, 3, 8):
        questions = sample(task, size)
        assert task.difficulty(questions[0]) == size
        assert {task.difficulty(question) for question in questions} <= set(range(1, size + 1))
        assert all(abs(value(part)) <= 30 for q in questions for part in parts(parse_question(q.text) or 0))


def test_an_instance_is_the_same_whatever_words_it_is_asked_in() -> None:
    context = TASK.instance(random.Random(0), 3)
    texts = {TASK.questions(context, 1, random.Random(seed))[0].text for seed in range(20)}
    assert len(texts) > 5
    assert {in_signs(parse_question(text) or 0) for text in texts} == set(context.facts)


@pytest.mark.parametrize(
    ("answer", "right"),
    [("12", True), ("twelve", True), ("Twelve.", True), (" 12. ", True), ("-12", False), ("112", False), ("", False)],
)
def test_an_answer_is_right_in_digits_and_in_words(answer: str, right: bool) -> None:
    assert TASK.right(Question("what is 3 * 4?"), answer) is right


def test_negative_numbers_have_words_too() -> None:
    assert [number_in(text) for text in ("minus three", "-3", "Minus twenty.", "minus 3", None)] == [
        -3, -3, -20, None, None,
    ]  # fmt: skip


def test_people_may_ask_in_their_own_spelling() -> None:
    assert TASK.ask("What is 2 + three times 4", Context()).text == "what is 2 + (3 * 4)?"
    assert TASK.ask("how much is two plus two?", Context()).text == "what is 2 + 2?"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "an expression that ends too early"),
        ("what is love?", "“love” where a number was expected"),
        ("2 +", "an expression that ends too early"),
        ("(2 + 3", "a parenthesis that never closes"),
        ("2 3", "“3” after the end of an expression"),
        ("2 / 3", "“/” after the end"),
        ("(" * 10_000, "more than 200 words and signs"),
    ],
)
def test_what_is_no_expression_is_told_what_is_wrong_and_what_was_expected(text: str, expected: str) -> None:
    with pytest.raises(TaskError, match="expected a question like “what is") as caught:
        TASK.ask(text, Context())
    assert expected in str(caught.value)


@given(st.text(max_size=50))
def test_any_text_is_a_question_of_this_task_or_not(text: str) -> None:
    question = Question(expression_question(text))
    assert TASK.difficulty(question) >= 0
    TASK.right(Question("what is 1 + 1?"), text)


def test_settings_that_cannot_be_are_refused() -> None:
    for wrong, what in (
        ({"operations": ("/",)}, "operations are some of"),
        ({"most": 200}, "least < most"),
        ({"most": 50}, "numbers up to 20 have words"),
    ):
        with pytest.raises(ValueError, match=what):
            Arithmetic(**wrong)
    with pytest.raises(ValueError, match="from 1 to 8 operations, got 9"):
        TASK.instance(random.Random(0), 9)
    with pytest.raises(ValueError, match="not a question of this task"):
        TASK.gold(Question("why?"))


def test_it_pickles() -> None:
    assert pickle.loads(pickle.dumps(TASK)) == TASK
    assert pickle.loads(pickle.dumps(TASK.script)) is TASK.script
