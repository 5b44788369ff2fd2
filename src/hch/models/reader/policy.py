"""A reader as a policy: it answers questions, samples where a question has a draw, and scores given answers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from hch.models.reader.layout import ContextGrid, Tokenizer, make_grid
from hch.models.reader.likelihood import divergences, log_likelihoods, make_targets, next_words, word_probs
from hch.models.reader.network import Encoded, Reader
from hch.protocols import Policy
from hch.types import Answer, Context, Outcome, Question


class ReaderPolicy:
    """Answers with ``reader``. ``name`` goes into the record of each answer, ``seed`` into that of sampled ones.

    A sampled answer depends on the question, its draw and the seed, and on nothing else that is asked beside it. A
    question that the reader cannot read, or finds no finite probabilities for, fails, and no other with it. Facts stay
    encoded between calls, until other contexts come or the reader changes: the rounds of one amplification ask about
    the same contexts.
    """

    def __init__(self, reader: Reader, speller: Tokenizer, name: str = "model", seed: int = 0) -> None:
        self.reader, self.speller, self.name, self.seed = reader, speller, name, seed
        self._known: tuple[int, dict[Context, int], Encoded] | None = None

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        if not questions:
            return []
        try:
            return self._answers(questions)
        except ValueError:
            complaints = [self.speller.complaint(question) for question in questions]
            readable = [question for question, why in zip(questions, complaints, strict=True) if not why]
            if len(readable) == len(questions):
                raise
        answers = iter(self._answers(readable) if readable else [])
        failed = Outcome.FAILED
        return [Answer(outcome=failed, by=self.name, reason=why) if why else next(answers) for why in complaints]

    def _answers(self, questions: Sequence[Question]) -> list[Answer]:
        layout = make_grid([question.context for question in questions])
        asked = self.speller.questions([question.text for question in questions])
        chance = self._chance(questions)
        with torch.inference_mode():
            said, confidences = self._say(layout, asked, chance)
        name, seed, words = self.name, self.seed, self.speller.vocabulary.listed
        texts = (
            [words[row[0]] for row in said]
            if said.shape[1] == 1
            else map(self.speller.vocabulary.decode, said.tolist())
        )
        answers = [
            Answer(text, Outcome.ANSWERED, name, "", confidence, None, None if question.sample_index is None else seed)
            for question, text, confidence in zip(questions, texts, confidences.tolist(), strict=True)
        ]
        for row in np.flatnonzero(~np.isfinite(confidences)):
            answers[row] = Answer(outcome=Outcome.FAILED, by=name, reason="the model's probabilities are not finite")
        return answers

    async def score(self, questions: Sequence[Question], answers: Sequence[str], /) -> list[float]:
        """The log-likelihood, in nats, of each answer."""
        if not questions:
            return []
        layout = make_grid([question.context for question in questions])
        cells = make_targets(self.speller, layout, [q.text for q in questions], answers, self.reader.device)
        with torch.inference_mode():
            scores: list[float] = log_likelihoods(self.reader, self.encode(layout.contexts), cells).tolist()
        return scores

    async def divergence_from(self, other: Policy, questions: Sequence[Question], /) -> float:
        """The mean Kullback-Leibler divergence from another reader of the same vocabulary, in nats an answer.

        ``questions`` have sample indices: an answer to each is sampled from this policy, and ``divergences`` taken
        along it. NaN where no question is answered.
        """
        assert isinstance(other, ReaderPolicy), "readers are compared with readers"
        answers = await self(questions)
        said = [(q, answer.text) for q, answer in zip(questions, answers, strict=True) if answer.answered]
        if not said:
            return float("nan")
        layout = make_grid([question.context for question, _ in said])
        texts = [question.text for question, _ in said]
        cells = make_targets(self.speller, layout, texts, [text for _, text in said], self.reader.device)
        with torch.inference_mode():
            ours = next_words(self.reader, self.encode(layout.contexts), cells)
            theirs = next_words(other.reader, other.encode(layout.contexts), cells)
            mean: float = divergences(ours, theirs, cells).mean().item()
        return mean

    def encode(self, contexts: list[Context]) -> Encoded:
        """The contexts' facts as the reader has understood them, kept for the next call about the same."""
        version = self.reader.version
        if self._known is not None and self._known[0] == version:
            _, places, encoded = self._known
            rows = [places.get(context, -1) for context in contexts]
            if rows == list(range(len(places))):
                return encoded
            if -1 not in rows:
                return encoded.select(torch.tensor(rows, device=self.reader.device))
        facts = torch.from_numpy(self.speller.facts(contexts)).to(self.reader.device)
        encoded = self.reader.encode(facts)
        self._known = version, {context: row for row, context in enumerate(contexts)}, encoded
        return encoded

    def _chance(self, questions: Sequence[Question]) -> NDArray[np.float64] | None:
        """Two numbers in [0, 1) for each word of each answer, by which it and its being the last are drawn.

        They have 24 bits, so that float32 holds them exactly. Where nothing is to be drawn they are negative, and the
        second is minus the probability above which an answer ends.
        """
        rows = [row for row, question in enumerate(questions) if question.sample_index is not None]
        if not rows:
            return None
        words = self.reader.slots.answer
        drawn = (
            f"{questions[row].sample_index} {self.seed} {questions[row].context.id} {questions[row].text}"
            for row in rows
        )
        # Not a checksum such as CRC: there two draws differ by a constant, and would agree on all questions or on none.
        digests = b"".join(hashlib.shake_128(text.encode()).digest(8 * words) for text in drawn)
        chance = np.tile([-1.0, -0.5], (len(questions), words, 1))
        chance[rows] = (np.frombuffer(digests, "<u4") >> 8).reshape(-1, words, 2) / 2**24
        return chance

    def _say(
        self, layout: ContextGrid, asked: NDArray[np.int64], chance: NDArray[np.float64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The words of each answer, zero after its end, and how likely the reader found that answer."""
        reader, device = self.reader, self.reader.device
        encoded = self.encode(layout.contexts)
        said = np.zeros((len(asked), reader.slots.answer), dtype=np.int64)
        confidences = np.ones(len(asked))
        open_ = np.arange(len(asked))
        for word in range(reader.slots.answer):
            queries = np.concatenate([asked[open_], said[open_, : reader.slots.answer - 1]], 1)
            part = ContextGrid(layout.contexts, layout.rows[open_], layout.columns[open_])
            # Draws of one question that have begun alike are read once.
            part, first, which = part.merge_equal(queries)
            hidden = reader.hidden(encoded, torch.from_numpy(part.grid(queries[first])).to(device))
            probs = word_probs(reader, encoded, hidden)
            rows = torch.from_numpy(part.rows[which]).to(device)
            columns = torch.from_numpy(part.columns[which]).to(device)
            probs = probs[rows, columns]
            confidence, chosen = probs.max(-1)
            if chance is not None:
                sampled = torch.from_numpy(chance[open_, word, 0]).to(device, probs.dtype)
                chosen = torch.where(sampled < 0, chosen, sample_words(probs, sampled))
                confidence = probs.gather(1, chosen[:, None])[:, 0]
            said[open_, word] = chosen.cpu().numpy()
            confidences[open_] *= confidence.cpu().numpy()
            if word + 1 == reader.slots.answer:
                break  # there is room for no more, so nothing is left to decide
            ends = (hidden[rows, columns] * reader.ends(chosen)).sum(-1) + reader.ends_bias
            last = torch.sigmoid(ends.float()).cpu().numpy()
            ended = last > (0.5 if chance is None else np.abs(chance[open_, word, 1]))
            confidences[open_] *= np.where(ended, last, 1 - last)
            open_ = open_[~ended]
            if not len(open_):
                break
        return said, confidences


def sample_words(probs: Float[Tensor, "rows vocabulary"], chance: Float[Tensor, " rows"]) -> Int[Tensor, " rows"]:
    """The word that each number in [0, 1) falls on, when the words' probabilities are laid end to end."""
    ends = probs.cumsum(-1)
    places = torch.searchsorted(ends, (chance.clamp(min=0) * ends[:, -1])[:, None], right=True)[:, 0]
    return places.clamp(max=probs.shape[1] - 1)
