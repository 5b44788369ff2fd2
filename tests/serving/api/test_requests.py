from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.models.language.chat import question_text
from hch.serving.api.requests import plain_question, task_question
from hch.tasks.assignments import Assignments
from hch.tasks.facts import TaskError
from hch.tasks.lists import Lists
from hch.tasks.paths import Paths
from hch.tasks.permutation import Permutation
from hch.tasks.task import Task
from hch.tasks.union_find import UnionFind
from hch.tasks.wildcard import Wildcard
from hch.types import Context, Question

TASKS: list[Task] = [Permutation(), Assignments(), Wildcard(), Paths(), UnionFind(), Lists()]

LINES = st.text(alphabet="ab \t.σ?", min_size=1, max_size=8).filter(str.strip)
PARAGRAPHS = st.lists(LINES, min_size=1, max_size=3).map("\n".join)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_what_a_model_is_asked_reads_back_as_the_same_question(task: Task) -> None:
    randomness = random.Random(0)
    for _ in range(10):
        for question in task.questions(task.instance(randomness, 4), 10, randomness):
            assert task_question(task, question_text(question)) == question
            assert plain_question(question_text(question)) == question


@given(st.lists(PARAGRAPHS, min_size=1, max_size=4).map("\n\n".join))
def test_a_model_that_reads_any_text_is_shown_the_very_text(text: str) -> None:
    assert question_text(plain_question(text)) == text


@given(st.lists(LINES, max_size=4), LINES)
def test_facts_of_one_line_and_a_question_of_one_line_are_told_apart(facts: list[str], question: str) -> None:
    asked = Question(question, Context(tuple(facts)))
    assert plain_question(question_text(asked)) == asked


@given(st.lists(PARAGRAPHS, min_size=2, max_size=4), LINES)
def test_facts_of_several_lines_are_paragraphs(facts: list[str], question: str) -> None:
    asked = Question(question, Context(tuple(facts)))
    if any("\n" in fact for fact in facts):
        assert plain_question(question_text(asked)) == asked


def test_what_the_task_does_not_know_is_said_with_what_was_expected() -> None:
    with pytest.raises(TaskError, match="no facts here"):
        task_question(Permutation(), "σ(a)?")
    with pytest.raises(TaskError, match="expected a question like"):
        task_question(Permutation(), "a -> a\n\nhow are you?")
    with pytest.raises(TaskError, match="line 2: expected “X -> Y”"):
        task_question(Permutation(), "a -> a\nb => b\n\nσ(a)?")
