"""Sequential assignments: each variable is a function of two earlier ones; what is this variable's value?

H looks up what a variable is made of, consults on both parts, and looks up the function. Source: Christiano, Shlegeris
and Amodei (2018), as restated in docs/tasks.md.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple, TypeGuard

from hch.humans.scripted import Script, Steps, ask, give_up, reply
from hch.tasks.facts import (
    KNOWN_CONTEXTS,
    KNOWN_TEXTS,
    NONE,
    NOT_PRIMITIVE,
    SYMBOLS,
    Line,
    TaskError,
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


@dataclass(frozen=True)
class Assignments(Task):
    """``largest`` variables at most, named from ``symbols`` symbols.

    In an instance of N variables, √N are given values, and there are √N different values, out of the numbers below
    ``values``. Primitive are ``first of x?`` (x's first operand, or its value where that is given), ``second of x?``
    (``none`` where x's value is given) and ``f(u, v)?``; the answer is ``none`` for what the facts do not have.
    """

    largest: int = 64
    """Variables in the largest instance."""
    symbols: int = 64
    """Symbols that variables are named from, at least as many as variables."""
    values: int = 16
    """Values are numbers from 0 up to below this."""
    name: str = "assignments"

    def __post_init__(self) -> None:
        check_settings(self.largest, self.symbols)
        check_values(self.largest, self.values)

    @property
    def words(self) -> tuple[str, ...]:
        marks = (":=", "=", "(", ",", ")", "?", "f", "value", "first", "second", "of", NONE)
        return tuple(dict.fromkeys((*SYMBOLS[: self.symbols], *marks, *map(str, range(self.values)))))

    @property
    def script(self) -> Script:
        return value_script

    @property
    def depth(self) -> int:
        """The longest chain there can be: each variable that is not given made of the one before."""
        return self.largest - root(self.largest)

    def instance(self, randomness: random.Random, size: int) -> Context:
        check_size(size, self.largest)
        count = root(size)
        variables = pick(randomness, self.symbols, size)
        values = [str(value) for value in randomness.sample(range(self.values), count)]
        facts = [f"{x} = {v}" for x, v in zip(variables, randomness.choices(values, k=count), strict=False)]
        for place in range(count, size):
            y, z = randomness.choices(variables[:place], k=2)
            facts.append(f"{variables[place]} := f({y}, {z})")
        pairs = [(u, v) for u in values for v in values]
        results = randomness.choices(values, k=len(pairs))
        facts.extend(f"f({u}, {v}) = {w}" for (u, v), w in zip(pairs, results, strict=True))
        randomness.shuffle(facts)
        return Context(tuple(facts))

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        """Variables at random."""
        variables = list(program(context).operands)
        return [Question(value_text(x), context) for x in randomness.choices(variables, k=count)]

    def difficulty(self, question: Question) -> int:
        """The longest chain of definitions below the variable: 0 where its value is given."""
        parsed = parse(question.text)
        if parsed is None or parsed[0] != "value" or parsed[1] not in solution(question.context):
            return 0
        return solution(question.context)[parsed[1]].chain

    async def lookup(self, questions: Sequence[Question], /) -> list[Answer]:
        return [self._look_up(question) for question in questions]

    def _look_up(self, question: Question) -> Answer:
        parsed = parse(question.text)
        if parsed is None or parsed[0] == "value":
            return NOT_PRIMITIVE
        kind, x, y = parsed
        facts = program(question.context)
        if kind == "f":
            return lookup_answer(facts.function.get((x, y), NONE))
        return lookup_answer(facts.operands.get(x, (NONE, NONE))[kind == "second"])

    def gold(self, question: Question) -> str:
        parsed = parse(question.text)
        if parsed is None:
            raise ValueError(f"not a question of this task: {question.text!r}")
        if parsed[0] != "value":
            return self._look_up(question).text
        solved = solution(question.context).get(parsed[1])
        return solved.value if solved else NONE

    def read(self, text: str) -> Context:
        """Lines ``X = V``, ``X := f(Y, Z)`` and ``f(U, V) = W``, in any order.

        Results of f that no variable needs may be left out.
        """
        defined: dict[tuple[str, ...], Line] = {}
        for line in lines(text, given="X = V", definition="X := f(Y, Z)", function="f(U, V) = W"):
            what = line.parts[:2] if line.form == "function" else line.parts[:1]
            if what in defined:
                raise line.error(f"{left_side(what)} is given already, in line {defined[what].number}")
            defined[what] = line
        check_definitions(defined)
        return Context(tuple(fact(line) for line in defined.values()))

    def ask(self, text: str, context: Context) -> Question:
        """``value of x?``."""
        _, (x,) = match_question(text, value="value of X?")
        return Question(value_text(check_name(x, program(context).operands, "variable")), context)


class Program(NamedTuple):
    """An instance's facts, as look-ups need them; a given variable has its value for its first operand."""

    operands: Mapping[str, tuple[str, str]]
    function: Mapping[tuple[str, str], str]


class Solved(NamedTuple):
    """A variable's value, and the longest chain of definitions below it."""

    value: str
    chain: int


def value_text(x: str) -> str:
    """The question for a variable's value."""
    return f"value of {x}?"


@lru_cache(KNOWN_TEXTS)
def parse(text: str) -> tuple[str, str, str] | None:
    """The kind of a question (value, first, second or f) and what it is about, or None if it is another text."""
    if match := re.fullmatch(r"(value|first|second) of (\S+)\?", text):
        return match[1], match[2], ""
    match = re.fullmatch(r"f\(([^\s,]+), ([^\s,]+)\)\?", text)
    return ("f", match[1], match[2]) if match else None


@lru_cache(KNOWN_CONTEXTS)
def program(context: Context) -> Program:
    """The facts, taken apart."""
    operands: dict[str, tuple[str, str]] = {}
    function: dict[tuple[str, str], str] = {}
    for fact in context.facts:
        if ":=" in fact:
            x, y, z = re.split(r" := f\(|, |\)", fact)[:3]
            operands[x] = y, z
        elif fact.startswith("f("):
            u, v, w = re.split(r", |\) = ", fact[2:])
            function[u, v] = w
        else:
            x, value = fact.split(" = ")
            operands[x] = value, NONE
    return Program(operands, function)


@lru_cache(KNOWN_CONTEXTS)
def solution(context: Context) -> Mapping[str, Solved]:
    """Each variable's value."""
    operands, function = program(context)
    solved: dict[str, Solved] = {}
    for x in in_order({x: () if given(parts) else parts for x, parts in operands.items()}):
        y, z = operands[x]
        if given(operands[x]):
            solved[x] = Solved(y, 0)
        else:
            solved[x] = Solved(function[solved[y].value, solved[z].value], 1 + max(solved[y].chain, solved[z].chain))
    return solved


def given(parts: tuple[str, str]) -> bool:
    """Whether a variable's operands say that its value is given."""
    return parts[1] == NONE


def in_order(operands: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """The variables, each after those that it is made of. Raises CycleError where one is made of itself."""
    return TopologicalSorter(operands).static_order()


def is_value(text: str | None) -> TypeGuard[str]:
    """Whether an answer is a value: a whole number, or a name where people gave values names."""
    return is_name(text) or number(text) is not None


def check_definitions(defined: Mapping[tuple[str, ...], Line]) -> None:
    """Raises TaskError, naming a line, unless every variable has a value; the keys are the left sides of the lines."""
    made = {key[0]: line for key, line in defined.items() if line.form != "function"}
    if not made:
        raise TaskError("there are no variables here; expected lines like “X = V” or “X := f(Y, Z)”")
    for x, line in made.items():
        if line.form == "given" and line.parts[1] in made:
            raise line.error(f"the value of {x} is to be a value, and {line.parts[1]} is a variable")
        for operand in line.parts[1:] if line.form == "definition" else ():
            if operand not in made:
                raise line.error(f"{operand} is nowhere given a value: add “{operand} = …” or “{operand} := f(…, …)”")
    values: dict[str, str] = {}
    try:
        ordered = list(in_order({x: line.parts[1:] if line.form == "definition" else () for x, line in made.items()}))
    except CycleError as error:
        circle = error.args[1][::-1]
        raise made[circle[0]].error(f"{circle[0]} is made of itself: {' → '.join(circle)}") from None
    for x in ordered:
        line = made[x]
        if line.form == "given":
            values[x] = line.parts[1]
            continue
        pair = tuple(values[operand] for operand in line.parts[1:])
        if pair not in defined:
            raise line.error(f"the value of {x} is {left_side(pair)}, which no line gives: add “{left_side(pair)} = …”")
        values[x] = defined[pair].parts[2]


def left_side(key: tuple[str, ...]) -> str:
    """The left side of a line: a variable, or the function of two values."""
    return key[0] if len(key) == 1 else f"f({key[0]}, {key[1]})"


def fact(line: Line) -> str:
    """The line as a fact is spelled."""
    if line.form == "definition":
        x, y, z = line.parts
        return f"{x} := f({y}, {z})"
    return f"{left_side(line.parts[:-1])} = {line.parts[-1]}"


def value_script(text: str) -> Steps:
    """Looks up what the variable is made of, consults on the values of both, and looks up the function of these."""
    parsed = parse(text)
    if parsed is None:
        return give_up("not a question about a variable")
    kind, x, _ = parsed
    if kind != "value":
        (answer,) = yield ask(text)
        return give_up("the environment does not say") if answer is None else reply(answer)
    y, z = yield ask(f"first of {x}?", f"second of {x}?")
    if z == NONE and is_value(y):
        return reply(y)
    if not (is_name(y) and is_name(z)):
        return give_up(f"what {x} is made of is unknown")
    u, v = yield ask(value_text(y), value_text(z))
    if not (is_value(u) and is_value(v)):
        return give_up(f"the value of {y} or of {z} is not a value")
    (w,) = yield ask(f"f({u}, {v})?")
    return reply(w) if is_value(w) else give_up(f"f({u}, {v}) is unknown")
