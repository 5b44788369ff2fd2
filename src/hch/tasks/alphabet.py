"""Which word of a list comes first in the alphabet, in text: H can compare two words, and consults on halves of a list.

The list stands in the question, and there is no context; an instance is the list itself. Everybody who can spell knows
the answer, and a small language model does not: it reads words whole, and has to learn where each belongs.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from hch.script import Script, Steps, ask, give_up, reply
from hch.tasks.facts import NOT_PRIMITIVE, TaskError
from hch.types import Answer, Context, Question

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
"""Common nouns and adjectives, in order."""


@dataclass(frozen=True)
class Alphabet:
    """The first in alphabetical order of a list of ``size`` different words."""

    longest: int = 16

    def __post_init__(self) -> None:
        if not 1 <= self.longest <= len(WORDS):
            raise ValueError(f"lists have from 1 to {len(WORDS)} words, got {self.longest} as the longest")

    @property
    def name(self) -> str:
        return "alphabet"

    @property
    def words(self) -> Words:
        return ("first", "in", "order", ":", "?", *WORDS)

    @property
    def script(self) -> Script:
        return first_script

    @property
    def depth(self) -> int:
        """One for each halving until two words are left."""
        return max((self.longest - 1).bit_length() - 1, 0)

    def instance(self, randomness: random.Random, size: int) -> Context:
        if not 1 <= size <= self.longest:
            raise ValueError(f"lists have from 1 to {self.longest} words, got {size}")
        return Context(tuple(randomness.sample(WORDS, size)))

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        """The whole list first, then parts of it that H would ask about, down to single words."""
        whole = tuple(context.facts)
        asked = [whole]
        while len(asked) < count:
            part = whole
            for _ in range(randomness.randint(0, max((len(whole) - 1).bit_length(), 1))):
                part = randomness.choice(halves(part)) if len(part) > 1 else part
            asked.append(part)
        return [Question(first_text(part)) for part in asked[:count]]

    def stratum(self, question: Question) -> str:
        return str(self.level(question))

    def level(self, question: Question) -> int:
        """How many words the list has."""
        return len(parse(question.text) or ())

    async def lookup(self, questions: Sequence[Question], /) -> list[Answer]:
        return [NOT_PRIMITIVE] * len(questions)

    def gold(self, question: Question) -> str:
        words = parse(question.text)
        if not words:
            raise ValueError(f"not a question of this task: {question.text!r}")
        return min(words)

    def right(self, question: Question, answer: str) -> bool:
        return answer.strip().rstrip(".") == self.gold(question)

    def read(self, text: str) -> Context:  # noqa: ARG002
        """Nothing: the list stands in the question."""
        return Context()

    def ask(self, text: str, context: Context) -> Question:
        """Any list of words in small letters, after a colon or alone."""
        words = tuple(re.findall(r"[a-z]+", text.rpartition(":")[2]))
        if not words:
            raise TaskError(f"a question names some words in small letters, as in: {first_text(('pear', 'fig'))}")
        return Question(first_text(words), context)


def first_text(words: Words) -> str:
    """The question about a list."""
    return f"first in order: {' '.join(words)}?"


def parse(text: str) -> Words | None:
    """The words that a question asks about, or None if it is another text."""
    found = re.fullmatch(r"first in order: ([a-z]+(?: [a-z]+)*)\?", text)
    return tuple(found[1].split()) if found else None


def halves(words: Words) -> tuple[Words, Words]:
    """The list in two; the first half is the longer one, if one is."""
    middle = (len(words) + 1) // 2
    return words[:middle], words[middle:]


def first_script(text: str) -> Steps:
    """H: a word alone is the answer, two are compared, and of a longer list each half is asked about.

    What comes back for a half must be one of its words: that is all that H can see of an answer.
    """
    words = parse(text)
    if words is None:
        return give_up("not a question about the first of a list")
    if len(words) > 2:
        parts = halves(words)
        found = yield ask(*map(first_text, parts))
        if not all(answer in part for answer, part in zip(found, parts, strict=True)):
            return give_up("a half's answer is not one of its words")
        words = tuple(answer for answer in found if answer is not None)
    return reply(min(words))
