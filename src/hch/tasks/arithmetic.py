"""Arithmetic in words and digits: H applies one operation to two numbers, and consults on each larger part.

The expression stands in the question, and there is no context; an instance is the expression itself.
"""

from __future__ import annotations

import operator
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from hch.humans.scripted import Script, Steps, ask, give_up, reply
from hch.tasks.facts import KNOWN_TEXTS, TaskError, number
from hch.tasks.task import Task
from hch.types import Context, Question

Expression = int | tuple["Expression", str, "Expression"]
"""A number, or two expressions with an operation between them."""


@dataclass(frozen=True)
class Arithmetic(Task):
    """Expressions of up to ``longest`` operations on numbers from ``least`` to ``most``, written in words or digits.

    With ``written`` as ``mixed``, each number and operation is a word or a sign at random. The absolute value of every
    part of an expression is at most ``largest_value``.
    """

    operations: tuple[str, ...] = ("+", "-", "*")
    """The operations in expressions, out of + - *."""
    least: int = 0
    """The smallest number in an expression, from 0."""
    most: int = 9
    """The largest number in an expression."""
    longest: int = 8
    """Operations in the longest expression."""
    largest_value: int = 99
    """The largest value of any part of an expression, above or below zero."""
    written: Literal["digits", "words", "mixed"] = "mixed"
    """How numbers and operations are written; mixed: each as a word or a sign, by chance."""
    name: str = "arithmetic"

    def __post_init__(self) -> None:
        if not self.operations or not set(self.operations) <= OPERATIONS.keys():
            raise ValueError(f"operations are some of {' '.join(OPERATIONS)}, got {' '.join(self.operations)}")
        if not 0 <= self.least < self.most <= self.largest_value:
            raise ValueError(
                f"expected 0 ≤ least < most ≤ largest_value, got {self.least}, {self.most} and {self.largest_value}"
            )
        if self.written != "digits" and self.most > TWENTY:
            raise ValueError(f"numbers up to {TWENTY} have words here; expected --written digits, or most ≤ {TWENTY}")

    @property
    def words(self) -> None:
        """None: only a language model reads these texts."""

    @property
    def script(self) -> Script:
        return arithmetic_script

    @property
    def depth(self) -> int:
        """An expression may be as deep as it is long; its last operation H does alone."""
        return max(self.longest - 1, 0)

    def instance(self, randomness: random.Random, size: int) -> Context:
        """An expression of ``size`` operations, in digits and signs; its questions may spell it in words."""
        if not 1 <= size <= self.longest:
            raise ValueError(f"expressions have from 1 to {self.longest} operations, got {size}")
        for _ in range(1000):
            expression = self._sample_expression(randomness, size)
            if all(abs(value(part)) <= self.largest_value for part in parts(expression)):
                return Context((in_signs(expression),))
        raise ValueError(f"no expression of {size} operations was found whose parts are within {self.largest_value}")

    def questions(self, context: Context, count: int, randomness: random.Random) -> list[Question]:
        """The whole expression first, then parts of it that H would ask about."""
        whole = expression_in(context.facts[0])
        inner = [part for part in parts(whole) if not isinstance(part, int)]
        expressions = [whole, *randomness.choices(inner, k=max(count - 1, 0))]
        return [Question(expression_question(self._text(part, randomness))) for part in expressions[:count]]

    def stratum(self, question: Question) -> str:
        return str(self.difficulty(question))

    def difficulty(self, question: Question) -> int:
        """How many operations the expression has; 0 in a text that has none."""
        expression = parse_question(question.text)
        return 0 if expression is None else sum(not isinstance(part, int) for part in parts(expression))

    def gold(self, question: Question) -> str:
        expression = parse_question(question.text)
        if expression is None:
            raise ValueError(f"not a question of this task: {question.text!r}")
        return str(value(expression))

    def right(self, question: Question, answer: str) -> bool:
        """In digits or in words, with or without a full stop."""
        return number_in(answer) == int(self.gold(question))

    def read(self, text: str) -> Context:  # noqa: ARG002
        """Nothing: the expression stands in the question."""
        return Context()

    def ask(self, text: str, context: Context) -> Question:
        """Any expression; products go before sums, as usual, where there are no parentheses."""
        bare = re.sub(r"(?i)^\s*(what\s+is|how\s+much\s+is)\b", "", text).strip().rstrip("?").strip()
        try:
            expression = expression_in(bare)
        except ValueError as error:
            raise TaskError(
                f"{error}; expected a question like “{expression_question('(2 + three) times 4')}”"
            ) from error
        return Question(expression_question(in_signs(expression)), context)

    def _sample_expression(self, randomness: random.Random, operations: int) -> Expression:
        if operations == 0:
            return randomness.randint(self.least, self.most)
        left = randomness.randrange(operations)
        sides = self._sample_expression(randomness, left), self._sample_expression(randomness, operations - 1 - left)
        return sides[0], randomness.choice(self.operations), sides[1]

    def _text(self, part: Expression, randomness: random.Random) -> str:
        """The expression as it is asked about, each number and operation in words or in signs, at random."""
        if isinstance(part, int):
            return NUMBER_WORDS[part] if self._in_words(randomness) and part <= TWENTY else str(part)
        left, sign, right = part
        between = WORD_FOR[sign] if self._in_words(randomness) else sign
        return f"{self._side(left, randomness)} {between} {self._side(right, randomness)}"

    def _side(self, part: Expression, randomness: random.Random) -> str:
        text = self._text(part, randomness)
        return text if isinstance(part, int) else f"({text})"

    def _in_words(self, randomness: random.Random) -> bool:
        return self.written == "words" or (self.written == "mixed" and randomness.random() < 0.5)


NUMBER_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
TWENTY = len(NUMBER_WORDS) - 1
OPERATIONS: dict[str, Callable[[int, int], int]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
"""What H can do alone."""
WORD_FOR = {"+": "plus", "-": "minus", "*": "times"}


def expression_question(text: str) -> str:
    """The question about an expression."""
    return f"what is {text}?"


def parse_question(text: str) -> Expression | None:
    """The expression that a question asks about, or None if it is another text."""
    if not (text.startswith("what is ") and text.endswith("?")):
        return None
    try:
        return expression_in(text.removeprefix("what is ").removesuffix("?"))
    except ValueError:
        return None


def value(part: Expression) -> int:
    """The value of an expression."""
    if isinstance(part, int):
        return part
    left, sign, right = part
    return OPERATIONS[sign](value(left), value(right))


def parts(whole: Expression) -> Iterator[Expression]:
    """An expression, and then every expression inside it."""
    yield whole
    if not isinstance(whole, int):
        yield from parts(whole[0])
        yield from parts(whole[2])


def in_signs(part: Expression) -> str:
    """The expression in digits and signs, with all its parentheses but the outermost."""
    if isinstance(part, int):
        return str(part)
    sides = (f"({in_signs(side)})" if not isinstance(side, int) else in_signs(side) for side in (part[0], part[2]))
    return f" {part[1]} ".join(sides)


def number_in(answer: str | None) -> int | None:
    """The number that an answer spells, in digits or in words; None for any other text."""
    if answer is None:
        return None
    text = answer.strip().rstrip(".").casefold()
    negative = text.startswith("minus ")
    word = text.removeprefix("minus ")
    magnitude = NUMBER_WORDS.index(word) if word in NUMBER_WORDS else None if negative else number(text)
    return -magnitude if negative and magnitude is not None else magnitude


@lru_cache(KNOWN_TEXTS)
def expression_in(text: str) -> Expression:
    """Parses an expression. Raises ValueError for any other text, naming the first thing that does not fit."""
    tokens = re.findall(r"\d+|[^\W\d_]+|[^\s\w]|_", text.casefold())
    if len(tokens) > MOST_TOKENS:
        raise ValueError(f"an expression of more than {MOST_TOKENS} words and signs")
    reader = _Reader(tokens)
    read = reader.sum()
    if reader.left:
        raise ValueError(f"“{reader.left[0][:40]}” after the end of an expression")
    return read


MOST_TOKENS = 200
"""The longest expression that is parsed: the parser is recursive."""


class _Reader:
    """Reads an expression from left to right; products before sums."""

    def __init__(self, tokens: list[str]) -> None:
        self.left = tokens

    def sum(self) -> Expression:
        read = self.product()
        while sign := self.operation("+-"):
            read = (read, sign, self.product())
        return read

    def product(self) -> Expression:
        read = self.factor()
        while sign := self.operation("*"):
            read = (read, sign, self.factor())
        return read

    def operation(self, among: str) -> str:
        """The operation that comes next, if it is among these; else empty."""
        sign = SIGN_FOR.get(self.left[0], "") if self.left else ""
        if not sign or sign not in among:
            return ""
        del self.left[0]
        return sign

    def factor(self) -> Expression:
        if not self.left:
            raise ValueError("an expression that ends too early")
        token = self.left.pop(0)
        if token == "(":
            read = self.sum()
            if not self.left or self.left.pop(0) != ")":
                raise ValueError("a parenthesis that never closes")
            return read
        if SIGN_FOR.get(token) == "-" and self.left and number_in(self.left[0]) is not None:
            return -(number_in(self.left.pop(0)) or 0)
        literal = number_in(token)
        if literal is None:
            raise ValueError(f"“{token[:40]}” where a number was expected")
        return literal


SIGN_FOR = {
    **{sign: sign for sign in OPERATIONS},
    **{word: sign for sign, word in WORD_FOR.items()},
    "×": "*",
    "−": "-",
}


def arithmetic_script(text: str) -> Steps:
    """H: one operation on two numbers is the answer; of anything longer, each side that is no number is asked about."""
    expression = parse_question(text)
    if expression is None:
        return give_up("not a question about arithmetic")
    if isinstance(expression, int):
        return reply(str(expression))
    sides = (expression[0], expression[2])
    texts = _sides(text.removeprefix("what is ").removesuffix("?"))
    inner = [shown for shown, side in zip(texts, sides, strict=True) if not isinstance(side, int)]
    answers = iter((yield ask(*map(expression_question, inner))) if inner else [])
    numbers = [side if isinstance(side, int) else number_in(next(answers)) for side in sides]
    left, right = numbers
    if left is None or right is None:
        return give_up("the answer about a side is not a number")
    return reply(str(OPERATIONS[expression[1]](left, right)))


def _sides(text: str) -> tuple[str, str]:
    """The texts of both sides of an expression's last operation, as they are spelled, without outer parentheses.

    Where the text is not spelled as this task spells (with all parentheses), the sides are spelled in signs.
    """
    whole = expression_in(text)
    assert not isinstance(whole, int), "a number has no sides"
    depth = 0
    for mark in re.finditer(r"[^\W\d_]+|[^\s\w]", text):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if depth == 0 and SIGN_FOR.get(mark[0].casefold()) == whole[1]:
            sides = _strip_parentheses(text[: mark.start()]), _strip_parentheses(text[mark.end() :])
            if _is(sides[0], whole[0]) and _is(sides[1], whole[2]):
                return sides
    return in_signs(whole[0]), in_signs(whole[2])


def _strip_parentheses(text: str) -> str:
    text = text.strip()
    return text[1:-1].strip() if text.startswith("(") and text.endswith(")") else text


def _is(text: str, part: Expression) -> bool:
    try:
        return expression_in(text) == part
    except ValueError:
        return False
