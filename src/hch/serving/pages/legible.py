"""Texts of any origin as a page can show them: nothing in them can hide, turn the line around, or be too long."""

from __future__ import annotations

import math

from hch.serving.pages.wording import number_of
from hch.text.display import plain
from hch.types import Budget

LONGEST = 100_000
"""Characters of one text on a page."""
ON_ONE_LINE = 240
"""Characters of a text in a list."""


def line_of(text: str, longest: int = ON_ONE_LINE) -> str:
    """The text on one line, cut short."""
    return plain(" ".join(text[: 4 * longest].split()), longest)


def lines_of(text: str, longest: int = LONGEST) -> str:
    """The text with its lines; says so where it is cut."""
    shown = "\n".join(plain(line, longest) for line in text[:longest].replace("\r\n", "\n").split("\n"))
    left_out = len(text) - longest
    return shown if left_out <= 0 else f"{shown}\n… {left_out:,} more characters"


def budget_words(budget: Budget | None, *, all_of: bool = False) -> str:
    """What a budget allows or what was spent: ``2 levels, 5 consultations``. ``all_of``: what it has none of, too."""
    if budget is None:
        return ""
    said = [
        number_of(budget.depth, "level"),
        number_of(budget.consultations, "consultation"),
        number_of(budget.words, "word"),
        number_of(budget.seconds, "second"),
        f"{budget.usd:,.2f} dollars",
    ]
    amounts = (budget.depth, budget.consultations, budget.words, budget.seconds, budget.usd)
    worth = [words for words, amount in zip(said, amounts, strict=True) if math.isfinite(amount) and (amount or all_of)]
    return ", ".join(worth) or ("without limit" if all_of else "nothing")
