"""A task of four members: what the others are by default, and that it can be trained on."""

from __future__ import annotations

import asyncio
import pickle
import random
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hch.amplify.amplify import HCH
from hch.humans.scripted import Scripted, Steps, ask, give_up, reply
from hch.models.settings import ReaderSettings
from hch.tasks.facts import TaskError
from hch.tasks.permutation import Permutation
from hch.tasks.task import DEPTH, Task, gather_words, is_held_out
from hch.tasks.union_find import UnionFind
from hch.tasks.wordy import Wordy
from hch.text.files import read_rows
from hch.training.curriculum import Curriculum
from hch.training.experiment import Evaluation, Experiment
from hch.training.loop import run
from hch.training.questions import Batches
from hch.training.run_folder import RunFolder
from hch.types import Context, NoGoldError, Question


@dataclass(frozen=True)
class LargestDigit(Task):
    """The largest of some digits, which stand in the question. H compares two, and asks about halves of more."""

    digits: str = "0123456789"

    def instance(self, randomness: random.Random, size: int) -> Context:
        return Context(tuple(randomness.choices(self.digits, k=size)))

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        counts = randomness.choices(range(1, len(context.facts) + 1), k=count)
        return [Question(largest_of(randomness.sample(context.facts, k))) for k in counts]

    def script(self, text: str, /) -> Steps:
        some = digits_in(text)
        if len(some) <= 2:
            return reply(max(some))
        answers = yield ask(largest_of(some[::2]), largest_of(some[1::2]))
        known = [answer for answer in answers if answer is not None and answer in self.digits]
        return reply(max(known)) if len(known) == 2 else give_up("not a digit")

    def gold(self, question: Question) -> str:
        return max(digits_in(question.text))


def largest_of(digits: list[str]) -> str:
    return f"largest of {' '.join(digits)}?"


def digits_in(text: str) -> list[str]:
    return re.findall("[0-9]", text)


TASK = LargestDigit()
QUESTION = Question("largest of 3 7?")


async def test_four_members_make_a_task() -> None:
    task: Task = TASK
    assert task.name == "largest_digit"
    assert (task.words, task.depth) == ((), DEPTH)
    assert (task.stratum(QUESTION), task.difficulty(QUESTION)) == ("largest", 0)
    (answer,) = await task.lookup([QUESTION])
    assert (answer.outcome.value, answer.by) == ("passed", "lookup")
    assert pickle.loads(pickle.dumps(task)) == task
    human = pickle.loads(pickle.dumps(Scripted(task.script)))
    questions = task.questions(task.instance(random.Random(0), 6), 40, random.Random(1))
    answers = await HCH(human, task.depth, task.lookup)(questions)
    assert all(task.right(question, answer.text) for question, answer in zip(questions, answers, strict=True))
    assert len({answer.text for answer in answers}) > 1


def test_an_answer_is_right_whatever_its_spaces_and_nothing_else_is() -> None:
    @dataclass(frozen=True)
    class Named(LargestDigit):
        def gold(self, question: Question) -> str:
            return "New York"

    assert all(Named().right(QUESTION, answer) for answer in ("New York", " New   York\n"))
    assert not any(Named().right(QUESTION, answer) for answer in ("", "NewYork", "new york", "New York.", "York New"))


def test_people_write_a_fact_a_line_and_a_question_in_any_spacing() -> None:
    context = TASK.read(" 3\n\n\t7 \r\n")
    assert context == Context(("3", "7"))
    assert TASK.ask("  largest  of\n3 7? ", context) == Question("largest of 3 7?", context)
    with pytest.raises(TaskError, match="a question needs some words"):
        TASK.ask(" \n", context)


@pytest.mark.parametrize(("text", "stratum"), [("what is 2?", "what"), ("  σ(x)?", "σ"), ("-3 or 4?", "-3"), ("", "")])
def test_a_stratum_is_the_questions_first_word(text: str, stratum: str) -> None:
    assert TASK.stratum(Question(text)) == stratum


def test_a_name_comes_from_the_class() -> None:
    assert (UnionFind().name, Task.name.fget(UnionFind())) == ("union_find", "union_find")  # type: ignore[attr-defined]


def test_what_has_no_default_has_to_be_written() -> None:
    class Lacking(Task):
        def gold(self, question: Question) -> str:
            return question.text

    with pytest.raises(TypeError, match=r"abstract methods.*instance.*questions.*script"):
        Lacking()  # type: ignore[abstract]


def test_a_field_in_place_of_a_default_needs_one_of_its_own() -> None:
    with pytest.raises(TypeError, match=r"Mine\.depth needs a default value where it is a field: depth: … = …"):

        class Mine(LargestDigit):
            depth: int

    @dataclass(frozen=True)
    class Yours(LargestDigit):
        depth: int = 3
        name: str = "yours"

    assert (Yours(depth=4).depth, Yours().name) == (4, "yours")


@pytest.mark.parametrize("size", [2, 4, 9])
def test_words_that_no_task_names_are_gathered_from_its_instances(size: int) -> None:
    assert gather_words(TASK, size) == (*"0123456789", "?", "largest", "of")


def test_named_words_stay_in_place_and_missing_ones_are_added() -> None:
    task = Permutation(8, bits=3, symbols=8)
    assert gather_words(task, 8) == task.words
    wordy = Wordy(TASK)
    assert wordy.words == ("surely", "indeed", "proven")
    assert gather_words(wordy, 4) == ("surely", "indeed", "proven", *"0123456789", "?", "largest", "of")


def test_words_are_gathered_though_nobody_knows_some_answers() -> None:
    class Open(LargestDigit):
        def gold(self, question: Question) -> str:
            raise NoGoldError(question.text)

    assert gather_words(Open(), 4) == gather_words(TASK, 4)


def test_facts_decide_whatever_their_order_whether_an_instance_is_held_out() -> None:
    contexts = [Context((str(n), "fact")) for n in range(2000)]
    assert [is_held_out(context) for context in contexts] == [
        is_held_out(Context(context.facts[::-1])) for context in contexts
    ]
    assert 200 < sum(map(is_held_out, contexts)) < 300


def test_a_task_of_four_members_is_learned(tmp_path: Path) -> None:
    experiment = Experiment(
        "largest-digit",
        "the largest of some digits",
        TASK,
        Curriculum(sizes=(3,)),
        reader=ReaderSettings(width=16, heads=2),
        batches=Batches(instances=16, questions=8),
        evaluation=Evaluation(every=40, questions=200, at_start=True),
        steps=80,
    )
    with RunFolder.new(tmp_path) as folder:
        results = asyncio.run(run(replace(experiment, checkpoint_every=80), folder))
        rows = [row["accuracy"]["model"] for row in read_rows(folder.metrics) if "accuracy" in row]
    assert (results["status"], [*results["by_difficulty"]]) == ("done", ["0"])
    assert rows[0] < 0.3
    assert results["accuracy"]["model"] > rows[0] + 0.3
