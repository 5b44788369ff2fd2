"""Union find: groups of equal variables are trees, with one member's value given; what is this variable's value?

H goes from parent to parent, and finds better parents by trying neighbours at random. Source: Christiano, Shlegeris
and Amodei (2018), as restated in docs/tasks.md.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

from hch.humans.scripted import Script, Steps, ask, give_up, reply
from hch.tasks.candidates import candidates, choose
from hch.tasks.facts import (
    KNOWN_CONTEXTS,
    KNOWN_TEXTS,
    NO,
    NONE,
    NOT_PRIMITIVE,
    SYMBOLS,
    YES,
    Line,
    check_name,
    check_settings,
    check_size,
    check_values,
    is_name,
    lines,
    lookup_answer,
    match_question,
    number,
    pick,
    root,
)
from hch.tasks.task import Task
from hch.types import Answer, Context, Question

KINDS = ("value", "parent", "depth")


@dataclass(frozen=True)
class UnionFind(Task):
    """``largest`` variables at most, named from ``symbols`` symbols.

    An instance of N variables has √N groups, each with a value of its own out of the numbers below ``values``. A
    variable's parent is its neighbour towards the member whose value is given, and that member is its own parent.

    Primitive are ``given value of x?`` (or ``none``), ``x = y?`` (yes or no) and ``neighbour of x?``, which is one of
    x's neighbours at random, another one for each sample index, or ``none``.
    """

    largest: int = 64
    """Variables in the largest instance."""
    symbols: int = 64
    """Symbols that variables are named from, at least as many as variables."""
    values: int = 16
    """Values are numbers from 0 up to below this."""
    name: str = "union_find"

    def __post_init__(self) -> None:
        check_settings(self.largest, self.symbols)
        check_values(self.largest, self.values)

    @property
    def words(self) -> tuple[str, ...]:
        fixed = ("=", "?", *KINDS, "of", "given", "neighbour", YES, NO, NONE)
        return (*SYMBOLS[: self.symbols], *fixed, *map(str, range(max(self.values, self.largest))))

    @property
    def script(self) -> Script:
        return GroupScript(self.largest - 1)

    @property
    def depth(self) -> int:
        """Two for each level of the deepest tree that chance is likely to make, which has about log₂ N levels.

        More would hardly help: HCH meets no better parents than those that chance showed it.
        """
        return 2 * self.largest.bit_length()

    def instance(self, randomness: random.Random, size: int) -> Context:
        check_size(size, self.largest)
        count = root(size)
        variables = pick(randomness, self.symbols, size)
        groups = [[x] for x in variables[:count]]
        facts = []
        for x, group in zip(variables[count:], randomness.choices(groups, k=size - count), strict=True):
            pair = [x, randomness.choice(group)]
            randomness.shuffle(pair)
            facts.append(f"{pair[0]} = {pair[1]}")
            group.append(x)
        values = randomness.sample(range(self.values), count)
        facts.extend(f"{randomness.choice(group)} = {value}" for group, value in zip(groups, values, strict=True))
        randomness.shuffle(facts)
        return Context(tuple(facts))

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        """A third each of values, parents and depths, on average, of variables at random."""
        variables = list(forest(context).neighbours)
        kinds = randomness.choices(KINDS, k=count)
        sampled = randomness.choices(variables, k=count)
        return [Question(text_of(kind, x), context) for kind, x in zip(kinds, sampled, strict=True)]

    def stratum(self, question: Question) -> str:
        parsed = parse(question.text)
        return parsed[0] if parsed else ""

    def difficulty(self, question: Question) -> int:
        """The variable's depth in its tree: 0 where its value is given."""
        parsed = parse(question.text)
        if parsed is None or parsed[0] not in KINDS:
            return 0
        place = places(question.context).get(parsed[1])
        return place.depth if place else 0

    async def lookup(self, questions: Sequence[Question], /) -> list[Answer]:
        return [self._look_up(question) for question in questions]

    def _look_up(self, question: Question) -> Answer:
        parsed = parse(question.text)
        if parsed is None or parsed[0] in KINDS:
            return NOT_PRIMITIVE
        kind, x, y = parsed
        facts = forest(question.context)
        if kind == "given":
            return lookup_answer(facts.given.get(x, NONE))
        neighbours = facts.neighbours.get(x, ())
        if kind == "edge":
            return lookup_answer(YES if y in neighbours else NO)
        if not neighbours:
            return lookup_answer(NONE)
        return lookup_answer(choose(neighbours, question.context, question.text, question.sample_index))

    def gold(self, question: Question) -> str:
        parsed = parse(question.text)
        if parsed is None:
            raise ValueError(f"not a question of this task: {question.text!r}")
        if parsed[0] not in KINDS:
            return self._look_up(question).text
        place = places(question.context).get(parsed[1])
        return str(getattr(place, parsed[0])) if place else NONE

    def right(self, question: Question, answer: str) -> bool:
        parsed = parse(question.text)
        if parsed and parsed[0] == "neighbour" and answer in forest(question.context).neighbours.get(parsed[1], ()):
            return True
        return answer == self.gold(question)

    def read(self, text: str) -> Context:
        """Lines ``X = Y`` between two variables, and ``X = 5``: one such for each group, with a whole number."""
        group: dict[str, list[str]] = {}
        seen: list[Line] = []
        for line in lines(text, link="X = Y", value="X = V"):
            x, y = line.parts
            first = group.setdefault(x, [x])
            if line.form == "link":
                second = group.setdefault(y, [y])
                if first is second:
                    raise line.error(f"{x} and {y} are in one group without this line: a group's links form a tree")
                first.extend(second)
                group.update(dict.fromkeys(second, first))
            elif (number(y) or 0) < 0:
                raise line.error(f"a value must be a whole number from 0 up, got {y}")
            seen.append(line)
        given: dict[int, Line] = {}
        for line in seen:
            if line.form == "value":
                other = given.setdefault(id(group[line.parts[0]]), line)
                if other is not line:
                    x, y = other.parts
                    here = line.parts[0]
                    raise line.error(f"the group of {here} has a value already: {x} = {y} in line {other.number}")
        for line in seen:
            if id(group[line.parts[0]]) not in given:
                x = line.parts[0]
                raise line.error(f"no line gives a value in the group of {x}: add “{x} = …”, with a whole number")
        return Context(tuple(" = ".join(line.parts) for line in seen))

    def ask(self, text: str, context: Context) -> Question:
        """``value of x?``, ``parent of x?`` or ``depth of x?``."""
        kind, (x,) = match_question(text, **{kind: f"{kind} of X?" for kind in KINDS})
        return Question(text_of(kind, check_name(x, forest(context).neighbours, "variable")), context)


class Forest(NamedTuple):
    """The facts as look-ups need them: the variables that each is linked to, in both directions, and given values."""

    neighbours: Mapping[str, tuple[str, ...]]
    given: Mapping[str, str]


class Place(NamedTuple):
    """Where a variable is in its tree."""

    value: str
    parent: str
    depth: int


def text_of(kind: str, x: str) -> str:
    """The question for a variable's value, parent or depth."""
    return f"{kind} of {x}?"


def fact_value_text(x: str) -> str:
    """The question for the value that a fact gives; primitive."""
    return f"given value of {x}?"


def edge_text(x: str, y: str) -> str:
    """The question whether a fact says so; primitive."""
    return f"{x} = {y}?"


def neighbour_text(x: str) -> str:
    """The question for a neighbour at random; primitive."""
    return f"neighbour of {x}?"


@lru_cache(KNOWN_TEXTS)
def parse(text: str) -> tuple[str, str, str] | None:
    """The kind of a question (one of KINDS, given, edge or neighbour) and its variables; None if it is another text."""
    if match := re.fullmatch(r"(value|parent|depth|given value|neighbour) of (\S+)\?", text):
        return match[1].removesuffix(" value"), match[2], ""
    match = re.fullmatch(r"(\S+) = (\S+)\?", text)
    return ("edge", match[1], match[2]) if match else None


@lru_cache(KNOWN_CONTEXTS)
def forest(context: Context) -> Forest:
    """The forest that the facts describe."""
    neighbours: dict[str, tuple[str, ...]] = {}
    given: dict[str, str] = {}
    for fact in context.facts:
        x, y = fact.split(" = ")
        neighbours.setdefault(x, ())
        if number(y) is not None:
            given[x] = y
        else:
            neighbours[x] = (*neighbours[x], y)
            neighbours[y] = (*neighbours.get(y, ()), x)
    return Forest(neighbours, given)


@lru_cache(KNOWN_CONTEXTS)
def places(context: Context) -> Mapping[str, Place]:
    """Each variable's place, from the given members down."""
    neighbours, given = forest(context)
    known = {x: Place(value, x, 0) for x, value in given.items()}
    waiting = list(known)
    for parent in waiting:
        value, _, depth = known[parent]
        for x in neighbours[parent]:
            if x not in known:
                known[x] = Place(value, parent, depth + 1)
                waiting.append(x)
    return known


@dataclass(frozen=True)
class GroupScript:
    """How H works on values, parents, depths and look-ups; no variable is more than ``deepest`` below a given one."""

    deepest: int
    """Steps from a variable to the member with a given value, at most, that H expects."""

    def __call__(self, text: str) -> Steps:
        parsed = parse(text)
        if parsed is None:
            return give_up("not a question about a variable")
        kind, x, _ = parsed
        if kind not in KINDS:
            (answer,) = yield ask(text)
            return give_up("the environment does not say") if answer is None else reply(answer)
        (given,) = yield ask(fact_value_text(x))
        if given is not None and self.count(given) is not None:
            return reply({"value": given, "parent": x, "depth": "0"}[kind])
        if given != NONE:
            return give_up(f"whether the value of {x} is given is unknown")
        return (yield from self.parent(x) if kind == "parent" else self.above(kind, x))

    def above(self, kind: str, x: str) -> Steps:
        """The parent's value, or one more than its depth; the model names the parent."""
        (parent,) = yield ask(text_of("parent", x))
        # A variable whose value is not given is not its own parent: that is as good as a malformed answer.
        if not is_name(parent) or parent == x:
            return give_up(f"the parent of {x} is not another variable")
        (answer,) = yield ask(text_of(kind, parent))
        count = self.count(answer)
        if count is None or answer is None:
            return give_up(f"the {kind} of {parent} is not a number")
        if kind == "value":
            return reply(answer)
        return reply(str(count + 1)) if count < self.deepest else give_up(f"{x} would be deeper than any variable is")

    def parent(self, x: str) -> Steps:
        """The candidate that is least deep; of several, the one that came up first."""
        options = yield from candidates(text_of("parent", x), neighbour_text(x), partial(edge_text, x), (x,))
        if not options:
            return give_up(f"no neighbour of {x} came up")
        answers = yield ask(*(text_of("depth", y) for y in options))
        depths: dict[str, int] = {}
        for y, answer in zip(options, answers, strict=True):
            depth = self.count(answer)
            if depth is not None:
                depths[y] = depth
            elif answer is not None:
                return give_up(f"the depth of {y} is not a number")
        if not depths:
            return give_up(f"how deep the neighbours of {x} are is unknown")
        return reply(min(depths, key=depths.__getitem__))

    def count(self, answer: str | None) -> int | None:
        """The value or depth that an answer gives; None if it gives none."""
        amount = number(answer)
        return amount if amount is not None and amount >= 0 else None
