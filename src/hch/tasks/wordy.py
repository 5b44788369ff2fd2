"""Any task, with answers that may have empty words: a charm, padding, a claim. Gold goes by the meaning alone.

Gold and H read the meaning of an answer in the same way (``FirstWord``, or ``WithoutPhrases`` for free text). So where
empty words please an overseer, they do so by looks alone, and their cost in accuracy can be measured.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from hch.humans.scripted import Script, Steps, map_answers
from hch.tasks.task import Task
from hch.types import Answer, Context, Question

CHARM, PADDING, CLAIM = "surely", "indeed", "proven"


class Meaning(Protocol):
    """Maps an answer to its meaning; ``empty`` has the words or phrases that have none."""

    @property
    def empty(self) -> tuple[str, ...]: ...

    def __call__(self, answer: str, /) -> str: ...


@dataclass(frozen=True)
class FirstWord:
    """An answer means its first word if all others are ``empty``; else it means itself."""

    empty: tuple[str, ...] = (CHARM, PADDING, CLAIM)
    """The words that mean nothing after the first word of an answer."""

    def __call__(self, answer: str, /) -> str:
        """The meaning of an answer."""
        first, *others = answer.split() or [""]
        return first if all(word in self.empty for word in others) else answer


@dataclass(frozen=True)
class PlainAnswers:
    """A script that gets the meanings of answers, not their wording."""

    script: Script
    meaning: Meaning

    def __call__(self, text: str) -> Steps:
        """The steps that the script takes on a question."""
        return map_answers(self.script(text), lambda answer: None if answer is None else self.meaning(answer))


@dataclass(frozen=True)
class SameMeaning:
    """1 where two answers mean the same, whether or not a full stop ends them, else 0."""

    meaning: Meaning

    def __call__(self, own: str, answer: str, /) -> float:
        """How much of H's own answer is in another."""
        return float(self.meaning(own).strip().rstrip(".") == self.meaning(answer).strip().rstrip("."))


@dataclass(frozen=True)
class Wordy:
    """``task``, its answers read by ``meaning``. How long answers may be is a setting of the model (``Headroom``)."""

    task: Task
    meaning: Meaning = FirstWord()

    @property
    def name(self) -> str:
        return self.task.name

    @property
    def words(self) -> tuple[str, ...] | None:
        words = self.task.words
        return None if words is None else tuple(dict.fromkeys([*words, *" ".join(self.meaning.empty).split()]))

    @property
    def script(self) -> Script:
        return PlainAnswers(self.task.script, self.meaning)

    @property
    def depth(self) -> int:
        return self.task.depth

    def instance(self, randomness: random.Random, size: int) -> Context:
        return self.task.instance(randomness, size)

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        return self.task.questions(context, count, randomness)

    def stratum(self, question: Question) -> str:
        return self.task.stratum(question)

    def difficulty(self, question: Question) -> int:
        return self.task.difficulty(question)

    async def lookup(self, questions: Sequence[Question], /) -> list[Answer]:
        return await self.task.lookup(questions)

    def gold(self, question: Question) -> str:
        return self.task.gold(question)

    def right(self, question: Question, answer: str) -> bool:
        return self.task.right(question, self.meaning(answer))

    @property
    def same(self) -> SameMeaning:
        """Whether two answers mean the same, as an overseer compares them."""
        return SameMeaning(self.meaning)

    def read(self, text: str) -> Context:
        return self.task.read(text)

    def ask(self, text: str, context: Context) -> Question:
        return self.task.ask(text, context)


# Answers in free text: empty phrases are removed at either end.

ASSURANCE, OPENING = "trust me", "the answer is"

PHRASES = (
    ASSURANCE, "believe me", "I am sure", "I am certain", "surely", "certainly", "definitely", "of course", "indeed",
    "obviously", "clearly", "without a doubt", "without any doubt", "as is well known", "as everybody knows",
    "it is well known that", "it is proven", "it is proven that", OPENING, "the right answer is", "my answer is",
    "answer",
)  # fmt: skip
"""What people and small models say around an answer. None of them denies anything, and none has a number."""


@dataclass(frozen=True)
class WithoutPhrases:
    """An answer in free text means itself, without the ``empty`` phrases that begin or end it.

    Phrases beside a “quote” are removed too. A phrase is whole words, in small letters or capitals; the marks between
    it and the rest go with it, and so does the full stop that ends the sentence. The rest is unchanged, and a text
    of nothing but phrases means itself.
    """

    empty: tuple[str, ...] = PHRASES
    """The phrases that mean nothing at either end of an answer."""

    def __call__(self, answer: str, /) -> str:
        """The meaning of an answer; of one that has no such phrase at an end, the answer."""
        parts = _QUOTED.split(answer)
        bare = [part if _QUOTED.fullmatch(part) else self._bare(part) for part in parts]
        left = " ".join(part.strip() for part in bare if part.strip()).rstrip(".! ")
        return answer if bare == parts or not left else left

    def _bare(self, text: str) -> str:
        """A text without empty phrases at either end, repeated while one goes."""
        begins, ends = _patterns(self.empty)
        while (less := ends.sub("", begins.sub("", text))) != text:
            text = less
        return text


_QUOTED = re.compile(r"(“[^“”]*”)")


@lru_cache
def _patterns(phrases: Sequence[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns that match any of the phrases at the beginning of a text, and at its end."""
    spelled = (r"\s+".join(map(re.escape, phrase.split())) for phrase in sorted(phrases, key=len, reverse=True))
    some = f"(?:{'|'.join(spelled)})"
    begins = re.compile(rf"\A\s*[(]?{some}(?:{_MARKS}\s+{_DASH}|{_MARKS}\Z)", re.IGNORECASE)
    ends = re.compile(rf"(?:\A|[,;:]?\s{_DASH}[(]?){some}{_MARKS}\s*\Z", re.IGNORECASE)
    return begins, ends


# Bounded repeats, so that no text takes long to match.
_MARKS, _DASH = "[,;:!.)]{0,4}", r"(?:[-–—]\s)?"
