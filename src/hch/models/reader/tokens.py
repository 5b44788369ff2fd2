"""Text as words, and words as text: one word is one token.

Words are runs of letters, numbers with their sign, and single marks. Spacing is no part of them: one rule puts it back,
and a text that the rule would space otherwise is refused, so what a model reads and says is exactly what others see.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hch.text.words import spell, words

MOST_TEXTS = 1 << 18
"""Texts remembered at once; then all are forgotten, so that memory stays bounded."""


class TokenRows:
    """Rows of ``width`` words, as int64, zero where a text has no more words."""

    def __init__(self, vocabulary: Vocabulary, width: int) -> None:
        self.vocabulary, self.width = vocabulary, width
        self._forget()

    def _forget(self) -> None:
        self._places: dict[str, int] = {}
        self._table = np.zeros((256, self.width), dtype=np.int64)

    def __call__(self, texts: list[str]) -> NDArray[np.int64]:
        """One row for each text, of shape (texts, width). Raises ValueError at a text that cannot be spelled."""
        try:
            places = [self._places[text] for text in texts]
        except KeyError:
            self._learn(texts)
            places = [self._places[text] for text in texts]
        rows: NDArray[np.int64] = self._table[places] if places else np.zeros((0, self.width), dtype=np.int64)
        return rows

    def _learn(self, texts: Iterable[str]) -> None:
        if len(self._places) > MOST_TEXTS:
            self._forget()
        for text in texts:
            if text in self._places:
                continue
            row = self.vocabulary.encode(text, self.width)
            place = len(self._places)
            if place == len(self._table):
                self._table = np.concatenate([self._table, np.zeros_like(self._table)])
            self._table[place] = row
            self._places[text] = place


PADDING = ""
"""Fills a row of words to its width. Not a word: no text contains it as one."""


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
        result = words(text)
        if len(result) > width:
            raise ValueError(f"{text!r} has {len(result)} words, and this model reads at most {width} here")
        try:
            row = [self.numbers[word] for word in result]
        except KeyError as unknown:
            raise ValueError(f"{text!r} has a word that this model does not know: {unknown.args[0]!r}") from None
        return row + [0] * (width - len(row))

    def decode(self, row: Sequence[int]) -> str:
        """The text of a row of word numbers, padding left out."""
        return spell(self.listed[number] for number in row if number)
