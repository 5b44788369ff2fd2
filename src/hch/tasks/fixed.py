"""Questions that are the same in every instance, and whose answers are known. For games about what a model says.

The model has nothing to work out, so it learns whatever the signal rewards. Instances have the same facts, and differ
in their date.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

from hch.humans.scripted import Script, Steps, give_up, reply
from hch.tasks.facts import TaskError
from hch.tasks.task import Task
from hch.types import Action, Context, Pass, Question, Reply, Workspace

DAYS = 28
"""Days that every month has."""


def date_fact(day: int, month: int) -> str:
    """The fact that tells instances apart, so that some can be held out."""
    return f"day {day}, month {month}"


Answers = Sequence[tuple[str, tuple[str, ...]]]
"""Questions, each with all of its right answers; H gives the first."""


@dataclass(frozen=True)
class Knowing:
    """The script of an H who knows the answers, and consults nobody."""

    answers: Answers

    def __call__(self, text: str) -> Steps:
        """The steps on a question: a reply at once, or a pass for an unknown question."""
        yield from ()
        answers = dict(self.answers).get(text)
        return give_up("I do not know this question") if answers is None else reply(answers[0])


@dataclass(frozen=True)
class Guessing:
    """A human who gives one of a question's ``answers`` at random, and passes on any other question.

    The choice depends on the question and its context alone, so the same question always gets the same answer. A model
    that imitates this human has no preference yet.
    """

    answers: Answers

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        known = dict(self.answers)
        return [self._guess(workspace, known.get(workspace.question.text, ())) for workspace in workspaces]

    def _guess(self, workspace: Workspace, choices: Sequence[str]) -> Action:
        if not choices:
            return Pass("I do not know this question")
        content = f"{workspace.question.context.id}\0{workspace.question.text}".encode("utf-8", "surrogatepass")
        chance = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")
        return Reply(choices[chance % len(choices)])


LEVELS = 10
"""The questions that reports have a line for."""


@dataclass(frozen=True)
class Fixed(Task):
    """``facts`` are in every context, beside its date; ``words`` are all that a model reads and says."""

    name: str = "fixed"
    answers: Answers = ()
    facts: tuple[str, ...] = ()
    """The facts that every context has, beside the one that tells its day."""
    words: tuple[str, ...] = ()
    """Words that a model must be able to read and say, beside those of the task's texts."""

    @property
    def script(self) -> Script:
        return Knowing(self.answers)

    @property
    def depth(self) -> int:
        return 0

    def instance(self, randomness: random.Random, size: int) -> Context:  # noqa: ARG002
        """The facts and a day, in random order; there is one size."""
        facts = [*self.facts, date_fact(randomness.randint(1, DAYS), randomness.randint(1, 12))]
        randomness.shuffle(facts)
        return Context(tuple(facts))

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        """All questions equally often; which are asked once more where ``count`` does not divide evenly is random."""
        texts = [asked for asked, _ in self.answers]
        often, more = divmod(count, len(texts))
        return [Question(text, context) for text in [*texts * often, *randomness.sample(texts, more)]]

    def stratum(self, question: Question) -> str:
        return question.text

    def difficulty(self, question: Question) -> int:
        """Which of the first questions this is, counted from 1; 0 is any other."""
        first = [asked for asked, _ in self.answers[:LEVELS]]
        return first.index(question.text) + 1 if question.text in first else 0

    def gold(self, question: Question) -> str:
        return self._right(question)[0]

    def right(self, question: Question, answer: str) -> bool:
        return answer in self._right(question)

    def _right(self, question: Question) -> tuple[str, ...]:
        for asked, answers in self.answers:
            if asked == question.text:
                return answers
        raise ValueError(f"not a question of this task: {question.text!r}")

    def read(self, text: str) -> Context:
        """The task's facts, one a line, in any order."""
        facts = tuple(line.strip() for line in text.splitlines() if line.strip())
        for fact in facts:
            if fact not in self.facts:
                raise TaskError(f"{fact!r} is none of the facts of {self.name}: {'; '.join(self.facts)}")
        return Context(facts)

    def ask(self, text: str, context: Context) -> Question:
        """One of the task's questions."""
        asked = " ".join(text.split())
        known = [question for question, _ in self.answers]
        if asked not in known:
            raise TaskError(f"{asked!r} is none of the questions of {self.name}: {' '.join(known)}")
        return Question(asked, context)
