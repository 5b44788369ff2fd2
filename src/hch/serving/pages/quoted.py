"""Quotes in an answer, and whether the context says what they say: the judge's eyes need not look for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hch.text.quotes import Grade, check

MOST_QUOTES = 50
"""Quotes of one answer that are looked up."""

_QUOTE = re.compile(r'“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|(?<!\w)"([^"]+)"')
_GRADES = (Grade.EXACT, Grade.TYPOGRAPHIC, Grade.ELIDED, Grade.ABSENT)
_WORDS = {
    Grade.EXACT: "in the context word for word",
    Grade.TYPOGRAPHIC: "in the context, but for quotation marks, dashes and spaces",
    Grade.ELIDED: "in the context, with words left out at “…”",
    Grade.ABSENT: "not in the context",
}


@dataclass(frozen=True)
class QuoteFound:
    """A quote, without its marks; how it stands in the context, as a grade and in words; and in which fact, from 1."""

    text: str
    grade: Grade
    fact: int | None

    @property
    def words(self) -> str:
        """The grade as the page says it."""
        return _WORDS[self.grade]


def quotes_in(answer: str, facts: Sequence[str]) -> list[QuoteFound]:
    """The distinct quotes in an answer, in order, each as it stands in the fact that says it best.

    What stands between double quotation marks is a quote; single ones are apostrophes as often.
    """
    texts = dict.fromkeys(next(filter(None, found.groups())) for found in _QUOTE.finditer(answer))
    found = []
    for text in list(texts)[:MOST_QUOTES]:
        grades = [check(text, fact).grade for fact in facts]
        best = min(grades, key=_GRADES.index, default=Grade.ABSENT)
        found.append(QuoteFound(text, best, None if best is Grade.ABSENT else grades.index(best) + 1))
    return found
