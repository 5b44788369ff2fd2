"""Texts as rows of word numbers, each distinct text spelled once.

Questions and facts repeat by the thousand, so a text becomes a number at its first sight and a batch is one gather.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from hch.models.vocabulary import Vocabulary

MOST_TEXTS = 1 << 18
"""Texts remembered at once; then all are forgotten, so that memory stays bounded."""


class Rows:
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
