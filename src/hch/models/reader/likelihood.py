"""How likely a reader finds given answers: each word of each answer, given the question and the words before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from hch.models.reader.layout import ContextGrid, Tokenizer
from hch.models.reader.network import Encoded, Reader


@dataclass(frozen=True)
class TargetBatch:
    """Words to be said: for each, the query before it, the word, whether it is the last, and whose answer it is in.

    ``free`` is 0 where the word fills the last room that there is, so that the answer ends there whatever the reader
    thinks, and 1 elsewhere. The query of cell i stands at (``rows[i]``, ``columns[i]``) of the grid that ``queries`` is
    laid out in; cells whose query is the same share it.
    """

    queries: Int[Tensor, "contexts queries slots"]
    words: Int[Tensor, " cells"]
    rows: Int[Tensor, " cells"]
    columns: Int[Tensor, " cells"]
    last: Float[Tensor, " cells"]
    free: Float[Tensor, " cells"]
    items: Int[Tensor, " cells"]
    count: int

    def gather_cells(self, grid: Float[Tensor, "contexts queries ..."]) -> Float[Tensor, "cells ..."]:
        """What stands in a grid of queries, for each cell."""
        return grid.flatten(0, 1).index_select(0, self.rows * grid.shape[1] + self.columns)


def make_targets(
    speller: Tokenizer, layout: ContextGrid, questions: Sequence[str], answers: Sequence[str], device: torch.device
) -> TargetBatch:
    """The cells of these answers to these questions. Raises ValueError at an empty answer."""
    asked, said = speller.questions(list(questions)), speller.answers(list(answers))
    lengths = (said != 0).sum(1)
    if (lengths == 0).any():
        raise ValueError(
            f"an answer to learn or to score has at least one word, got {answers[int(lengths.argmin())]!r}"
        )
    items = np.arange(len(asked))
    if said.shape[1] > 1:
        layout, items = layout.repeat(lengths), np.repeat(items, lengths)
        position = np.arange(len(items)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        before = np.where(np.arange(said.shape[1] - 1) < position[:, None], said[items, :-1], 0)
        queries, words = np.concatenate([asked[items], before], 1), said[items, position]
    else:
        position, queries, words = np.zeros_like(items), asked, said[:, 0]
    layout, first, which = layout.merge_equal(queries)

    def place(array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(device, non_blocking=True)

    return TargetBatch(
        queries=place(layout.grid(queries[first])),
        words=place(words),
        rows=place(layout.rows[which]),
        columns=place(layout.columns[which]),
        last=place((position == lengths[items] - 1).astype(np.float32)),
        free=place((position < said.shape[1] - 1).astype(np.float32)),
        items=place(items),
        count=len(asked),
    )


def log_likelihoods(reader: Reader, encoded: Encoded, cells: TargetBatch) -> Float[Tensor, " items"]:
    """The log-likelihood of each answer, in nats."""
    hidden = reader.hidden(encoded, cells.queries)
    scores = reader.scores(encoded, hidden).float()
    other = reader.choices(encoded)[cells.rows] != cells.words[:, None]
    said = torch.logsumexp(cells.gather_cells(scores).masked_fill(other, -torch.inf), -1)
    said = said - cells.gather_cells(torch.logsumexp(scores, -1))
    if reader.slots.answer == 1:
        return said
    ends = reader.end_scores(cells.gather_cells(hidden), cells.words).float()
    said = said - cells.free * F.binary_cross_entropy_with_logits(ends, cells.last, reduction="none")
    return torch.zeros(cells.count, device=said.device).index_add(0, cells.items, said)


@dataclass(frozen=True)
class NextWord:
    """The log-odds of each word at each cell's place, and the logit that the answer ends with each."""

    words: Float[Tensor, "cells vocabulary"]
    ends: Float[Tensor, "cells vocabulary"] | None

    def likelihoods(self, cells: TargetBatch) -> Float[Tensor, " items"]:
        """The log-likelihood of each answer, in nats: what ``log_likelihoods`` gives, without another pass."""
        chosen = cells.words[:, None]
        said = self.words.gather(1, chosen)[:, 0]
        if self.ends is not None:
            ends = self.ends.gather(1, chosen)[:, 0]
            said = said - cells.free * F.binary_cross_entropy_with_logits(ends, cells.last, reduction="none")
        return torch.zeros(cells.count, device=said.device).index_add(0, cells.items, said)


def next_words(reader: Reader, encoded: Encoded, cells: TargetBatch) -> NextWord:
    """What a reader thinks of every word, said or copied, at each place."""
    hidden = reader.hidden(encoded, cells.queries)
    probs = cells.gather_cells(word_probs(reader, encoded, hidden).clamp(min=LEAST_PROB).log())
    if reader.slots.answer == 1:
        return NextWord(probs, None)
    ends = F.linear(hidden, reader.ends.weight) + reader.ends_bias
    return NextWord(probs, cells.gather_cells(ends.float()))


LEAST_PROB = 1e-9


def word_probs(
    reader: Reader, encoded: Encoded, hidden: Float[Tensor, "contexts queries width"]
) -> Float[Tensor, "contexts queries vocabulary"]:
    """The probability of each word, said or copied."""
    probs = torch.softmax(reader.scores(encoded, hidden).float(), -1)
    vocabulary = reader.slots.vocabulary
    copied = encoded.words.unsqueeze(1).expand(-1, hidden.shape[1], -1)
    return probs[..., :vocabulary].scatter_add(2, copied, probs[..., vocabulary:])


def divergences(ours: NextWord, theirs: NextWord, cells: TargetBatch) -> Float[Tensor, " items"]:
    """The Kullback-Leibler divergence of one reader's answers from another's, in nats, along each given answer.

    At each place it is exact, over all words and over ending or going on, and so never below zero; the places are those
    that the answer comes to. Over answers drawn from the first reader the mean is the divergence itself, and for
    answers of one word every single one is. Source: Amini, Vieira and Cotterell (2025), "Better estimation of the KL
    divergence between language models".
    """
    probs = ours.words.exp()
    divergence = (probs * (ours.words - theirs.words)).sum(-1)
    if ours.ends is not None and theirs.ends is not None:
        last = torch.sigmoid(ours.ends)
        on_end = last * (F.logsigmoid(ours.ends) - F.logsigmoid(theirs.ends))
        going_on = (1 - last) * (F.logsigmoid(-ours.ends) - F.logsigmoid(-theirs.ends))
        divergence = divergence + cells.free * (probs * (on_end + going_on)).sum(-1)
    return torch.zeros(cells.count, device=divergence.device).index_add(0, cells.items, divergence)
