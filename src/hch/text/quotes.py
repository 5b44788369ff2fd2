"""Whether a source has a quote: exactly, up to typography, with marked gaps, or not at all.

Whole words and numbers are compared, a number with its sign, decimals and percent sign. Nothing is repaired: a
word that is missing, added or spelled otherwise makes a quote absent. Spans refer to the source as it is.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_ELIDED = 60
"""Words and marks that one gap of a quote may leave out."""


class Grade(enum.StrEnum):
    """How well a source has a quote."""

    EXACT = "exact"
    TYPOGRAPHIC = "typographic"
    """Up to curly quotes, dashes, dots, spaces and line breaks."""
    ELIDED = "elided"
    """In order, with words left out where the quote has “…”."""
    ABSENT = "absent"


@dataclass(frozen=True)
class QuoteCheck:
    """A quote's grade, and the spans of its parts in the source: [start, end) in characters, none if it is absent."""

    grade: Grade
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def direct(self) -> bool:
        """Whether the source has the quote in one piece."""
        return self.grade in (Grade.EXACT, Grade.TYPOGRAPHIC)


def check(quote: str, source: str, most_elided: int = MOST_ELIDED) -> QuoteCheck:
    """The quote's grade in the source. Any text will do for either; a quote without a word or number is absent."""
    quote = _bare(quote)
    wanted, tokens = list(_tokens(quote)), list(_tokens(source))
    if not any(token.is_word for token in wanted):
        return QuoteCheck(Grade.ABSENT)
    whole = [(tokens[i].start, tokens[i + len(wanted) - 1].end) for i in _places(wanted, tokens)]
    if whole:
        same = next((span for span in whole if source[slice(*span)] == quote), None)
        return QuoteCheck(Grade.EXACT, (same,)) if same else QuoteCheck(Grade.TYPOGRAPHIC, (whole[0],))
    parts = list(_parts(wanted))
    if len(parts) > 1 and all(any(token.is_word for token in part) for part in parts):
        spans = _in_order(parts, tokens, most_elided)
        if spans:
            return QuoteCheck(Grade.ELIDED, spans)
    return QuoteCheck(Grade.ABSENT)


@dataclass(frozen=True)
class _Token:
    """A word, a number or a mark; ``text`` is what is compared."""

    text: str
    start: int
    end: int
    is_word: bool


_IN_WORD = r"\w\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u00ad\u200b-\u200d\u2060\ufeff"
"""Letters, digits, combining marks and invisible characters."""

_TOKEN = re.compile(
    rf"""
    (?:(?<![{_IN_WORD}])[+\-\u2212](?=\.?\d))?          # a sign, where nothing is joined by it
    (?:(?<!\d)\.(?=\d))?                                # .5
    [{_IN_WORD}]+
    (?:(?:['\u2019\-\u2010\u2011]|(?<=\d)[.,:/\u2013\u2212](?=\d))[{_IN_WORD}]+)*
    [%\u2030]?
    | \.{{3,}} | \u2026
    | \S
    """,
    re.VERBOSE,
)

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", None),
        "\u2026": "...",
    }
)
_DOTS = re.compile(r"\.{3,}|\u2026")
_PAIRS = {'"': '"', "'": "'", "\u201c": "\u201d", "\u201e": "\u201c", "\u2018": "\u2019", "\u00ab": "\u00bb"}


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        same = unicodedata.normalize("NFC", match[0].translate(_ALIKE))
        if _DOTS.fullmatch(match[0]):
            same = "..."
        if same:
            yield _Token(same, match.start(), match.end(), any(map(str.isalnum, same)))


def _bare(quote: str) -> str:
    """Strips spaces, and one pair of quotation marks."""
    quote = quote.strip()
    if len(quote) > 1 and _PAIRS.get(quote[0]) == quote[-1]:
        return quote[1:-1].strip()
    return quote


def _places(wanted: Sequence[_Token], source: Sequence[_Token]) -> Iterator[int]:
    """The places in the source where the tokens occur, from first to last."""
    texts, others = [token.text for token in wanted], [token.text for token in source]
    for i in range(len(others) - len(texts) + 1):
        if others[i] == texts[0] and others[i : i + len(texts)] == texts:
            yield i


def _parts(wanted: Sequence[_Token]) -> Iterator[list[_Token]]:
    """The parts between the gaps “…” and “[…]”."""
    part: list[_Token] = []
    for number, token in enumerate(wanted):
        neighbours = (*wanted[max(0, number - 1) : number], *wanted[number + 1 : number + 2])
        if token.text == "...":
            yield part
            part = []
        elif not (token.text in "[]" and "..." in [neighbour.text for neighbour in neighbours]):
            part.append(token)
    yield part


def _in_order(parts: Sequence[Sequence[_Token]], source: Sequence[_Token], most: int) -> tuple[tuple[int, int], ...]:
    """The spans of all parts in order, each at most ``most`` tokens after the last; empty if there are none."""
    chains: dict[int, tuple[int, ...]] = {place + len(parts[0]): (place,) for place in _places(parts[0], source)}
    for part in parts[1:]:
        places = list(_places(part, source))
        chains = {
            place + len(part): (*chains[end], place)
            for end in sorted(chains)
            for place in places
            if 0 < place - end <= most
        }
    if not chains:
        return ()
    chain = chains[min(chains)]
    return tuple((source[i].start, source[i + len(part) - 1].end) for i, part in zip(chain, parts, strict=True))
