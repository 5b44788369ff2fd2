"""Wildcard search: each string has a value, +1 or -1; what is the sum over the strings that fit a pattern?

H sets a wildcard to each of its two letters, and adds up. Source: Christiano, Shlegeris and Amodei (2018), as restated
in docs/tasks.md.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from hch.humans.scripted import Script, Steps, ask, give_up, reply
from hch.tasks.facts import (
    KNOWN_CONTEXTS,
    KNOWN_TEXTS,
    NONE,
    NOT_PRIMITIVE,
    SMALLEST,
    Line,
    TaskError,
    check_size,
    lines,
    lookup_answer,
    match_question,
    number,
)
from hch.tasks.task import Task
from hch.types import Answer, Context, Question

LETTERS = "ab"
ANY = "*"


@dataclass(frozen=True)
class Wildcard(Task):
    """``largest`` strings of the letters a and b at most: the 64 of length 6, unless said otherwise.

    There are 2^n strings of length n, so an instance of a size in between has as many as the next smaller power of
    two. Primitive are patterns without a wildcard; a string of another length has the value ``none``.
    """

    largest: int = 64
    """Strings in the largest instance, up to 65536."""
    name: str = "wildcard"

    def __post_init__(self) -> None:
        if not SMALLEST <= self.largest <= 2**16:
            raise ValueError(f"there are from {SMALLEST} to {2**16} strings, got {self.largest}")

    @property
    def words(self) -> tuple[str, ...]:
        most = 2 ** length(self.largest)
        return (*LETTERS, ANY, "=", "sum", "over", "?", NONE, *map(str, range(-most, most + 1)))

    @property
    def script(self) -> Script:
        return sum_script

    @property
    def depth(self) -> int:
        """One for each wildcard but the last: with that one set, H can look up both strings."""
        return length(self.largest) - 1

    def instance(self, randomness: random.Random, size: int) -> Context:
        check_size(size, self.largest)
        strings = [" ".join(letters) for letters in product(LETTERS, repeat=length(size))]
        randomness.shuffle(strings)
        signs = randomness.choices((1, -1), k=len(strings))
        return Context(tuple(f"{string} = {value}" for string, value in zip(strings, signs, strict=True)))

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        """Patterns with each number of wildcards, from one up, equally often; the rest at random."""
        letters = len(next(iter(values(context))).split())
        patterns = []
        for wildcards in randomness.choices(range(1, letters + 1), k=count):
            pattern = randomness.choices(LETTERS, k=letters)
            for place in randomness.sample(range(letters), wildcards):
                pattern[place] = ANY
            patterns.append(Question(sum_text(" ".join(pattern)), context))
        return patterns

    def stratum(self, question: Question) -> str:
        return str(self.difficulty(question))

    def difficulty(self, question: Question) -> int:
        """The number of wildcards."""
        return question.text.count(ANY)

    async def lookup(self, questions: Sequence[Question], /) -> list[Answer]:
        return [self._look_up(question) for question in questions]

    def _look_up(self, question: Question) -> Answer:
        pattern = parse(question.text)
        if pattern is None or ANY in pattern:
            return NOT_PRIMITIVE
        return lookup_answer(values(question.context).get(pattern, NONE))

    def gold(self, question: Question) -> str:
        pattern = parse(question.text)
        if pattern is None:
            raise ValueError(f"not a question of this task: {question.text!r}")
        return total(question.context, pattern)

    def read(self, text: str) -> Context:
        """Lines ``abaabb = -1`` or ``a b a a b b = -1``, one for each string of the same length."""
        given: dict[str, Line] = {}
        for line in lines(join_letters(text), value="X = V"):
            string, value = line.parts
            if wrong := set(string) - set(LETTERS):
                raise line.error(f"strings are of the letters a and b only, got “{min(wrong)}” in {string}")
            if value not in ("1", "-1"):
                raise line.error(f"a string's value must be 1 or -1, got {value}")
            if string in given:
                raise line.error(f"{string} has a value already, in line {given[string].number}")
            first = next(iter(given.values()), line)
            if len(string) != len(first.parts[0]):
                raise line.error(
                    f"{string} has {len(string)} letters, and {first.parts[0]} in line {first.number} has "
                    f"{len(first.parts[0])}: all strings must have the same length"
                )
            given[string] = line
        for string in map("".join, product(LETTERS, repeat=len(next(iter(given))))):
            if string not in given:
                raise TaskError(f"no line gives the value of {string}: add “{string} = 1” or “{string} = -1”")
        return Context(tuple(f"{' '.join(string)} = {line.parts[1]}" for string, line in given.items()))

    def ask(self, text: str, context: Context) -> Question:
        """``sum over a*b?``, with or without spaces between the letters."""
        _, (pattern,) = match_question(join_letters(text), sum="sum over P?")
        letters = len(next(iter(values(context))).split())
        if len(pattern) != letters or not set(pattern) <= {*LETTERS, ANY}:
            raise TaskError(f"a pattern here has {letters} letters, each a, b or {ANY}; got “{pattern}”")
        return Question(sum_text(" ".join(pattern)), context)


def length(size: int) -> int:
    """How many letters the strings have, where there are ``size`` of them or, in between, as many as still fit."""
    return size.bit_length() - 1


def join_letters(text: str) -> str:
    """A text of people's, with strings spelled without spaces, and numbers without a plus or a typeset minus."""
    text = re.sub(r"(?<=[ab*])[ \t]+(?=[ab*])", "", text)
    return text.replace("−1", "-1").replace("+1", "1")


def sum_text(pattern: str) -> str:
    """The question for the sum over the strings that fit a pattern, its letters spaced."""
    return f"sum over {pattern}?"


@lru_cache(KNOWN_TEXTS)
def parse(text: str) -> str | None:
    """The pattern that a question asks about, its letters spaced; None if it is another text."""
    match = re.fullmatch(r"sum over ([ab*](?: [ab*])*)\?", text)
    return match[1] if match else None


@lru_cache(KNOWN_CONTEXTS)
def values(context: Context) -> Mapping[str, str]:
    """Each string's value; the string's letters are spaced, as in the facts."""
    return dict(fact.split(" = ") for fact in context.facts)


@lru_cache(KNOWN_TEXTS)
def total(context: Context, pattern: str) -> str:
    """The sum over the strings that fit a pattern, ``none`` if the pattern's length is not theirs."""
    given = values(context)
    choices = [LETTERS if letter == ANY else letter for letter in pattern.split()]
    fitting = [" ".join(letters) for letters in product(*choices)]
    return str(sum(int(given[string]) for string in fitting)) if fitting[0] in given else NONE


def sum_script(text: str) -> Steps:
    """Looks up a string's value; else consults on the pattern with its first wildcard set to a, and to b, and adds."""
    pattern = parse(text)
    if pattern is None:
        return give_up("not a question about a pattern")
    wildcards = pattern.count(ANY)
    texts = [sum_text(pattern.replace(ANY, letter, 1)) for letter in LETTERS] if wildcards else [text]
    answers = yield ask(*texts)
    # H knows how many strings fit, so an answer beyond that is as malformed as a word: no string has more than 1.
    most = 2 ** max(wildcards - 1, 0)
    sums = [n for n in map(number, answers) if n is not None and abs(n) <= most]
    if len(sums) < len(answers):
        return give_up(f"an answer is not a sum over {most} strings")
    return reply(str(sum(sums)))
