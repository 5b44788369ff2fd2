"""Which questions are asked at a step: some about each of some fresh instances, none of them held out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from hch.tasks.task import Task, is_held_out
from hch.types import Question, Transcript


@dataclass(frozen=True)
class Batches:
    """How many instances a step has, and how many questions are asked about each.

    ``subquestions`` is the share of the questions that are not drawn from the task but were just asked by H.
    """

    instances: int = 32
    """Instances in a step."""
    questions: int = 8
    """Questions about each instance."""
    subquestions: float = 0.0
    """The share of questions that are sub-questions H has just asked, from 0 to 1."""


def sample_questions(
    task: Task, size: int, instances: int, questions: int, randomness: random.Random, *, test: bool
) -> list[Question]:
    """Questions about fresh instances of one size: held-out instances for a test, the others for training.

    Raises ValueError where there seems to be no such instance.
    """
    drawn: list[Question] = []
    for _ in range(instances):
        for _ in range(1000):
            context = task.instance(randomness, size)
            if is_held_out(context) == test:
                break
        else:
            raise ValueError(f"no {'test' if test else 'training'} instance of {task.name} has size {size}")
        drawn.extend(task.questions(context, questions, randomness))
    return drawn


def sample_subquestions(transcripts: Sequence[Transcript], count: int, randomness: random.Random) -> list[Question]:
    """Some of the sub-questions that H asked, each at most once.

    Those that the environment answered are among them: what it is to know the facts is the first thing that a model
    can learn, and all else is built on it. What was left to its chance is not.
    """
    subquestions = dict.fromkeys(
        Question(c.question.text, c.question.context)
        for transcript in transcripts
        for round_ in transcript.rounds
        for c in round_
        if c.question.sample_index is None or c.answer.by != "lookup"
    )
    return randomness.sample(list(subquestions), min(count, len(subquestions)))
