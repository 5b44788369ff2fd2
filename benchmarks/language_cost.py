"""Consultations of a language model beside transformers' own ``generate``, and a training step beside a bare loop.

Both sides of each ratio are in one process, in turn, with one model: a Llama of ``layers`` layers and random weights,
whose tokens are bytes. Generation is of equally many tokens for equally many prompts, of several lengths, none of which
ends early. The bare loop is a model's loss on one padded batch, its backward pass, clipping and AdamW; the learner's
step does the same on the same rows, from questions and answers on.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from benchmarks.harness import Figure, Note, Times, ratios
from hch.models.generation import Generation
from hch.models.language import Language, LanguagePolicy, LanguageSettings
from hch.training.language import LanguageLearner, LanguageLearnerSettings
from hch.types import Question, Sample
from tests.languages import tiny_language

WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def questions(count: int, seed: int) -> list[Question]:
    """Questions of several lengths."""
    randomness = random.Random(seed)
    return [Question(" ".join(randomness.choices(WORDS, k=randomness.randint(3, 12)))) for _ in range(count)]


@dataclass(frozen=True)
class LanguageCost:
    """``repeats`` times ``prompts`` prompts with ``tokens`` tokens each, and steps of ``rows`` rows."""

    width: int = 256
    prompts: int = 32
    tokens: int = 48
    rows: int = 32
    repeats: int = 12

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        torch.set_num_threads(1)
        note("generation")
        ours, theirs = self.generation()
        written = self.prompts * self.tokens
        name = "generation, tokens a second"
        yield Figure(
            f"{name}: of plain generate", "", ratios(theirs.walls, ours.walls), bar=0.9, aim=1.0, at_least=True
        )
        yield Figure(f"{name}: consultations", "/s", tuple(written / wall for wall in ours.walls))
        yield Figure(f"{name}: plain generate", "/s", tuple(written / wall for wall in theirs.walls))
        note("training")
        ours, theirs = self.training()
        yield Figure("a training step over a bare loop's", "×", ratios(ours.walls, theirs.walls), bar=1.1, aim=1.0)
        yield Figure("a training step", "ms", tuple(1e3 * wall for wall in ours.walls))
        yield Figure("a bare loop's step", "ms", tuple(1e3 * wall for wall in theirs.walls))

    def language(self) -> Language:
        """A model that never stops, so that all answers have equally many tokens."""
        generation = Generation(most_tokens=self.tokens, batch_tokens=1_000_000)
        settings = LanguageSettings(precision="float32", system="", generation=generation)
        return tiny_language(settings, width=self.width)

    def generation(self) -> tuple[Times, Times]:
        language, ours, theirs = self.language(), Times(), Times()
        stop = language.chat.stop
        plain = language.model.lm_head
        head = torch.nn.Linear(plain.in_features, plain.out_features)
        with torch.no_grad():  # the stop's odds are nowhere near the others'
            head.weight.copy_(plain.weight)
            head.bias.zero_()[stop] = -1e4
        language.model.lm_head = head
        policy = LanguagePolicy(language)
        tokenizer = language.tokenizer
        tokenizer.padding_side = "left"
        for repeat in range(self.repeats + 1):
            asked = questions(self.prompts, repeat)
            before = language.tokens_written
            both = Times(), Times()
            with both[0].taken():
                asyncio.run(policy(asked))
            assert language.tokens_written - before == len(set(asked)) * self.tokens, "an answer ended early"
            with both[1].taken(), torch.inference_mode():
                prompts = [language.chat.prompt(question) for question in asked]
                made = tokenizer.pad({"input_ids": prompts}, return_tensors="pt")
                language.model.generate(
                    **made, max_new_tokens=self.tokens, min_new_tokens=self.tokens, do_sample=False, pad_token_id=stop
                )
            if repeat:  # the first one warms up
                ours.walls.append(both[0].walls[0])
                theirs.walls.append(both[1].walls[0])
        return ours, theirs

    def training(self) -> tuple[Times, Times]:
        settings = replace(LanguageLearnerSettings(), batch_tokens=1_000_000, teacher_horizon=1_000_000)
        learner, bare = LanguageLearner(self.language(), settings), self.language()
        optimiser = torch.optim.AdamW(bare.model.parameters(), lr=2e-5, weight_decay=0.0, fused=True)
        ours, theirs = Times(), Times()
        for repeat in range(self.repeats + 1):
            samples = [Sample(question, "forty two") for question in questions(self.rows, repeat)]
            both = Times(), Times()
            with both[0].taken():
                learner(samples)
            with both[1].taken():
                self.bare_step(bare, optimiser, samples)
            if repeat:
                ours.walls.append(both[0].walls[0])
                theirs.walls.append(both[1].walls[0])
        return ours, theirs

    def bare_step(self, bare: Language, optimiser: torch.optim.Optimizer, samples: list[Sample]) -> None:
        rows = [bare.chat.row(sample.question, sample.answer) for sample in samples]
        width = max(len(row.ids) for row in rows)
        ids = torch.full((len(rows), width), bare.chat.stop)
        labels, mask = torch.full_like(ids, -100), torch.zeros_like(ids)
        for number, row in enumerate(rows):
            ids[number, : len(row.ids)] = torch.tensor(row.ids)
            mask[number, : len(row.ids)] = 1
            labels[number, row.start : len(row.ids)] = torch.tensor(row.ids[row.start :])
        bare.model.train()
        optimiser.zero_grad(set_to_none=True)
        bare.model(input_ids=ids, attention_mask=mask, labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(bare.model.parameters(), 1.0)
        optimiser.step()


FULL = LanguageCost()
QUICK = LanguageCost(width=32, prompts=4, tokens=8, rows=4, repeats=2)
