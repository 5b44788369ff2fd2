"""Text as words, and words as text: one word is one token.

Words are runs of letters, numbers with their sign, and single marks. Spacing is no part of them: one rule puts it back,
and a text that the rule would space otherwise is refused, so what a model reads and says is exactly what others see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

WORD = re.compile(r"[^\W\d_]+|-?\d+|->|:=|\n|[^\s\w]|_")
CLINGS_LEFT = frozenset("()?,;:^\n")
"""Marks with no space before them."""
CLINGS_RIGHT = frozenset("(^#\n")
"""Marks with no space after them."""
ARROW = "->"
"""Has a space on both sides whatever the mark: it stands before answers, and a model may answer with any word."""

KNOWN_TEXTS = 8192
"""Texts kept taken apart: what is debated is looked at again for every statement."""

PADDING = ""
"""Fills a row of words to its width. Not a word: no text contains it as one."""


@lru_cache(KNOWN_TEXTS)
def words(text: str) -> tuple[str, ...]:
    """The words of a text. Raises ValueError where its spacing is not the one that ``text`` would give."""
    found = tuple(WORD.findall(text))
    if (spelled := spell(found)) != text:
        raise ValueError(f"the spacing of {text!r} would be lost; write it as {spelled!r}")
    return found


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


@dataclass(frozen=True)
class Vocabulary:
    """The words that a model knows, numbered; 0 is padding."""

    known: tuple[str, ...]

    @cached_property
    def numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate((PADDING, *dict.fromkeys(self.known)))}

    @cached_property
    def listed(self) -> tuple[str, ...]:
        return tuple(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def encode(self, text: str, width: int) -> list[int]:
        """The numbers of a text's words, padded to ``width``.

        Raises ValueError naming a word that is not known, or where there are more than ``width`` words.
        """
        found = words(text)
        if len(found) > width:
            raise ValueError(f"{text!r} has {len(found)} words, and this model reads at most {width} here")
        try:
            row = [self.numbers[word] for word in found]
        except KeyError as unknown:
            raise ValueError(f"{text!r} has a word that this model does not know: {unknown.args[0]!r}") from None
        return row + [0] * (width - len(row))

    def decode(self, row: Sequence[int]) -> str:
        """The text of a row of word numbers, padding left out."""
        return spell(self.listed[number] for number in row if number)
