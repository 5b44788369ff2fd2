"""A small transformer that reads facts and answers questions about them.

Each fact is one vector; layers without positions let facts attend to each other, so their order means nothing; each
question attends to the facts through a few more layers. An answer is read out word by word, by one softmax over the
vocabulary and over all words that stand in the facts, so a word can be said or copied.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from hch.models.settings import ReaderSettings


@dataclass(frozen=True)
class Slots:
    """How many words there are room for, in all and in one fact, question and answer."""

    vocabulary: int
    fact: int
    question: int
    answer: int = 1

    @property
    def query(self) -> int:
        """Words in front of a reader when it is to say the next word: the question, and the answer so far."""
        return self.question + self.answer - 1


@dataclass(frozen=True)
class Encoded:
    """Facts as a reader has understood them, and the words that stand in them."""

    facts: Float[Tensor, "contexts facts width"]
    words: Int[Tensor, "contexts positions"]
    missing: Bool[Tensor, "contexts facts"] | None

    def select(self, rows: Tensor) -> Encoded:
        """The same for some of the contexts."""
        missing = None if self.missing is None else self.missing[rows]
        return Encoded(self.facts[rows], self.words[rows], missing)


class Reader(nn.Module):
    """Scores what the next word of an answer could be. Word number 0 is padding, and is never said.

    Whoever changes the weights counts ``version`` up, so that what was computed with the old ones is not used again.
    """

    def __init__(self, slots: Slots, settings: ReaderSettings) -> None:
        super().__init__()
        width = settings.width
        self.slots, self.settings = slots, settings
        self.version = 0
        self.fact_words = SlotEmbedding(slots.vocabulary, slots.fact, width)
        self.query_words = SlotEmbedding(slots.vocabulary, slots.query, width)
        self.fact_matches = Matches(slots.fact, slots.fact, settings.heads)
        self.query_matches = Matches(slots.query, slots.fact, settings.heads)
        self.fact_layers = nn.ModuleList(Layer(settings, across=False) for _ in range(settings.fact_layers))
        self.question_layers = nn.ModuleList(Layer(settings, across=True) for _ in range(settings.question_layers))
        self.said = nn.Linear(width, slots.vocabulary)
        self.copied = nn.Linear(width, slots.fact * width, bias=False)
        self.ends = nn.Embedding(slots.vocabulary, width)
        nn.init.zeros_(self.ends.weight)
        self.ends_bias = nn.Parameter(torch.zeros(()))

    @property
    def device(self) -> torch.device:
        return self.ends_bias.device

    def encode(self, facts: Int[Tensor, "contexts facts words"]) -> Encoded:
        """Reads facts; a row of zeros is no fact."""
        missing = (facts == 0).all(-1)
        # Where there are no facts at all, attention goes to the rows of zeros: it must go somewhere.
        missing = missing & ~missing.all(-1, keepdim=True)
        encoded = self.fact_words(facts)
        absent = missing if bool(missing.any()) else None
        matches = self.fact_matches(facts, facts)
        for number, layer in enumerate(self.fact_layers):
            encoded = layer(encoded, encoded, absent, matches if number == 0 else None)
        return Encoded(norm(encoded), facts.flatten(1), absent)

    def hidden(
        self, encoded: Encoded, queries: Int[Tensor, "contexts queries words"]
    ) -> Float[Tensor, "contexts queries width"]:
        """What each query makes of its context's facts."""
        state = self.query_words(queries)
        matches = self.query_matches(queries, encoded.words.unflatten(1, (-1, self.slots.fact)))
        for number, layer in enumerate(self.question_layers):
            state = layer(state, encoded.facts, encoded.missing, matches if number == 0 else None)
        return norm(state)

    def scores(
        self, encoded: Encoded, hidden: Float[Tensor, "contexts queries width"]
    ) -> Float[Tensor, "contexts queries choices"]:
        """A score for each word of the vocabulary, then for each word that stands in the facts, padding at -inf."""
        contexts, count, width = encoded.facts.shape
        places = self.copied(encoded.facts).view(contexts, count * self.slots.fact, width)
        pointed = torch.baddbmm(
            torch.zeros((), dtype=hidden.dtype, device=hidden.device).expand(
                contexts, hidden.shape[1], places.shape[1]
            ),
            hidden,
            places.transpose(1, 2),
            alpha=width**-0.5,
        )
        scores = torch.cat([self.said(hidden), pointed], -1)
        return scores.masked_fill((self.choices(encoded) == 0).unsqueeze(1), -torch.inf)

    def choices(self, encoded: Encoded) -> Int[Tensor, "contexts choices"]:
        """Which word each score stands for."""
        vocabulary = torch.arange(self.slots.vocabulary, device=encoded.words.device)
        return torch.cat([vocabulary.expand(len(encoded.words), -1), encoded.words], 1)

    def end_scores(
        self, hidden: Float[Tensor, "*batch width"], words: Int[Tensor, "*batch"]
    ) -> Float[Tensor, "*batch"]:
        """The score, as a logit, that the answer ends with this word."""
        ends: Tensor = (hidden * self.ends(words)).sum(-1) + self.ends_bias
        return ends


class SlotEmbedding(nn.Module):
    """A row of words as one vector: their embeddings, concatenated and projected."""

    def __init__(self, vocabulary: int, slots: int, width: int) -> None:
        super().__init__()
        self.vocabulary, self.slots = vocabulary, slots
        self.words = nn.Parameter(torch.randn(vocabulary, width))
        self.projections = nn.Parameter(torch.randn(slots, width, width) * (slots * width) ** -0.5)

    def forward(self, rows: Int[Tensor, "*batch words"]) -> Float[Tensor, "*batch width"]:
        # Projecting each word once for each slot it may stand in, then adding up rows of that table, is the same sum
        # as concatenating and projecting, and far less work: the table is small and the batch is not.
        width = self.words.shape[1]
        table = torch.matmul(self.words, self.projections)
        table = table.masked_fill((torch.arange(self.vocabulary, device=rows.device) == 0).view(1, -1, 1), 0.0)
        offsets = torch.arange(self.slots, device=rows.device) * self.vocabulary
        flat = (rows + offsets).reshape(-1, self.slots)
        return F.embedding_bag(flat, table.reshape(-1, width), mode="sum").view(*rows.shape[:-1], width)


MATCHES_SPREAD = 3.0


class Matches(nn.Module):
    """How much more a row looks at a fact for the words that both have: for each head, and each pair of slots.

    Names mean nothing but where else they stand, so this is what a layer would have to learn first of all, for each
    name anew.
    """

    def __init__(self, row_slots: int, fact_slots: int, heads: int) -> None:
        super().__init__()
        self.pairs = nn.Linear(row_slots * fact_slots, heads, bias=False)
        # Wide apart, so that the heads start out looking for different words. From a narrow start they learn to look
        # for all of them alike, and operands that differ only in their order stay mixed up.
        nn.init.normal_(self.pairs.weight, std=MATCHES_SPREAD)

    def forward(
        self, rows: Int[Tensor, "contexts rows row_slots"], facts: Int[Tensor, "contexts facts fact_slots"]
    ) -> Float[Tensor, "contexts heads rows facts"]:
        same = (rows[:, :, None, :, None] == facts[:, None, :, None, :]) & (rows[:, :, None, :, None] != 0)
        looked: Tensor = self.pairs(same.flatten(3).to(self.pairs.weight.dtype))
        return looked.permute(0, 3, 1, 2)


class Layer(nn.Module):
    """Attention to facts, then a feed-forward step, each added to what was there."""

    def __init__(self, settings: ReaderSettings, across: bool) -> None:
        super().__init__()
        width = settings.width
        self.heads, self.across = settings.heads, across
        self.asks = nn.Linear(width, width)
        self.offers = nn.Linear(width, 2 * width)
        self.takes = nn.Linear(width, width)
        self.widens = nn.Linear(width, settings.expansion * width)
        self.narrows = nn.Linear(settings.expansion * width, width)

    def forward(
        self,
        state: Float[Tensor, "contexts rows width"],
        facts: Float[Tensor, "contexts facts width"],
        missing: Bool[Tensor, "contexts facts"] | None,
        matches: Float[Tensor, "contexts heads rows facts"] | None,
    ) -> Float[Tensor, "contexts rows width"]:
        contexts, rows, width = state.shape
        normed = norm(state)
        offered = facts if self.across else normed
        query = self.asks(normed).view(contexts, rows, self.heads, -1).transpose(1, 2)
        key, value = self.offers(offered).view(contexts, -1, 2, self.heads, width // self.heads).unbind(2)
        mask = None if missing is None else ~missing[:, None, None, :]
        if matches is None:
            taken = F.scaled_dot_product_attention(query, key.transpose(1, 2), value.transpose(1, 2), attn_mask=mask)
        else:
            logits = torch.matmul(query, key.permute(0, 2, 3, 1)) * query.shape[-1] ** -0.5 + matches
            if mask is not None:
                logits = logits.masked_fill(~mask, -torch.inf)
            taken = torch.matmul(torch.softmax(logits, -1), value.transpose(1, 2))
        state = state + self.takes(taken.transpose(1, 2).reshape(contexts, rows, width))
        widened: Tensor = self.narrows(F.gelu(self.widens(norm(state)), approximate="tanh"))
        return state + widened


def norm(state: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch width"]:
    """Each vector with mean 0 and variance 1."""
    return F.layer_norm(state, state.shape[-1:])
