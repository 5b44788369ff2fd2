"""Permutation powering: given a permutation's arrows, what is its k-th power at a point?

H halves the exponent. Source: Christiano, Shlegeris and Amodei (2018), "Supervising strong learners by amplifying weak
experts", as restated in docs/tasks.md.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from hch.humans.scripted import Script, Steps, ask, give_up, reply
from hch.tasks.facts import (
    KNOWN_CONTEXTS,
    KNOWN_TEXTS,
    NONE,
    NOT_PRIMITIVE,
    SYMBOLS,
    Line,
    check_name,
    check_settings,
    check_size,
    is_name,
    lines,
    lookup_answer,
    match_question,
    pick,
    whole_number,
)
from hch.tasks.task import Task
from hch.types import Answer, Context, Question


@dataclass(frozen=True)
class Permutation(Task):
    """``largest`` elements at most, named from ``symbols`` symbols; exponents of up to ``bits`` bits.

    Primitive are the powers 0 and 1, which are ``none`` for a name that is no element.
    """

    largest: int = 64
    """Elements of the largest permutation."""
    bits: int = 6
    """Bits of the largest exponent, from 1 to 16."""
    symbols: int = 64
    """Symbols that elements are named from, at least as many as elements."""
    name: str = "permutation"

    def __post_init__(self) -> None:
        check_settings(self.largest, self.symbols)
        if not 1 <= self.bits <= 16:
            raise ValueError(f"exponents have from 1 to 16 bits, got {self.bits}")

    @property
    def words(self) -> tuple[str, ...]:
        return (*SYMBOLS[: self.symbols], "->", "σ", "^", "(", ")", "?", NONE, *map(str, range(2**self.bits)))

    @property
    def script(self) -> Script:
        return power_script

    @property
    def depth(self) -> int:
        """One for each halving of the longest exponent until it is 2 or 3, whose halves H can look up."""
        return max(self.bits - 2, 0)

    def instance(self, randomness: random.Random, size: int) -> Context:
        check_size(size, self.largest)
        elements = pick(randomness, self.symbols, size)
        images = randomness.sample(elements, size)
        return Context(tuple(f"{x} -> {y}" for x, y in zip(elements, images, strict=True)))

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        """Elements at random, exponents with each number of bits equally often."""
        elements = list(arrows(context))
        powers_of_two = [1 << bits for bits in randomness.choices(range(self.bits), k=count)]
        exponents = [least + randomness.getrandbits(16) % least for least in powers_of_two]
        points = randomness.choices(elements, k=count)
        return [power(exponent, x, context) for exponent, x in zip(exponents, points, strict=True)]

    def stratum(self, question: Question) -> str:
        return str(self.difficulty(question))

    def difficulty(self, question: Question) -> int:
        """The exponent's length in bits."""
        parsed = parse(question.text)
        return parsed[0].bit_length() if parsed else 0

    async def lookup(self, questions: Sequence[Question], /) -> list[Answer]:
        return [self._look_up(question) for question in questions]

    def _look_up(self, question: Question) -> Answer:
        parsed = parse(question.text)
        if parsed is None or parsed[0] > 1:
            return NOT_PRIMITIVE
        exponent, x = parsed
        image = arrows(question.context).get(x, NONE)
        return lookup_answer(x if image != NONE and not exponent else image)

    def gold(self, question: Question) -> str:
        parsed = parse(question.text)
        if parsed is None:
            raise ValueError(f"not a question of this task: {question.text!r}")
        exponent, x = parsed
        images = arrows(question.context)
        if x not in images:
            return NONE
        cycle = [x]
        while (y := images[cycle[-1]]) != x:
            cycle.append(y)
        return cycle[exponent % len(cycle)]

    def read(self, text: str) -> Context:
        """Lines ``X -> Y``, one for each element."""
        images: dict[str, Line] = {}
        sources: dict[str, Line] = {}
        for line in lines(text, image="X -> Y"):
            x, y = line.parts
            if x in images:
                raise line.error(f"{x} has an image already: {x} -> {images[x].parts[1]} in line {images[x].number}")
            if y in sources:
                other = sources[y]
                raise line.error(f"{y} is the image of {other.parts[0]} already, in line {other.number}")
            images[x] = sources[y] = line
        for y, line in sources.items():
            if y not in images:
                raise line.error(
                    f"{y} is the image of {line.parts[0]}, and no line says where {y} goes: add “{y} -> …”"
                )
        return Context(tuple(f"{x} -> {line.parts[1]}" for x, line in images.items()))

    def ask(self, text: str, context: Context) -> Question:
        """``σ^5(c)?`` or ``σ(c)?``; σ may be written out: sigma."""
        spelled = re.sub(r"^\s*sigma\b", "σ", text, flags=re.IGNORECASE)
        form, parts = match_question(spelled, power="σ^K(X)?", image="σ(X)?")
        exponent = 1 if form == "image" else whole_number(parts[0], "the exponent")
        return power(exponent, check_name(parts[-1], arrows(context), "element"), context)


def power_text(exponent: int, x: str) -> str:
    """The question for σ^exponent(x), where the context is understood."""
    return f"σ({x})?" if exponent == 1 else f"σ^{exponent}({x})?"


def power(exponent: int, x: str, context: Context) -> Question:
    """The question for σ^exponent(x)."""
    return Question(power_text(exponent, x), context)


@lru_cache(KNOWN_TEXTS)
def parse(text: str) -> tuple[int, str] | None:
    """The exponent and the element that a question asks about, or None if it is another text."""
    match = re.fullmatch(r"σ(?:\^([0-9]{1,9}))?\((\S+)\)\?", text)
    return (int(match[1] or 1), match[2]) if match else None


@lru_cache(KNOWN_CONTEXTS)
def arrows(context: Context) -> dict[str, str]:
    """Each element's image."""
    return dict(fact.split(" -> ") for fact in context.facts)


def power_script(text: str) -> Steps:
    """Looks up a power of 0 or 1; else consults on half the exponent, twice, and looks up a last step if it is odd."""
    parsed = parse(text)
    if parsed is None:
        return give_up("not a question about a power")
    exponent, x = parsed
    if exponent == 0:
        return reply(x)
    if exponent > 1:
        for _ in range(2):
            (answer,) = yield ask(power_text(exponent // 2, x))
            if not is_name(answer):
                return give_up(f"σ^{exponent // 2}({x}) is not an element")
            x = answer
    if exponent % 2:
        (answer,) = yield ask(power_text(1, x))
        if not is_name(answer):
            return give_up(f"σ({x}) is not an element")
        x = answer
    return reply(x)
