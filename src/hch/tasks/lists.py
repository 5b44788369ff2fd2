"""Questions about a list of numbers, in text: H knows what to do with two numbers, and consults on halves of a list.

The list stands in the question, and there is no context; an instance is the list itself.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from hch.humans.scripted import Script, Steps, ask, give_up, reply
from hch.tasks.facts import TaskError
from hch.tasks.task import Task
from hch.types import Context, Question

Numbers = tuple[int, ...]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Lists(Task):
    """The largest, the smallest or the sum of ``size`` numbers from ``least`` to ``most``."""

    what: str = "largest"
    """What is asked of a list: largest, smallest or sum."""
    least: int = 10
    """The smallest number in a list, from 0."""
    most: int = 99
    """The largest number in a list."""
    longest: int = 16
    """Numbers in the longest list."""

    def __post_init__(self) -> None:
        if self.what not in OF_TWO:
            raise ValueError(f"the question about a list is one of {', '.join(OF_TWO)}; got {self.what}")
        if not 0 <= self.least < self.most:
            raise ValueError(f"numbers are whole and from 0 up, got {self.least} to {self.most}")

    @property
    def name(self) -> str:
        return f"lists-{self.what}"

    @property
    def words(self) -> tuple[str, ...]:
        return (self.what, "of", ":", ",", "?")

    @property
    def script(self) -> Script:
        return _Script(self.what)

    @property
    def depth(self) -> int:
        """One for each halving until two numbers are left."""
        return halvings(self.longest)

    def instance(self, randomness: random.Random, size: int) -> Context:
        if not 1 <= size <= self.longest:
            raise ValueError(f"lists have from 1 to {self.longest} numbers, got {size}")
        return Context(tuple(str(randomness.randint(self.least, self.most)) for _ in range(size)))

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        """The whole list first, then parts of it that H would ask about, down to single numbers."""
        lists = parts(tuple(map(int, context.facts)), count, randomness)
        return [Question(list_text(self.what, part)) for part in lists]

    def stratum(self, question: Question) -> str:
        return str(self.difficulty(question))

    def difficulty(self, question: Question) -> int:
        """How many numbers the list has."""
        return len(parse(question.text, self.what) or ())

    def gold(self, question: Question) -> str:
        numbers = parse(question.text, self.what)
        if not numbers:
            raise ValueError(f"not a question of this task: {question.text!r}")
        return str(OF_ALL[self.what](numbers))

    def right(self, question: Question, answer: str) -> bool:
        return answer.strip().rstrip(".") == self.gold(question)

    def read(self, text: str) -> Context:  # noqa: ARG002
        """Nothing: the list stands in the question."""
        return Context()

    def ask(self, text: str, context: Context) -> Question:
        """Any list of whole numbers, whatever is said around it."""
        numbers = tuple(map(int, re.findall(r"-?\d+", text)))
        if not numbers:
            raise TaskError(f"a question names some whole numbers, as in: {list_text(self.what, (12, 7, 44))}")
        return Question(list_text(self.what, numbers), context)


def list_text(what: str, numbers: Numbers) -> str:
    """The question about a list."""
    return f"{what} of: {', '.join(map(str, numbers))}?"


def parse(text: str, what: str) -> Numbers | None:
    """The numbers that a question asks about, or None if it is another text."""
    match = re.fullmatch(rf"{what} of: (-?\d+(?:, -?\d+)*)\?", text)
    return tuple(map(int, match[1].split(", "))) if match else None


OF_TWO: dict[str, Callable[[int, int], int]] = {"largest": max, "smallest": min, "sum": lambda a, b: a + b}
"""What H can do alone."""
OF_ALL: dict[str, Callable[[Numbers], int]] = {"largest": max, "smallest": min, "sum": sum}


@dataclass(frozen=True)
class _Script:
    """H: a number alone is the answer, two are compared or added, and of a longer list each half is asked about."""

    what: str
    """What H is asked of a list."""

    def __call__(self, text: str) -> Steps:
        numbers = parse(text, self.what)
        if numbers is None:
            return give_up(f"not a question about the {self.what} of a list")
        if len(numbers) > 2:
            answers = yield ask(*(list_text(self.what, half) for half in halves(numbers)))
            numbers = tuple(int(answer) for answer in answers if answer is not None and re.fullmatch(r"-?\d+", answer))
            if len(numbers) < 2:
                return give_up("a half's answer is not a number")
        value = numbers[0] if len(numbers) == 1 else OF_TWO[self.what](*numbers)
        return reply(str(value))


# H asks about a list that is too long for it by halves, and so does whoever is asked.


def halves(whole: tuple[Item, ...]) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """The list in two; the first half is the longer one, if one is."""
    middle = (len(whole) + 1) // 2
    return whole[:middle], whole[middle:]


def parts(whole: tuple[Item, ...], count: int, randomness: random.Random) -> list[tuple[Item, ...]]:
    """The whole list first, then parts of it that H would ask about, down to one alone; ``count`` in all."""
    sampled = [whole]
    while len(sampled) < count:
        part = whole
        for _ in range(randomness.randint(0, max((len(whole) - 1).bit_length(), 1))):
            part = randomness.choice(halves(part)) if len(part) > 1 else part
        sampled.append(part)
    return sampled[:count]


def halvings(longest: int) -> int:
    """How often a list is halved until two are left."""
    return max((longest - 1).bit_length() - 1, 0)
