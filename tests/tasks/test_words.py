from __future__ import annotations

import pickle
import random
from collections.abc import Sequence

import pytest

from hch.amplify.amplify import HCH, Amplify
from hch.humans.scripted import Scripted
from hch.tasks.facts import TaskError
from hch.tasks.lists import halves
from hch.tasks.words import WORDS, WordLists, list_text, parse
from hch.types import Answer, Context, Outcome, Question

BACKWARDS, FIRST = WordLists("backwards", longest=8), WordLists("first in order", longest=8)

either = pytest.mark.parametrize("task", [BACKWARDS, FIRST], ids=lambda task: task.name)


def sample_questions(task: WordLists, size: int, count: int = 40) -> list[Question]:
    randomness = random.Random(size)
    return [q for _ in range(5) for q in task.questions(task.instance(randomness, size), count // 5, randomness)]


def test_what_is_asked_for_is_what_gold_says() -> None:
    words = ("pear", "fig", "oak")
    assert BACKWARDS.gold(Question(list_text("backwards", words))) == "oak fig pear"
    assert FIRST.gold(Question(list_text("first in order", words))) == "fig"
    assert BACKWARDS.right(Question("backwards: pear fig?"), " fig pear.\n")
    assert not BACKWARDS.right(Question("backwards: pear fig?"), "pear fig")


@either
@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
async def test_hch_of_the_tasks_depth_is_always_right(task: WordLists, size: int) -> None:
    questions = sample_questions(task, size)
    answers = await HCH(Scripted(task.script), task.depth)(questions)
    assert [answer.text for answer in answers] == [task.gold(question) for question in questions]
    assert all(task.right(q, a.text) for q, a in zip(questions, answers, strict=True))


@either
async def test_h_alone_can_do_it_for_two_words_and_no_more(task: WordLists) -> None:
    questions = sample_questions(task, 8)
    answers = await HCH(Scripted(task.script), 0)(questions)
    sizes = [task.difficulty(question) for question in questions]
    assert {1, 2, 4, 8} == set(sizes)
    assert [answer.answered for answer in answers] == [size <= 2 for size in sizes]


@pytest.mark.parametrize(
    ("task", "said"),
    [(FIRST, "ant"), (FIRST, ""), (BACKWARDS, "pear"), (BACKWARDS, "fig pear pear"), (BACKWARDS, "fig  pear")],
)
async def test_an_answer_that_cannot_be_is_not_built_on(task: WordLists, said: str) -> None:
    async def model(questions: Sequence[Question], /) -> list[Answer]:
        return [Answer(said) for _ in questions]

    question = Question(list_text(task.what, ("pear", "fig", "oak", "elm")))
    (answer,) = await Amplify(Scripted(task.script), model)([question])
    assert answer.outcome is Outcome.PASSED
    assert "not made of its words" in answer.reason


async def test_a_half_in_a_wrong_order_deceives_h() -> None:
    async def model(questions: Sequence[Question], /) -> list[Answer]:
        return [Answer(" ".join(parse(question.text, "backwards") or ())) for question in questions]

    (answer,) = await Amplify(Scripted(BACKWARDS.script), model)([Question("backwards: a b c d?")])
    assert answer.text == "c d a b"


@either
def test_instances_are_of_different_words_and_questions_are_parts_of_them(task: WordLists) -> None:
    instance = task.instance(random.Random(0), 8)
    assert len(set(instance.facts)) == 8
    for question in task.questions(instance, 20, random.Random(1)):
        words = parse(question.text, task.what)
        assert words is not None
        assert question.context == Context()
        assert " ".join(words) in " ".join(instance.facts)
        assert task.stratum(question) == str(len(words))


def test_a_person_may_ask_about_any_words() -> None:
    assert FIRST.ask("Which is first: pear, fig and oak", Context()).text == "first in order: pear fig and oak?"
    assert BACKWARDS.gold(BACKWARDS.ask("pear fig", Context())) == "fig pear"
    with pytest.raises(TaskError, match="some words"):
        BACKWARDS.ask("12?", Context())
    assert BACKWARDS.read("anything") == Context()


def test_what_cannot_be_is_refused() -> None:
    for size in (0, 9):
        with pytest.raises(ValueError, match=f"got {size}"):
            BACKWARDS.instance(random.Random(0), size)
    with pytest.raises(ValueError, match=str(len(WORDS))):
        WordLists(longest=len(WORDS) + 1)
    with pytest.raises(ValueError, match=r"backwards.* or .*first in order.*; got forwards"):
        WordLists("forwards")
    with pytest.raises(ValueError, match="not a question"):
        FIRST.gold(Question("last in order: a b?"))


def test_words_are_in_order_each_once_and_the_task_pickles() -> None:
    assert list(WORDS) == sorted(set(WORDS))
    assert halves(("a", "b", "c")) == (("a", "b"), ("c",))
    assert pickle.loads(pickle.dumps(FIRST)) == FIRST
    assert set(WORDS) < set(FIRST.words)
