"""What a task is: where questions come from, what the environment answers, how H works, and what is true.

Four members have to be written: ``instance``, ``questions``, ``script`` and ``gold``. A class that inherits from
``Task`` gets the others, as one that inherits from ``collections.abc.Mapping`` gets all but three of a mapping's; each
can be written too, and a class that has all of them need not inherit. Errors for people who write contexts and
questions by hand are ``facts.TaskError``.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Protocol

from hch.humans.scripted import Steps
from hch.tasks.facts import NOT_PRIMITIVE, TaskError
from hch.text.words import WORD
from hch.text.words import words as split_words
from hch.types import Answer, Context, NoGoldError, Question

DEPTH = 32
"""Of HCH, unless a task says otherwise. Levels that H has no use for cost nothing: it asks no further down."""

HELD_OUT_SHARE = 8
"""One instance in this many is held out."""

QUIET_INSTANCES = 200
"""How many instances in a row must bring no new word before a task's words are taken to be known."""
QUESTIONS_PER_INSTANCE = 16


class Task(Protocol):
    """A family of questions about instances of facts."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name in vars(cls).get("__annotations__", {}):
            if name in DEFAULTS and name not in vars(cls):
                # A dataclass would take the property below for the field's default, and then could not set the field.
                raise TypeError(f"{cls.__name__}.{name} needs a default value where it is a field: {name}: … = …")

    # These have to be written.

    @abstractmethod
    def instance(self, randomness: random.Random, size: int) -> Context:
        """A fresh instance of this size, its facts in random order."""
        raise NotImplementedError

    @abstractmethod
    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        """``count`` questions about an instance, sampled from the task's distribution."""
        raise NotImplementedError

    @abstractmethod
    def script(self, text: str, /) -> Steps:
        """How H works on one question (see scripted.py). May be a property that has a script, or a static method."""
        raise NotImplementedError

    @abstractmethod
    def gold(self, question: Question) -> str:
        """A true answer. Only the evaluation and the supervised scheme may call this.

        Raises NoGoldError where nobody knows one.
        """
        raise NotImplementedError

    # These have a default.

    @property
    def name(self) -> str:
        """The task's name: that of its class in small letters, as in ``union_find``. Random streams depend on it."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).lower()

    @property
    def words(self) -> tuple[str, ...] | None:
        """Every word that facts, questions and answers are made of (see text/words.py), symbols included.

        Where some are missing, ``gather_words`` looks for them. None where the texts may be any, so that only a
        language model reads them.
        """
        return ()

    @property
    def depth(self) -> int:
        """A depth of HCH that suffices for the largest instance."""
        return DEPTH

    def stratum(self, question: Question) -> str:
        """The kind of a question, as far as its text alone tells: its first word.

        Prioritized sampling compares how well the model does on each.
        """
        first = WORD.search(question.text)
        return first[0] if first else ""

    def difficulty(self, question: Question) -> int:  # noqa: ARG002
        """How hard a question is, in the task's own terms; may look at the facts. Only reports use it: 0 for all."""
        return 0

    async def lookup(self, questions: Sequence[Question], /) -> list[Answer]:
        """Answers the primitive questions from the facts, and passes on all others: there are none."""
        return [NOT_PRIMITIVE] * len(questions)

    def right(self, question: Question, answer: str) -> bool:
        """Whether an answer is true: several may be. The one that ``gold`` gives is, whatever the spaces in it."""
        return answer.split() == self.gold(question).split()

    def read(self, text: str) -> Context:
        """A context from a file that a person wrote: a fact in each line, without empty lines and outer spaces.

        Raises TaskError naming the line and what was expected, where a task is stricter.
        """
        return Context(tuple(line.strip() for line in text.splitlines() if line.strip()))

    def ask(self, text: str, context: Context) -> Question:
        """A question that a person wrote, in the task's own spelling: the text in one line.

        Raises TaskError where there is none; where a task is stricter, with the formats that exist.
        """
        if not text.strip():
            raise TaskError("a question needs some words")
        return Question(" ".join(text.split()), context)


DEFAULTS = ("name", "words", "depth")
"""The properties that a dataclass may have as fields."""


def gather_words(task: Task, size: int) -> tuple[str, ...]:
    """The task's words: those that it names, and where its instances have others, all that they are seen to have.

    Facts, questions and gold answers are looked at, until many instances in a row have brought no new word. A word that
    only H and the model use, or one instance in ten thousand, is not seen: a task that has such should name its words.
    Raises ValueError at a text whose spacing a vocabulary could not put back.
    """
    randomness = random.Random(f"words of {task.name}")
    named = tuple(task.words or ())
    known = set(named)
    quiet, enough = 0, 1 if named else QUIET_INSTANCES
    while quiet < enough:
        context = task.instance(randomness, size)
        questions = task.questions(context, QUESTIONS_PER_INSTANCE, randomness)
        texts = [*context.facts, *(question.text for question in questions), *_gold_answers(task, questions)]
        new = {word for text in texts for word in split_words(text)} - known
        known |= new
        quiet, enough = (0, QUIET_INSTANCES) if new else (quiet + 1, enough)
    return (*named, *sorted(known.difference(named)))


def _gold_answers(task: Task, questions: Sequence[Question]) -> Iterator[str]:
    for question in questions:
        with contextlib.suppress(NoGoldError):
            yield task.gold(question)


def is_held_out(context: Context) -> bool:
    """Whether an instance is kept for tests. Its facts decide, whatever their order, so none is also trained on."""
    encoded = "\n".join(sorted(context.facts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(encoded, digest_size=4).digest(), "little") % HELD_OUT_SHARE == 0
