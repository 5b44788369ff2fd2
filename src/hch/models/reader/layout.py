"""Questions laid out in a grid, a row for each distinct context, so that a context's facts are encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hch.models.reader.tokens import TokenRows, Vocabulary
from hch.types import Context, Question


@dataclass(frozen=True)
class ContextGrid:
    """Where each item stands: ``rows[i]`` is its context's place in ``contexts``, ``columns[i]`` its place there."""

    contexts: list[Context]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]

    @property
    def width(self) -> int:
        """The most items that any context has."""
        return int(self.columns.max()) + 1 if len(self.columns) else 0

    def grid(self, items: NDArray[np.int64], fill: int = 0) -> NDArray[np.int64]:
        """Items of shape (items, …) as (contexts, width, …)."""
        out = np.full((len(self.contexts), self.width, *items.shape[1:]), fill, dtype=np.int64)
        out[self.rows, self.columns] = items
        return out

    def merge_equal(self, items: NDArray[np.int64]) -> tuple[ContextGrid, NDArray[np.int64], NDArray[np.int64]]:
        """The layout of the distinct items of shape (items, width), the first of each, and which of those each item is.

        Items are the same where they are equal and stand in the same row.
        """
        keyed = np.ascontiguousarray(np.concatenate([self.rows[:, None], items], 1).astype(np.int32))
        row_bytes, whole = keyed.dtype.itemsize * keyed.shape[1], keyed.tobytes()
        starts = range(0, len(whole), row_bytes)
        places: dict[bytes, int] = {}
        which_row = [places.setdefault(whole[start : start + row_bytes], len(places)) for start in starts]
        which = np.array(which_row, dtype=np.int64)
        if len(places) == len(which):
            return self, which, which
        first = np.empty(len(places), dtype=np.int64)
        first[which[::-1]] = np.arange(len(which))[::-1]
        return _make_grid(self.contexts, self.rows[first]), first, which

    def repeat(self, counts: NDArray[np.int64]) -> ContextGrid:
        """The layout in which item i stands ``counts[i]`` times, its copies beside each other."""
        return _make_grid(self.contexts, np.repeat(self.rows, counts))


def make_grid(contexts: Sequence[Context]) -> ContextGrid:
    """The layout of items that have these contexts."""
    places: dict[Context, int] = {}
    rows = [places.setdefault(context, len(places)) for context in contexts]
    return _make_grid(list(places), np.array(rows, dtype=np.int64))


def _make_grid(contexts: list[Context], rows: NDArray[np.int64]) -> ContextGrid:
    order = np.argsort(rows, kind="stable")
    starts = np.searchsorted(rows[order], np.arange(len(contexts)))
    columns = np.empty_like(rows)
    columns[order] = np.arange(len(rows)) - starts[rows[order]]
    return ContextGrid(contexts, rows, columns)


class Tokenizer:
    """Turns contexts, questions and answers into word numbers for a reader with these widths."""

    def __init__(self, vocabulary: Vocabulary, fact: int, question: int, answer: int) -> None:
        self.vocabulary = vocabulary
        self._facts = TokenRows(vocabulary, fact)
        self.questions = TokenRows(vocabulary, question)
        self.answers = TokenRows(vocabulary, answer)

    def complaint(self, question: Question, answer: str | None = None) -> str:
        """Why a reader could not read the question, or say the answer to it; empty where it could."""
        try:
            self.facts([question.context])
            self.questions([question.text])
            if answer is not None and not self.answers([answer])[0, 0]:
                return f"an answer has at least one word, got {answer!r}"
        except ValueError as error:
            return str(error)
        return ""

    def facts(self, contexts: Sequence[Context]) -> NDArray[np.int64]:
        """Facts of shape (contexts, most facts or 1, words), zero where a context has fewer."""
        counts = [len(context.facts) for context in contexts]
        rows = self._facts([fact for context in contexts for fact in context.facts])
        most = max([1, *counts])
        if all(count == most for count in counts):
            return rows.reshape(len(counts), most, rows.shape[1])
        out = np.zeros((len(counts), most, rows.shape[1]), dtype=np.int64)
        out[np.arange(most) < np.array(counts)[:, None]] = rows
        return out
