"""Texts as words and marks, and words as text again, by one rule of spacing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

WORD = re.compile(r"[^\W\d_]+|-?\d+|->|:=|\n|[^\s\w]|_")


CLINGS_LEFT = frozenset("()?,;:^\n")
"""Marks with no space before them."""


CLINGS_RIGHT = frozenset("(^#\n")
"""Marks with no space after them."""


ARROW = "->"
"""Has a space on both sides, whatever follows: it comes before answers, and a model may answer with any word."""


KNOWN_TEXTS = 8192
"""How many split texts are cached: a debate's texts are split again for every statement."""


@lru_cache(KNOWN_TEXTS)
def words(text: str) -> tuple[str, ...]:
    """The words of a text. Raises ValueError where its spacing is not that of ``spell``."""
    parts = tuple(WORD.findall(text))
    if (spelled := spell(parts)) != text:
        raise ValueError(f"the spacing of {text!r} would be lost; write it as {spelled!r}")
    return parts


def spell(parts: Iterable[str]) -> str:
    """The text of these words, spaced by the rule."""
    out: list[str] = []
    before = ""
    for part in parts:
        clings = before in CLINGS_RIGHT or (part in CLINGS_LEFT and before != ARROW)
        if before and not clings:
            out.append(" ")
        out.append(part)
        before = part
    return "".join(out)
