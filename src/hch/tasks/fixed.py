"""Questions that are the same in every instance, and whose answers are known. For games about what a model says.

Nothing is to be found out here, so whatever is learned is what a signal rewards. An instance is the same facts with a
day on which they were written down.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from hch.humans.scripted import Script, Steps, give_up, reply
from hch.tasks.facts import TaskError
from hch.types import Answer, Context, Outcome, Question

NOTHING_TO_LOOK_UP = Answer(outcome=Outcome.PASSED, by="lookup", reason="nothing is looked up in this task")


DAYS = 28
"""Every month has them."""


def dated(day: int, month: int) -> str:
    """The fact that tells instances apart, so that some can be held out."""
    return f"day {day}, month {month}"


Answers = Sequence[tuple[str, tuple[str, ...]]]
"""Questions, each with all of its right answers, the first being what H says."""


@dataclass(frozen=True)
class Knowing:
    """The script of an H who knows the answers, and consults nobody."""

    answers: Answers

    def __call__(self, text: str) -> Steps:
        """The steps on a question: a reply at once, or a pass where it is none of those known."""
        yield from ()
        found = dict(self.answers).get(text)
        return give_up("I do not know this question") if found is None else reply(found[0])


LEVELS = 10
"""Reports have a line for each."""


@dataclass(frozen=True)
class Fixed:
    """``facts`` are what every context says beside its day; ``words`` all that a model may have to say or read."""

    name: str
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
        facts = [*self.facts, dated(randomness.randint(1, DAYS), randomness.randint(1, 12))]
        randomness.shuffle(facts)
        return Context(tuple(facts))

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        """Each question as often as any other, but for one; which come more often is chance."""
        texts = [asked for asked, _ in self.answers]
        often, more = divmod(count, len(texts))
        return [Question(text, context) for text in [*texts * often, *randomness.sample(texts, more)]]

    def stratum(self, question: Question) -> str:
        return question.text

    def level(self, question: Question) -> int:
        """Which of the first questions this is, counted from 1; 0 is any other."""
        first = [asked for asked, _ in self.answers[:LEVELS]]
        return first.index(question.text) + 1 if question.text in first else 0

    async def lookup(self, questions: Sequence[Question], /) -> list[Answer]:
        return [NOTHING_TO_LOOK_UP for _ in questions]

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
        found = tuple(line.strip() for line in text.splitlines() if line.strip())
        for fact in found:
            if fact not in self.facts:
                raise TaskError(f"{fact!r} is none of the facts of {self.name}: {'; '.join(self.facts)}")
        return Context(found)

    def ask(self, text: str, context: Context) -> Question:
        """One of the task's questions."""
        asked = " ".join(text.split())
        known = [question for question, _ in self.answers]
        if asked not in known:
            raise TaskError(f"{asked!r} is none of the questions of {self.name}: {' '.join(known)}")
        return Question(asked, context)
