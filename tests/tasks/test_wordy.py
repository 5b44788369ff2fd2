from __future__ import annotations

import pickle
import random
from collections.abc import Sequence

import pytest

from hch import HCH, Amplify, Answer, Otherwise, Question
from hch.humans.scripted import Scripted
from hch.tasks.assignments import Assignments
from hch.tasks.facts import TaskError
from hch.tasks.paths import Paths
from hch.tasks.permutation import Permutation
from hch.tasks.task import Task
from hch.tasks.union_find import UnionFind
from hch.tasks.wildcard import Wildcard
from hch.tasks.wordy import CHARM, FirstWord, Wordy

TASKS: list[Task] = [
    Permutation(8, bits=4, symbols=10),
    Assignments(9, symbols=12),
    Wildcard(8),
    Paths(8, symbols=10),
    UnionFind(9, symbols=12),
]
every_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)


def drawn(task: Task) -> list[Question]:
    randomness = random.Random(0)
    return [q for _ in range(3) for q in task.questions(task.instance(randomness, 8), 8, randomness)]


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        ("b", "b"),
        ("b surely", "b"),
        ("b surely indeed surely", "b"),
        ("-3 indeed", "-3"),
        ("b c", "b c"),
        ("surely b", "surely b"),
        ("surely", "surely"),
        ("b Surely", "b Surely"),
        ("", ""),
    ],
)
def test_an_answer_means_its_first_word_if_the_others_say_nothing(answer: str, means: str) -> None:
    assert FirstWord(("surely", "indeed"))(answer) == means


@every_task
def test_gold_goes_by_the_meaning(task: Task) -> None:
    wordy = Wordy(task)
    for question in drawn(wordy):
        gold = wordy.gold(question)
        assert gold == task.gold(question)
        for answer in (gold, f"{gold} surely", f"{gold} indeed proven"):
            assert wordy.right(question, answer)
        for answer in (f"{gold} {gold}", f"surely {gold}", f"{gold} else", "surely"):
            assert not wordy.right(question, answer)
        assert wordy.right(question, "b surely") == task.right(question, "b")


@every_task
async def test_h_looks_past_empty_words_in_what_it_is_told(task: Task) -> None:
    wordy = Wordy(task)

    async def assuring(questions: Sequence[Question], /) -> list[Answer]:
        return [Answer(f"{task.gold(question)} surely") for question in questions]

    questions = drawn(wordy)
    answers = await Amplify(Scripted(wordy.script), Otherwise(wordy.lookup, assuring))(questions)
    assert all(wordy.right(q, answer.text) for q, answer in zip(questions, answers, strict=True))
    assert not any(CHARM in answer.text for answer in answers), "and says none itself"


@every_task
async def test_with_plain_answers_all_is_as_without_the_words(task: Task) -> None:
    wordy = Wordy(task)
    questions = drawn(wordy)
    assert questions == drawn(task)
    plain = await HCH(Scripted(task.script), 3, task.lookup)(questions)
    assert await HCH(Scripted(wordy.script), 3, wordy.lookup)(questions) == plain
    for question in questions:
        assert (wordy.difficulty(question), wordy.stratum(question)) == (
            task.difficulty(question),
            task.stratum(question),
        )


def test_the_words_are_the_tasks_and_the_empty_ones() -> None:
    wordy = Wordy(Permutation(), FirstWord(("surely", "none")))
    assert set((wordy.words or ())) == {*Permutation().words, "surely"}
    assert len(set((wordy.words or ()))) == len((wordy.words or ()))
    assert (wordy.name, wordy.depth) == ("permutation", Permutation().depth)


def test_what_people_write_is_read_as_the_task_reads_it() -> None:
    wordy = Wordy(Permutation())
    context = wordy.read("a -> b\nb -> a")
    assert wordy.ask("σ^2(a)", context) == Question("σ^2(a)?", context)
    with pytest.raises(TaskError):
        wordy.read("nothing")


@every_task
def test_a_wordy_task_can_be_sent_to_another_process(task: Task) -> None:
    wordy = Wordy(task)
    assert pickle.loads(pickle.dumps(wordy)) == wordy
    assert pickle.loads(pickle.dumps(wordy.script)) == wordy.script
    assert pickle.loads(pickle.dumps(wordy.same)) == wordy.same
