"""Lists of words: put backwards, or the first in the alphabet. H can do it for two words, and asks about halves.

The list stands in the question, and there is no context; an instance is the list itself.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from hch.humans.scripted import Script, Steps, ask, give_up, reply
from hch.tasks.facts import TaskError
from hch.tasks.lists import halves, halvings, parts
from hch.tasks.task import Task
from hch.types import Context, Question

Words = tuple[str, ...]

VOCABULARY = """
able acid arm army art baby back bag ball band bank bar base bath bear bed bell bird blood blue boat body bone
book bowl box boy brain bread bridge brown cake camp car card cat chain chair chest child city clay clock cloth
cloud coal coat coin color corn cotton cow cross crowd cup day deer desk dog door dress drum dust ear earth east
egg eye face family farm father feet field fire fish flag floor flower food foot forest fruit game garden gate
girl glass gold grass green hair hall hand hat head heart hill home horse house ice iron island jar judge juice
key king knee knife lake lamp land leaf leg letter light lion lip lock map market meat metal milk mind mine
mirror money moon mother mountain mouth music nail name neck needle nest net night north nose ocean oil orange
oven page paint pan paper park pen person picture pig pin plant plate pocket pool powder prince queen rain rat
red rice ring river road rock roof room root rose salt sand school sea seed sheep ship shirt shoe sister skin
sky smoke snow soap sock son soup south spoon spring square star steel stone storm street sugar summer sun table
tail teacher thread throat thumb ticket tiger time toe tongue tooth town toy train tree truck uncle valley
village voice wall war watch water wave west wheel wind window wine wing winter woman wood wool word yard year
"""

WORDS = tuple(VOCABULARY.split())
"""Common nouns and adjectives, in the order of the alphabet."""


class Kind(NamedTuple):
    """A kind of question about a list: its answer, how H combines the answers for two halves, and how H checks them."""

    of_all: Callable[[Words], str]
    of_halves: Callable[[str, str], str]
    seems: Callable[[str, Words], bool]
    """Whether an answer is possible, as far as H sees without solving the question again."""


KINDS = {
    "backwards": Kind(
        of_all=lambda words: " ".join(reversed(words)),
        of_halves=lambda first, second: f"{second} {first}",
        seems=lambda answer, words: sorted(answer.split(" ")) == sorted(words),
    ),
    "first in order": Kind(of_all=min, of_halves=min, seems=lambda answer, words: answer in words),
}


@dataclass(frozen=True)
class WordLists(Task):
    """A list of ``size`` different words, put backwards, or which of them is the first in the order of the alphabet."""

    what: str = "backwards"
    """What is asked of a list: backwards, or first in order."""
    longest: int = 16
    """Words in the longest list."""

    def __post_init__(self) -> None:
        if self.what not in KINDS:
            raise ValueError(f"the question about a list of words is “{'” or “'.join(KINDS)}”; got {self.what}")
        if not 1 <= self.longest <= len(WORDS):
            raise ValueError(f"lists have from 1 to {len(WORDS)} words, got {self.longest} as the longest")

    @property
    def name(self) -> str:
        return f"words-{self.what.partition(' ')[0]}"

    @property
    def words(self) -> Words:
        return (*self.what.split(), ":", "?", *WORDS)

    @property
    def script(self) -> Script:
        return _Script(self.what)

    @property
    def depth(self) -> int:
        """One for each halving until two words are left."""
        return halvings(self.longest)

    def instance(self, randomness: random.Random, size: int) -> Context:
        if not 1 <= size <= self.longest:
            raise ValueError(f"lists have from 1 to {self.longest} words, got {size}")
        return Context(tuple(randomness.sample(WORDS, size)))

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        """The whole list first, then parts of it that H would ask about, down to single words."""
        lists = parts(tuple(context.facts), count, randomness)
        return [Question(list_text(self.what, part)) for part in lists]

    def stratum(self, question: Question) -> str:
        return str(self.difficulty(question))

    def difficulty(self, question: Question) -> int:
        """How many words the list has."""
        return len(parse(question.text, self.what) or ())

    def gold(self, question: Question) -> str:
        words = parse(question.text, self.what)
        if not words:
            raise ValueError(f"not a question of this task: {question.text!r}")
        return KINDS[self.what].of_all(words)

    def right(self, question: Question, answer: str) -> bool:
        return answer.strip().rstrip(".") == self.gold(question)

    def read(self, text: str) -> Context:  # noqa: ARG002
        """Nothing: the list stands in the question."""
        return Context()

    def ask(self, text: str, context: Context) -> Question:
        """Any list of words in small letters, after a colon or alone."""
        words = tuple(re.findall(r"[a-z]+", text.rpartition(":")[2]))
        if not words:
            example = list_text(self.what, ("pear", "fig"))
            raise TaskError(f"a question names some words in small letters, as in: {example}")
        return Question(list_text(self.what, words), context)


def list_text(what: str, words: Words) -> str:
    """The question about a list."""
    return f"{what}: {' '.join(words)}?"


def parse(text: str, what: str) -> Words | None:
    """The words that a question asks about, or None if it is another text."""
    match = re.fullmatch(rf"{what}: ([a-z]+(?: [a-z]+)*)\?", text)
    return tuple(match[1].split()) if match else None


@dataclass(frozen=True)
class _Script:
    """H answers for one word or two, and asks about the halves of a longer list.

    H passes where an answer is impossible.
    """

    what: str
    """What H is asked of a list."""

    def __call__(self, text: str) -> Steps:
        kind, words = KINDS[self.what], parse(text, self.what)
        if words is None:
            return give_up(f"not a question of the kind “{self.what}”")
        if len(words) <= 2:
            return reply(kind.of_all(words))
        first, second = halves(words)
        one, other = yield ask(list_text(self.what, first), list_text(self.what, second))
        if one is None or other is None or not kind.seems(one, first) or not kind.seems(other, second):
            return give_up("a half's answer is not made of its words")
        return reply(kind.of_halves(one, other))
