"""Single values out of a TOML file, each checked, with errors for whoever wrote it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from typing import Any

from hch.optimum.world.errors import WorldError
from hch.optimum.world.world import Number


def number(value: object, where: str) -> Number:
    """A whole number, a decimal, or a fraction as a text, such as "1/3"."""
    if isinstance(value, bool) or not isinstance(value, int | Fraction | str):
        raise WorldError(f'{where}: expected a number, or a fraction such as "1/3", got {value!r}')
    try:
        exact = Fraction(value)
    except (ValueError, ZeroDivisionError):
        raise WorldError(f'{where}: expected a number, or a fraction such as "1/3", got “{value}”') from None
    return int(exact) if exact.denominator == 1 else exact


def numbers(table: Mapping[str, Any], where: str) -> dict[str, Number]:
    """A table of numbers."""
    return {key: number(value, where) for key, value in table.items()}


def whole(value: object, where: str) -> int:
    """A whole number, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise WorldError(f"{where}: expected a whole number, got {value!r}")
    return value


def plain_text(value: object) -> str:
    """An answer as it is written: a text, or a whole number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise WorldError(f"expected an answer, a text, got {value!r}")
    return str(value)


def of_type(value: object, kind: type, where: str, expected: str) -> Any:
    """The value, if it is of that type."""
    if not isinstance(value, kind):
        raise WorldError(f"{where}: expected {expected}, got {value!r}")
    return value


def listed(value: object, where: str, kind: type | tuple[type, ...]) -> list[Any]:
    """The value, if it is a list of such things."""
    if not isinstance(value, list) or not all(isinstance(each, kind) for each in value):
        raise WorldError(f"{where}: expected a list, got {value!r}")
    return value


def known_keys(table: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Raises WorldError at a key that means nothing there."""
    for key in table:
        if key not in known:
            raise WorldError(f"{where} has no “{key}”{nearest(key, known)}. There are: {', '.join(known)}")


def nearest(word: str, among: Iterable[str]) -> str:
    """A question about the most similar of some words, or nothing where there are none."""
    known = list(among)
    if not known:
        return ""
    best = max(known, key=lambda each: difflib.SequenceMatcher(None, word.lower(), each.lower()).ratio())
    return f"; did you mean “{best}”?"


def fits(parts: list[str], wanted: list[str]) -> bool:
    """Whether an answer's parts are those wanted, each of which may be *, which is anything."""
    return len(parts) == len(wanted) and all(want in ("*", part) for part, want in zip(parts, wanted, strict=True))
