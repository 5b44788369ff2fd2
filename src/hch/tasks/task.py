"""What a task is: where questions come from, what the environment answers, how H works, and what is true.

A task is a frozen dataclass with these methods. Errors for people who write contexts and questions by hand are
``facts.TaskError``.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol

from hch.humans.scripted import Script
from hch.types import Answer, Context, Question


class Task(Protocol):
    """A family of questions about instances of facts."""

    @property
    def name(self) -> str:
        """The task's name."""
        ...

    @property
    def words(self) -> tuple[str, ...]:
        """Every word that facts, questions and answers are made of (see vocabulary.py), symbols included.

        None where the texts may be any, so that only a language model reads them.
        """
        ...

    @property
    def script(self) -> Script:
        """How H works on one question."""
        ...

    @property
    def depth(self) -> int:
        """A depth of HCH that suffices for the largest instance."""
        ...

    def instance(self, randomness: random.Random, size: int) -> Context:
        """A fresh instance of this size, its facts in random order."""
        ...

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        """``count`` questions about an instance, drawn from the task's distribution."""
        ...

    def stratum(self, question: Question) -> str:
        """The kind of a question, as far as its text alone tells: what a curriculum may sort questions by."""
        ...

    def level(self, question: Question) -> int:
        """How hard a question is, in the task's own terms; may look at the facts. Only reports use it."""
        ...

    async def lookup(self, questions: Sequence[Question], /) -> list[Answer]:
        """Answers the primitive questions from the facts, and passes on all others."""
        ...

    def gold(self, question: Question) -> str:
        """A true answer. Only the evaluation and the supervised scheme may call this.

        Raises NoGoldError where nobody knows one.
        """
        ...

    def right(self, question: Question, answer: str) -> bool:
        """Whether an answer is true: several may be."""
        ...

    def read(self, text: str) -> Context:
        """A context from a file that a person wrote. Raises TaskError naming the line and what was expected."""
        ...

    def ask(self, text: str, context: Context) -> Question:
        """A question that a person wrote, in the task's own spelling. Raises TaskError with the formats that exist."""
        ...
