"""What the tasks share: symbols, words with a meaning, and parsing of what people write.

A name is letters only and a value may be a whole number as well, so every text that a task makes or reads is spelled
as text/words.py spells it.
"""

from __future__ import annotations

import math
import random
import re
import string
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeGuard

from hch.types import Answer, Outcome

SYMBOLS = (*string.ascii_lowercase, *string.ascii_uppercase, *"αβγδεζηθικλμ")
"""64 one-letter names. An instance samples its own, so that no name has a meaning across instances."""

NOT_PRIMITIVE = Answer(outcome=Outcome.PASSED, by="lookup", reason="not a question that the environment answers")

NONE = "none"
"""The answer of a lookup where the facts have nothing, and of a step where there is none."""
INFINITE = "infinite"
YES, NO = "yes", "no"

SMALLEST = 2
"""The smallest size of an instance, for every task."""

KNOWN_CONTEXTS = 1024
"""How many parsed contexts a task caches: some batches of instances, or a whole evaluation."""
KNOWN_TEXTS = 65536
"""How many parsed question texts a task caches."""


class TaskError(ValueError):
    """A context or question that a person wrote is not in the task's format; says where, and what was expected."""


@dataclass(frozen=True)
class Line:
    """One line of a file, split into its parts; ``form`` is the form that it matched."""

    number: int
    form: str
    parts: tuple[str, ...]

    def error(self, what: str) -> TaskError:
        return TaskError(f"line {self.number}: {what}")


def lines(text: str, **forms: str) -> Iterator[Line]:
    """The lines of a file of facts; blank ones and comments (#) are skipped, and spacing does not matter.

    ``forms`` gives each form as people write it, single capital letters standing for what varies: X, Y and Z for a
    name (letters only), U, V and W for a value (a name, or a whole number with its sign): ``image="X -> Y"``. A line
    is of the first form that it fits. Raises TaskError at a line of no form, at a part that is no name or value, and
    where there is no line at all.
    """
    any_line = False
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition("#")[0].strip()
        if line:
            any_line = True
            yield _line(number, line, forms)
    if not any_line:
        raise TaskError(f"there are no facts here; expected lines like {_either(forms)}")


def _line(number: int, line: str, forms: dict[str, str]) -> Line:
    complaint = f"expected {_either(forms)}, got “{_shorten(line)}”"
    for name, form in forms.items():
        if matched := _pattern(form).fullmatch(line):
            wrong = _misfit(form, matched.groups())
            if not wrong:
                return Line(number, name, matched.groups())
            complaint = wrong
    raise TaskError(f"line {number}: {complaint}")


def match_question(text: str, **forms: str) -> tuple[str, tuple[str, ...]]:
    """Which of the forms a person's question has, and its parts.

    Spacing, the case of the form's own words, and a final question mark do not matter. Raises TaskError naming the
    forms that exist.
    """
    for name, form in forms.items():
        if match := _pattern(form.removesuffix("?")).fullmatch(text.strip().removesuffix("?").strip()):
            return name, match.groups()
    raise TaskError(f"expected a question like {_either(forms)}, got “{_shorten(text)}”")


def check_name(name: str, names: Collection[str], what: str) -> str:
    """The name, if it is one of these. Raises TaskError naming those that there are."""
    if name not in names:
        raise TaskError(f"“{_shorten(name)}” is no {what} here; there are {_shorten(' '.join(names), 200)}")
    return name


def whole_number(text: str, what: str) -> int:
    """The number that a text spells. Raises TaskError where it spells none, or a negative one."""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise TaskError(f"{what} must be a whole number, got “{_shorten(text)}”")
    return int(text)


def is_name(text: str | None) -> TypeGuard[str]:
    """Whether an answer is a name: one word of letters, other than ``none`` and ``infinite``."""
    return text is not None and text.isalpha() and text not in (NONE, INFINITE)


@lru_cache(KNOWN_TEXTS)
def number(text: str | None) -> int | None:
    """The number that an answer spells, as numbers are spelled here: ASCII digits, no leading zero, perhaps a minus."""
    return int(text) if text is not None and re.fullmatch(r"0|-?[1-9][0-9]{0,8}", text) else None


@lru_cache(KNOWN_TEXTS)
def lookup_answer(text: str) -> Answer:
    """The environment's answer with this text; cached."""
    return Answer(text, by="lookup")


def pick(randomness: random.Random, symbols: int, count: int) -> list[str]:
    """``count`` different names out of the first ``symbols``."""
    return randomness.sample(SYMBOLS[:symbols], count)


def root(size: int) -> int:
    """√size as a whole number: how many values, or groups, there are among so many variables."""
    return round(math.sqrt(size))


def check_size(size: int, largest: int) -> None:
    """Raises ValueError unless an instance may have this size."""
    if not SMALLEST <= size <= largest:
        raise ValueError(f"an instance's size must be from {SMALLEST} to {largest}, got {size}")


def check_settings(largest: int, symbols: int) -> None:
    """Raises ValueError where there cannot be enough symbols for the largest instance."""
    if not SMALLEST <= largest <= symbols <= len(SYMBOLS):
        raise ValueError(
            f"expected {SMALLEST} ≤ largest ≤ symbols ≤ {len(SYMBOLS)}, got largest {largest} and symbols {symbols}"
        )


def check_values(largest: int, values: int) -> None:
    """Raises ValueError where there cannot be enough values for the largest instance."""
    if values < root(largest):
        raise ValueError(f"{largest} variables have {root(largest)} values, and a choice of {values} is too small")


@lru_cache
def _pattern(form: str) -> re.Pattern[str]:
    pattern, before = "", ""
    for part in re.findall(r"[A-Z](?![a-z])|\w+|[^\w\s]+?", form):
        # Two words run together would be one word, so they need a space between them; marks need none.
        pattern += r"\s+" if part[0].isalnum() and before.isalnum() else r"\s*"
        pattern += r"([^\s()=,?]+?)" if re.fullmatch("[A-Z]", part) else f"(?i:{re.escape(part)})"
        before = part[-1]
    return re.compile(pattern)


def _misfit(form: str, parts: tuple[str, ...]) -> str:
    """What is wrong with the parts of a line that has this form; empty if nothing is."""
    for letter, part in zip(re.findall(r"[A-Z](?![a-z])", form), parts, strict=True):
        if part in (NONE, INFINITE):
            return f"“{part}” cannot be a name: as an answer it says that there is nothing to name"
        if letter in "UVW":
            if not (part.isalpha() or number(part) is not None):
                return f"“{_shorten(part)}” is no value: a value is letters only, or a whole number"
        elif not part.isalpha():
            return f"“{_shorten(part)}” is no name: a name is letters only"
    return ""


def _either(forms: dict[str, str]) -> str:
    return " or ".join(f"“{form}”" for form in forms.values())


def _shorten(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
