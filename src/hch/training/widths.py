"""How many words a task's facts, questions, answers and H's actions have, found by looking at some."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hch.amplify.amplify import HCH
from hch.humans.scripted import Scripted
from hch.protocols import Human, TextWidths
from hch.schemes.needs import Headroom
from hch.tasks.task import Task, gather_words
from hch.text.render import WHAT_NEXT, action_text, without_reason, workspace_lines
from hch.text.words import words
from hch.types import walk

if TYPE_CHECKING:
    from hch.training.experiment import Experiment

INSTANCES, QUESTIONS = 8, 16
DEEPEST = 6
"""Deep enough to see every kind of text; on some tasks the graph of a deeper HCH takes minutes."""

WORKSPACE_WORDS = ("question", "ask", "reply", "pass", "no", "answer", "what", "next", ":", "->", "#", "?", "\n")
"""The words that a workspace's text has beside the task's own."""

LINE_NUMBERS = tuple(str(number) for number in range(1, 33))


@dataclass(frozen=True)
class Widths:
    """The most words of each kind of text, and every word that was met or that the task names."""

    fact: int
    question: int
    answer: int
    line: int
    action: int
    words: tuple[str, ...]

    @property
    def of_model(self) -> TextWidths:
        """What the model reads and says: facts, questions and answers."""
        return TextWidths(self.fact, self.question, self.answer, self.words)

    @property
    def of_imitated(self) -> TextWidths:
        """What H′ reads and says: a workspace's lines and what comes next, and H's actions."""
        return TextWidths(self.line, self.line, self.action, self.words)

    def extend(self, headroom: Headroom) -> Widths:
        """With that much more room."""
        known = tuple(dict.fromkeys([*self.words, *headroom.words]))
        return replace(
            self, question=self.question + headroom.question, answer=self.answer + headroom.answer, words=known
        )


async def measure_widths(task: Task, human: Human, size: int) -> Widths:
    """Looks at some instances of a size, and at all that happens when HCH answers questions about them.

    Raises ValueError at a text whose spacing a model's vocabulary could not put back.
    """
    randomness = random.Random(f"survey of {task.name}")
    facts: set[str] = set()
    asked: set[str] = set()
    said: set[str] = set()
    lines: set[str] = {WHAT_NEXT}
    actions: set[str] = set()
    for _ in range(INSTANCES):
        context = task.instance(randomness, size)
        facts.update(context.facts)
        for answer in await HCH(human, min(task.depth, DEEPEST), task.lookup)(
            task.questions(context, QUESTIONS, randomness)
        ):
            if answer.transcript is None:
                continue
            for _, transcript in walk(answer.transcript):
                asked.add(transcript.question.text)
                said.add(transcript.text)
                # What the environment answered has no transcript of its own, and a model may be asked it too.
                for consultation in transcript.consultations:
                    asked.add(consultation.question.text)
                    said.add(consultation.answer.text)
                for workspace, action in transcript.steps():
                    lines.update(workspace_lines(workspace))
                    actions.add(action_text(without_reason(action)))
    met = {word for text in facts | asked | said | lines | actions for word in words(text)}
    return Widths(
        fact=_longest(facts),
        question=_longest(asked),
        answer=_longest(said),
        line=_longest(lines),
        action=_longest(actions),
        words=tuple(dict.fromkeys([*gather_words(task, size), *WORKSPACE_WORDS, *LINE_NUMBERS, *sorted(met)])),
    )


def _longest(texts: Iterable[str]) -> int:
    return max((len(words(text)) for text in texts), default=1)


async def widths_for(experiment: Experiment) -> Widths | None:
    """How wide the texts of an experiment's task are; None where the model is one that reads any text."""
    if experiment.model_family.reads_any_text:
        return None
    human = experiment.human or Scripted(experiment.task.script)
    widths = await measure_widths(experiment.task, human, max(experiment.curriculum.sizes))
    return widths.extend(experiment.headroom)
