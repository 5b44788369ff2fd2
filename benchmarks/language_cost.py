"""Consultations of a language model beside transformers' own ``generate``, and a training step beside a bare loop.

Both sides of each ratio are in one process, in turn, with one model: a Llama of two layers and random weights, whose
tokens are bytes; and SmolLM2-135M-Instruct with the questions, batches and precision of ``words-tiny``. Generation is
of equally many tokens for equally many prompts, of several lengths, none of which ends early. The bare loop is a
model's loss on one padded batch, its backward pass, clipping and AdamW; the learner's step does the same on the same
rows, from questions and answers on. Plain ``generate`` and the bare loop compute under autocast, where consultations
and learner do; beside them is ``generate`` with a copy whose weights are bfloat16, which does not learn. Of
``reading-tiny`` there are four questions about each of four documents, which ``generate`` reads for each question.
"""

from __future__ import annotations

import asyncio
import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch

from benchmarks.harness import Figure, Note, Times, ratios
from hch.experiments import load
from hch.models.language.learner import LanguageLearner
from hch.models.language.model import Language, LanguagePolicy, load_language
from hch.models.settings import Generation, LanguageLearnerSettings, LanguageSettings
from hch.training.questions import sample_questions
from hch.types import Question, Sample
from tests.languages import tiny_language

WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def plain_questions(count: int, seed: int) -> list[Question]:
    """Questions of several lengths."""
    randomness = random.Random(seed)
    return [Question(" ".join(randomness.choices(WORDS, k=randomness.randint(3, 12)))) for _ in range(count)]


@dataclass(frozen=True)
class LanguageCost:
    """``repeats`` times ``prompts`` prompts with ``tokens`` tokens each, and steps of ``rows`` rows.

    With an ``experiment``, the model and the questions are that one's, so many ``about_each`` of its instances, which
    have this ``size``. Without ``rows`` there are no steps.
    """

    experiment: str = ""
    size: int = 8
    about_each: int = 1
    width: int = 256
    prompts: int = 32
    tokens: int = 48
    rows: int = 32
    repeats: int = 12

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        torch.set_num_threads(1)
        of = f"{self.experiment}: " if self.experiment else ""
        note(f"{of}generation")
        ours, theirs, halves = self.generation()
        written = self.prompts * self.tokens
        name = f"{of}generation, tokens a second"
        yield Figure(
            f"{name}: of plain generate", "", ratios(theirs.walls, ours.walls), bar=0.9, aim=1.0, at_least=True
        )
        yield Figure(f"{name}: consultations", "/s", tuple(written / wall for wall in ours.walls))
        yield Figure(f"{name}: plain generate", "/s", tuple(written / wall for wall in theirs.walls))
        if halves.walls:
            yield Figure(f"{name}: of generate in bfloat16 alone", "", ratios(halves.walls, ours.walls))
        if not self.rows:
            return
        note(f"{of}training")
        ours, theirs = self.training()
        name = f"{of}a training step over a bare loop's"
        yield Figure(name, "×", ratios(ours.walls, theirs.walls), bar=1.1, aim=1.0)
        yield Figure(f"{of}a training step", "ms", tuple(1e3 * wall for wall in ours.walls))
        yield Figure(f"{of}a bare loop's step", "ms", tuple(1e3 * wall for wall in theirs.walls))

    def language(self) -> Language:
        generation = Generation(most_tokens=self.tokens, batch_tokens=1_000_000)
        if self.experiment:
            settings = load(self.experiment).language
            assert settings is not None
            return load_language(replace(settings, generation=generation))
        settings = LanguageSettings(precision="float32", system="", generation=generation)
        return tiny_language(settings, width=self.width)

    def questions(self, count: int, seed: int) -> list[Question]:
        """So many questions, of several lengths."""
        if not self.experiment:
            return plain_questions(count, seed)
        task, randomness = load(self.experiment).task, random.Random(seed)
        return sample_questions(task, self.size, count // self.about_each, self.about_each, randomness, test=True)

    def generation(self) -> tuple[Times, Times, Times]:
        """Of consultations, of plain generate, and of one with bfloat16's weights where bfloat16 is computed in."""
        language, ours, theirs, halves = self.language(), Times(), Times(), Times()
        stop = language.chat.stop
        plain = language.model.lm_head
        head = torch.nn.Linear(plain.in_features, plain.out_features)
        with torch.no_grad():  # the stop's probs are nowhere near the others'
            head.weight.copy_(plain.weight)
            head.bias.zero_()[stop] = -1e4
        language.model.lm_head = head
        policy = LanguagePolicy(language)
        language.tokenizer.padding_side = "left"
        with language.autocast():
            computed = torch.is_autocast_enabled(language.device.type)
        half = copy.deepcopy(language.model).to(torch.bfloat16) if computed else None
        for repeat in range(self.repeats + 1):
            asked = self.questions(self.prompts, repeat)
            before = language.tokens_written
            taken = Times(), Times(), Times()
            with taken[0].taken():
                asyncio.run(policy(asked))
            assert language.tokens_written - before == len(set(asked)) * self.tokens, "an answer ended early"
            with taken[1].taken(), torch.no_grad(), language.autocast():
                self.plain(language, language.model, asked)
            if half is not None:
                with taken[2].taken(), torch.inference_mode():
                    self.plain(language, half, asked)
            if repeat:  # the first one warms up
                ours.add(taken[0])
                theirs.add(taken[1])
                halves.add(taken[2])
        return ours, theirs, halves

    def plain(self, language: Language, model: Any, asked: list[Question]) -> None:
        """Transformers' own generation."""
        prompts = [language.chat.prompt(question) for question in asked]
        made = language.tokenizer.pad({"input_ids": prompts}, return_tensors="pt")
        length = {"max_new_tokens": self.tokens, "min_new_tokens": self.tokens}
        model.generate(**made, **length, do_sample=False, pad_token_id=language.chat.stop)

    def training(self) -> tuple[Times, Times]:
        settings = replace(LanguageLearnerSettings(), batch_tokens=1_000_000, ema_horizon=1_000_000)
        learner, bare = LanguageLearner(self.language(), settings), self.language()
        optimiser = torch.optim.AdamW(bare.model.parameters(), lr=2e-5, weight_decay=0.0, fused=True)
        ours, theirs = Times(), Times()
        for repeat in range(self.repeats + 1):
            samples = [Sample(question, "forty two") for question in self.questions(self.rows, repeat)]
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
        with bare.autocast():
            loss = bare.model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(bare.model.parameters(), 1.0)
        optimiser.step()


@dataclass(frozen=True)
class LanguageCosts:
    """Several of them."""

    parts: tuple[LanguageCost, ...] = (
        LanguageCost(),
        LanguageCost("words-tiny", prompts=16, tokens=16, rows=16, repeats=8),
        LanguageCost("reading-tiny", size=4, about_each=4, prompts=16, tokens=16, rows=0, repeats=5),
    )

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        for part in self.parts:
            yield from part(note)


FULL = LanguageCosts()
QUICK = LanguageCosts((LanguageCost(width=32, prompts=4, tokens=8, rows=4, repeats=2),))
