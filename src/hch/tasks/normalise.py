"""Whether two answers are the same: as texts, as the numbers that they end in, or letter by letter."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import Literal

Normaliser = Literal["auto", "text", "number", "exact"]
"""``auto`` compares numbers where the known answer is a number and nothing else, and texts where it is not."""


def normalise(answer: str, normaliser: Normaliser, gold: str) -> str | Fraction | None:
    """The part of an answer that is compared with ``gold``; None where there is none."""
    match resolve_normaliser(normaliser, gold):
        case "exact":
            return answer.strip() or None
        case "number":
            return last_number(answer)
        case _:
            return plain_words(answer) or None


def same(answer: str, gold: str, normaliser: Normaliser = "auto") -> bool:
    """Whether an answer equals the known one, once both are normalised."""
    wanted = normalise(gold, normaliser, gold)
    return wanted is not None and normalise(answer, normaliser, gold) == wanted


def resolve_normaliser(normaliser: Normaliser, gold: str) -> Normaliser:
    """The way of comparing that ``auto`` stands for with this known answer."""
    if normaliser != "auto":
        return normaliser
    return "number" if _ALONE.fullmatch(gold.strip()) else "text"


def plain_words(text: str) -> str:
    """A text without capitals, articles, marks around its words, and doubled spaces.

    Signs, decimals and marks within a word stay: 1.5 is not 15, and -3 is not 3.
    """
    words = unicodedata.normalize("NFKC", text).translate(_DASHES).casefold().split()
    kept = [word for word in map(_bare, words) if word]
    # A text that is nothing but an article means it.
    return " ".join([word for word in kept if word not in _ARTICLES] or kept)


def last_number(text: str) -> Fraction | None:
    """The last number in a text, with its sign and decimals, commas between thousands left out; None without one."""
    numbers = _NUMBER.findall(unicodedata.normalize("NFKC", text).translate(_DASHES))
    return Fraction(numbers[-1].replace(",", "").replace("$", "")) if numbers else None


def number_text(number: Fraction) -> str:
    """A number as people write it: whole, or with decimals where these come to an end, else as a fraction."""
    if number.denominator == 1:
        return str(number.numerator)
    decimals = f"{float(number):.6f}".rstrip("0")
    return decimals if Fraction(decimals) == number else f"{number.numerator}/{number.denominator}"


_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2212", "-"))
_ARTICLES = frozenset({"a", "an", "the"})
_NUMBER = re.compile(r"(?<![\w.])-?\$?-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w])|(?<![\w.])-?\.\d+(?!\w)", re.ASCII)
_ALONE = re.compile(r"-?\$?-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?%?", re.ASCII)


def _bare(word: str) -> str:
    """A word without the marks around it; a number keeps its sign, point and percent sign."""
    if match := re.fullmatch(r"[^\w\-.+%]*([+\-]?\.?\d[\d.,]*?%?)[^\w%]*", word):
        return match[1]
    return re.sub(r"^\W+|\W+$", "", word)
