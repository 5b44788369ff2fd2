from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from hch.amplify.amplify import HCH, Amplify, Otherwise
from hch.humans.scripted import Scripted
from hch.tasks.assignments import Assignments
from hch.tasks.paths import Paths
from hch.tasks.permutation import Permutation
from hch.tasks.task import Task
from hch.tasks.union_find import UnionFind
from hch.tasks.wildcard import Wildcard
from hch.text.render import action_text, without_reason, workspace_lines
from hch.text.words import words
from hch.training.questions import sample_questions, sample_subquestions
from hch.training.widths import measure_widths
from hch.types import Answer, Context, Question, Transcript

TASKS: list[Task] = [
    Permutation(8, bits=4, symbols=10),
    Assignments(9, symbols=12),
    Wildcard(8),
    Paths(8, symbols=10),
    UnionFind(9, symbols=12),
]


def longest(texts: list[str]) -> int:
    return max(len(words(text)) for text in texts)


async def met_in_training(task: Task, seed: int) -> tuple[list[Question], list[Answer], list[Transcript]]:
    """What a run with a good EMA model meets: drawn questions and some that H asked, their answers, and H's work."""
    randomness = random.Random(seed)
    human = Scripted(task.script)
    overseer = Amplify(human, Otherwise(task.lookup, HCH(human, task.depth, task.lookup)))
    questions = sample_questions(task, 8, 4, 8, randomness, test=False)
    answers = await overseer(questions)
    transcripts = [answer.transcript for answer in answers if answer.transcript is not None]
    questions += (subquestions := sample_subquestions(transcripts, 64, randomness))
    answers += await overseer(subquestions)
    return questions, answers, [answer.transcript for answer in answers if answer.transcript is not None]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
async def test_there_is_room_and_a_word_for_all_that_training_meets(task: Task) -> None:
    widths = await measure_widths(task, Scripted(task.script), 8)
    known = set(widths.words)
    for seed in range(2):
        questions, answers, transcripts = await met_in_training(task, seed)
        steps = [step for transcript in transcripts for step in transcript.steps()]
        texts: dict[str, list[str]] = {
            "fact": [fact for question in questions for fact in question.context.facts],
            "question": [question.text for question in questions],
            "answer": [answer.text for answer in answers if answer.answered],
            "line": [line for workspace, _ in steps for line in workspace_lines(workspace)],
            "action": [action_text(without_reason(action)) for _, action in steps],
        }
        for kind, result in texts.items():
            assert longest(result) <= getattr(widths, kind), kind
            assert {word for text in result for word in words(text)} <= known, kind


async def test_a_survey_is_the_same_every_time() -> None:
    for task in TASKS[:2]:
        assert await measure_widths(task, Scripted(task.script), 4) == await measure_widths(
            task, Scripted(task.script), 4
        )


async def test_the_task_s_own_words_are_known_whether_met_or_not() -> None:
    task = Permutation(4, bits=2, symbols=20)
    widths = await measure_widths(task, Scripted(task.script), 4)
    assert widths.words[: len(task.words or ())] == task.words
    assert len(set(widths.words)) == len(widths.words)


@dataclass(frozen=True)
class Misspelled(Permutation):
    """A task whose facts a vocabulary cannot spell."""

    def instance(self, randomness: random.Random, size: int) -> Context:
        return Context(tuple(fact.replace(" -> ", " ->  ") for fact in super().instance(randomness, size).facts))


async def test_a_text_that_cannot_be_spelled_is_refused_before_a_run_begins() -> None:
    task = Misspelled(4, bits=2, symbols=8)
    with pytest.raises(ValueError, match=r"the spacing of .* would be lost"):
        await measure_widths(task, Scripted(task.script), 4)
