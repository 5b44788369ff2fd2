from __future__ import annotations

import pickle
import random

import pytest

from hch.amplify import HCH, Amplify
from hch.humans.scripted import Scripted
from hch.tasks.alphabet import WORDS, Alphabet, first_text, halves, parse
from hch.tasks.facts import TaskError
from hch.types import Answer, Context, Outcome, Question

TASK = Alphabet(longest=8)


def drawn(size: int, count: int = 40) -> list[Question]:
    randomness = random.Random(size)
    return [q for _ in range(5) for q in TASK.questions(TASK.instance(randomness, size), count // 5, randomness)]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
async def test_hch_of_the_tasks_depth_is_always_right(size: int) -> None:
    questions = drawn(size)
    answers = await HCH(Scripted(TASK.script), TASK.depth)(questions)
    assert [answer.text for answer in answers] == [TASK.gold(question) for question in questions]
    assert all(TASK.right(q, a.text) for q, a in zip(questions, answers, strict=True))


async def test_h_alone_can_compare_two_words_and_no_more() -> None:
    answers = await HCH(Scripted(TASK.script), 0)(drawn(8))
    sizes = [TASK.level(question) for question in drawn(8)]
    assert {1, 2, 4, 8} == set(sizes)
    assert [answer.answered for answer in answers] == [size <= 2 for size in sizes]


async def test_an_answer_that_is_no_word_of_the_half_is_not_built_on() -> None:
    async def says_ant(questions: object) -> list[Answer]:
        return [Answer("ant") for _ in questions]  # type: ignore[attr-defined]

    (answer,) = await Amplify(Scripted(TASK.script), says_ant)([Question(first_text(("pear", "fig", "oak")))])
    assert answer.outcome is Outcome.PASSED
    assert "not one of its words" in answer.reason


def test_instances_are_of_different_words_and_questions_are_parts_of_them() -> None:
    instance = TASK.instance(random.Random(0), 8)
    assert len(set(instance.facts)) == 8
    for question in TASK.questions(instance, 20, random.Random(1)):
        words = parse(question.text)
        assert words is not None
        assert question.context == Context()
        assert "".join(words) in "".join(instance.facts)
        assert TASK.stratum(question) == str(len(words))


def test_a_person_may_ask_about_any_words() -> None:
    assert TASK.ask("Which is first: pear, fig and oak", Context()).text == first_text(("pear", "fig", "and", "oak"))
    assert TASK.gold(TASK.ask("pear fig", Context())) == "fig"
    with pytest.raises(TaskError, match="some words"):
        TASK.ask("12?", Context())
    assert TASK.read("anything") == Context()


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="got 0"):
        TASK.instance(random.Random(0), 0)
    with pytest.raises(ValueError, match="got 9"):
        TASK.instance(random.Random(0), 9)
    with pytest.raises(ValueError, match=str(len(WORDS))):
        Alphabet(longest=len(WORDS) + 1)
    with pytest.raises(ValueError, match="not a question"):
        TASK.gold(Question("last in order: a b?"))


def test_words_are_in_order_each_once_and_the_task_pickles() -> None:
    assert list(WORDS) == sorted(set(WORDS))
    assert halves(("a", "b", "c")) == (("a", "b"), ("c",))
    assert pickle.loads(pickle.dumps(TASK)) == TASK
    assert set(WORDS) < set(TASK.words)
