"""Single values of a TOML file, each checked, with errors for whoever wrote the file."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from typing import Any

from hch.optimum.world.errors import WorldError
from hch.optimum.world.world import Number


def parse_number(value: object, where: str) -> Number:
    """A whole number, a decimal, or a fraction as a text, such as "1/3"."""
    if isinstance(value, int | Fraction | str) and not isinstance(value, bool):
        try:
            exact = Fraction(value)
        except (ValueError, ZeroDivisionError):
            raise WorldError(f'{where}: expected a number, or a fraction such as "1/3", got “{value}”') from None
        return int(exact) if exact.denominator == 1 else exact
    raise WorldError(f'{where}: expected a number, or a fraction such as "1/3", got {value!r}')


def parse_numbers(table: Mapping[str, Any], where: str) -> dict[str, Number]:
    """A table of numbers."""
    return {key: parse_number(value, where) for key, value in table.items()}


def parse_whole(value: object, where: str) -> int:
    """A whole number, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise WorldError(f"{where}: expected a whole number, got {value!r}")
    return value


def parse_answer(value: object) -> str:
    """An answer: a text, or a whole number as its digits."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise WorldError(f"expected an answer, a text, got {value!r}")
    return str(value)


def check_type(value: object, kind: type, where: str, expected: str) -> Any:
    """The value, if it is of that type. Raises WorldError if not."""
    if not isinstance(value, kind):
        raise WorldError(f"{where}: expected {expected}, got {value!r}")
    return value


def check_list(value: object, where: str, kind: type | tuple[type, ...]) -> list[Any]:
    """The value, if it is a list with elements of that type. Raises WorldError if not."""
    if not isinstance(value, list) or not all(isinstance(element, kind) for element in value):
        raise WorldError(f"{where}: expected a list, got {value!r}")
    return value


def check_keys(table: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Raises WorldError at an unknown key; suggests the nearest known one."""
    for key in table:
        if key not in known:
            raise WorldError(f"{where} has no “{key}”{suggest(key, known)}. There are: {', '.join(known)}")


def suggest(word: str, among: Iterable[str]) -> str:
    """The end of an error message: a question about the most similar word, or nothing where there are no words."""
    known = list(among)
    if not known:
        return ""
    best = max(known, key=lambda other: difflib.SequenceMatcher(None, word.lower(), other.lower()).ratio())
    return f"; did you mean “{best}”?"
