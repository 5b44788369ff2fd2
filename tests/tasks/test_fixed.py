from __future__ import annotations

import pickle
import random
from collections import Counter

import pytest

from hch import Amplify, Context, Outcome, Pass, Question, Reply, Workspace
from hch.humans.scripted import Scripted
from hch.models.table import Table
from hch.tasks.facts import TaskError
from hch.tasks.fixed import Fixed, Guessing
from hch.training.questions import sample_questions

TASK = Fixed(
    "weather", (("does it rain?", ("yes",)), ("is it cold?", ("no", "hardly"))), ("wet: street",), ("umbrella",)
)


def test_instances_differ_so_that_some_can_be_held_out() -> None:
    asked = [sample_questions(TASK, 1, 30, 2, random.Random("fixed"), test=test) for test in (False, True)]
    contexts = [{question.context for question in questions} for questions in asked]
    assert not contexts[0] & contexts[1]
    assert all("wet: street" in context.facts for drawn in contexts for context in drawn)
    assert {question.text for question in asked[0]} == {"does it rain?", "is it cold?"}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_questions_are_asked_about_equally_often(count: int) -> None:
    asked = [q.text for q in TASK.questions(TASK.instance(random.Random(0), 1), count, random.Random(0))]
    assert len(asked) == count
    assert {asked.count(text) for text, _ in TASK.answers} <= {count // 2, -(-count // 2)}


async def test_h_knows_and_any_right_answer_is_right() -> None:
    questions = [Question(text) for text in ("does it rain?", "is it cold?", "why?")]
    answers = await Amplify(Scripted(TASK.script), Table({}))(questions)
    assert [answer.text for answer in answers] == ["yes", "no", ""]
    assert answers[2].outcome is Outcome.PASSED
    assert TASK.right(questions[1], "hardly")
    assert not TASK.right(questions[0], "hardly")
    assert [TASK.difficulty(question) for question in questions] == [1, 2, 0]
    with pytest.raises(ValueError, match="not a question of this task: 'why\\?'"):
        TASK.gold(questions[2])


def test_a_task_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(TASK)) == TASK


def test_what_people_write_is_read_or_refused_in_words() -> None:
    context = TASK.read("\n wet: street \n")
    assert context.facts == ("wet: street",)
    assert TASK.ask(" does it  rain? ", context).text == "does it rain?"
    with pytest.raises(TaskError, match="'dry' is none of the facts of weather: wet: street"):
        TASK.read("dry")
    with pytest.raises(TaskError, match=r"'why\?' is none of the questions of weather: does it rain\? is it cold\?"):
        TASK.ask("why?", context)


GUESSING = Guessing((("which?", ("a", "b", "c")),))


async def test_each_answer_is_about_as_likely_and_stays_the_same() -> None:
    workspaces = [Workspace(Question("which?", Context((str(number),)))) for number in range(300)]
    actions = await GUESSING(workspaces)
    assert await GUESSING(workspaces[::-1]) == actions[::-1]
    counts = Counter(action.text for action in actions if isinstance(action, Reply))
    assert set(counts) == {"a", "b", "c"}
    assert min(counts.values()) > 70


async def test_what_it_has_no_answer_to_it_passes_on() -> None:
    assert await GUESSING([Workspace(Question("why?"))]) == [Pass("I do not know this question")]
    assert pickle.loads(pickle.dumps(GUESSING)) == GUESSING
