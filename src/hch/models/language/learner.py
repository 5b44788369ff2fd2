"""One optimiser step of a language model on weighted samples. As blind to the scheme as any learner.

All weights are trained, or a LoRA adapter. The EMA model is a model of its own: a moving average of the weights, or
what they were at the last snapshot, the adapter merged, since to sample through one that is not is many times slower.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hch.models.checkpoint import EMA_MODULE, Checkpointed
from hch.models.device import torch_seed
from hch.models.language.chat import Row
from hch.models.language.model import (
    Language,
    LanguagePolicy,
    TokenLogProbs,
    load_language,
    token_log_probs,
    with_adapter,
)
from hch.models.losses import clip_ratio
from hch.models.reader.learner import Step
from hch.models.settings import LanguageLearnerSettings, LanguageSettings
from hch.protocols import TextWidths
from hch.types import Sample


class LanguageLearner(Checkpointed):
    """A language model in training, its optimiser, and its EMA model.

    ``start`` is the model as the run began with it. It is kept where divergence is bounded, or where ``keeps_start``
    says so, since it takes as much memory as the model.
    """

    def __init__(self, base: Language, settings: LanguageLearnerSettings, keeps_start: bool = False) -> None:
        self.settings = settings
        self.ema_model = Language(copy.deepcopy(base.model).requires_grad_(False), base.tokenizer, base.settings)
        self.start: Any = copy.deepcopy(self.ema_model.model) if settings.bounded or keeps_start else None
        self.adapted = base.settings.adapter == "lora"
        self.language = with_adapter(base) if self.adapted else base
        self.steps = 0
        self.trained: dict[str, Tensor] = {
            name: parameter for name, parameter in self.language.model.named_parameters() if parameter.requires_grad
        }
        self.optimiser = torch.optim.AdamW(
            list(self.trained.values()),
            lr=settings.learning_rate,
            betas=(0.9, settings.beta2),
            weight_decay=settings.weight_decay,
            fused=True,
        )

    def __call__(self, samples: Sequence[Sample], /) -> Step:
        """Learns from the samples, unless loss or gradient are not finite: then nothing changes but the report.

        Samples of too many tokens are left out and counted. Raises ValueError where that leaves nothing.
        """
        settings, language = self.settings, self.language
        rows = [language.chat.row(sample.question, sample.answer) for sample in samples]
        places = [place for place, row in enumerate(rows) if len(row.ids) <= settings.most_row_tokens]
        if not places:
            shortest = min((len(row.ids) for row in rows), default=0)
            raise ValueError(
                f"there is nothing to learn from: of {len(samples)} samples the shortest has {shortest} tokens, and at "
                f"most {settings.most_row_tokens} are allowed"
            )
        self.optimiser.zero_grad(set_to_none=True)
        likely, loss, divergence = [0.0] * len(samples), 0.0, 0.0
        parts = list(self._parts(rows, places))
        total, counts = _total(samples, places), sum(samples[place].count for place in places)
        held = self._held(samples, rows, parts)
        language.model.train()
        for part in parts:
            policy, along, likelihoods = self._losses(
                [samples[place] for place in part], [rows[place] for place in part]
            )
            share = along / counts * (settings.kl or float(held))
            if not held:
                share = share + policy / total
            share.backward()
            loss, divergence = loss + share.item(), divergence + along.item() / counts
            for place, value in zip(part, likelihoods.tolist(), strict=True):
                likely[place] = math.exp(value) if math.isfinite(value) else math.nan
        language.model.eval()
        gradient = torch.nn.utils.clip_grad_norm_(self.trained.values(), settings.gradient_limit).item()
        measured = divergence if settings.bounded else None
        step = Step(loss, gradient, likely, len(samples) - len(places), measured, held)
        if step.finite:
            self._move()
        return step

    def _losses(self, samples: Sequence[Sample], rows: Sequence[Row]) -> tuple[Tensor, Tensor, Tensor]:
        """Sums over some samples: the policy's loss, and the divergence; and the log-likelihood of each."""
        language, settings = self.language, self.settings
        weights = torch.tensor([sample.weight for sample in samples], device=language.device)
        with language.autocast():
            log_probs = token_log_probs(language.model, rows, language.chat.stop)
        likelihoods = scored = log_probs.log_likelihoods
        if settings.clip is not None:
            drawn_at = [
                math.nan if sample.behaviour_log_prob is None else sample.behaviour_log_prob for sample in samples
            ]
            scored = clip_ratio(likelihoods, torch.tensor(drawn_at, device=language.device), weights, settings.clip)
        return -(weights * scored).sum(), self._divergence(log_probs, samples, rows), likelihoods.detach()

    def _divergence(self, log_probs: TokenLogProbs, samples: Sequence[Sample], rows: Sequence[Row]) -> Tensor:
        """From the model that the run began with, each sample as often as it was drawn; 0 where it is not bounded."""
        if not self.settings.bounded:
            return log_probs.log_probs.new_zeros(())
        with torch.no_grad(), self.language.autocast():
            theirs = token_log_probs(self.start, rows, self.language.chat.stop)
        counts = torch.tensor([float(sample.count) for sample in samples], device=self.language.device)
        return (log_probs.divergences(theirs) * counts).sum()

    @torch.no_grad()
    def _held(self, samples: Sequence[Sample], rows: Sequence[Row], parts: Sequence[Sequence[int]]) -> bool:
        """Whether the divergence is above its ceiling, over all parts: then a step does nothing but bring it down."""
        ceiling = self.settings.kl_ceiling
        if ceiling is None:
            return False
        divergence, counts = 0.0, 0
        for part in parts:
            some, made = [samples[place] for place in part], [rows[place] for place in part]
            with self.language.autocast():
                log_probs = token_log_probs(self.language.model, made, self.language.chat.stop)
            divergence += self._divergence(log_probs, some, made).item()
            counts += sum(sample.count for sample in some)
        return divergence / counts > ceiling

    def _parts(self, rows: Sequence[Row], places: Sequence[int]) -> Iterator[list[int]]:
        """The places of the rows in parts of about the set number of tokens, rows of like length together."""
        order = sorted(places, key=lambda place: -len(rows[place].ids))
        start = 0
        while start < len(order):
            size = max(1, self.settings.batch_tokens // len(rows[order[start]].ids))
            yield order[start : start + size]
            start += size

    def _move(self) -> None:
        settings = self.settings
        self.steps += 1
        for group in self.optimiser.param_groups:
            group["lr"] = settings.learning_rate * min(1.0, self.steps / max(1, settings.warm_up_steps))
        self.optimiser.step()
        self.language.version += 1
        if settings.ema_update == "average" and not self.adapted:
            self._average()
        elif self.steps % settings.ema_horizon == 0:
            self.teach()

    @property
    def modules(self) -> dict[str, Any]:
        return {"model": self.language.model, EMA_MODULE: self.ema_model.model}

    def policy(self, name: str, seed: int) -> LanguagePolicy:
        return LanguagePolicy(self.language, name, seed)

    def ema_policy(self, name: str, seed: int) -> LanguagePolicy:
        return LanguagePolicy(self.ema_model, name, seed)

    def initial_policy(self, name: str, seed: int) -> LanguagePolicy | None:
        if self.start is None:
            return None
        return LanguagePolicy(Language(self.start, self.ema_model.tokenizer, self.ema_model.settings), name, seed)

    def export(self, folder: Path) -> None:
        """Writes the EMA model as a folder that transformers loads."""
        self.ema_model.save(folder)

    @property
    def tokens(self) -> tuple[int, int]:
        """Those of the model and of the EMA model."""
        both = (self.language, self.ema_model)
        return sum(model.tokens_read for model in both), sum(model.tokens_written for model in both)

    def invalidate(self) -> None:
        self.language.version += 1
        self.ema_model.version += 1

    @torch.no_grad()
    def begin_here(self) -> None:
        """The run begins with what the EMA model is now: the model is made that, and divergence is measured from it."""
        for mine, its in zip(_frozen_or_all(self.language.model), self.ema_model.model.parameters(), strict=True):
            mine.copy_(its)
        if self.start is not None:
            self.start.load_state_dict(self.ema_model.model.state_dict())
        self.invalidate()

    def teach(self) -> None:
        """Makes the EMA model what the model is now."""
        with torch.no_grad():
            for mine, its in zip(_weights(self.language.model), self.ema_model.model.parameters(), strict=True):
                its.copy_(mine)
        self.ema_model.version += 1

    @torch.no_grad()
    def _average(self) -> None:
        share = 1.0 / max(1, min(self.settings.ema_horizon, self.steps))
        averages = list(self.ema_model.model.parameters())
        torch._foreach_lerp_(averages, [parameter.detach() for parameter in self.language.model.parameters()], share)
        self.ema_model.version += 1


@dataclass(frozen=True)
class LanguageFamily:
    """Language models that begin with the same weights and learn in one way."""

    language: LanguageSettings = field(default_factory=LanguageSettings)
    learner: LanguageLearnerSettings = field(default_factory=LanguageLearnerSettings)
    reads_any_text = True

    def __call__(
        self, widths: TextWidths | None, seed: int, device: str, *, keeps_initial: bool = False
    ) -> LanguageLearner:
        """The model that the settings name, whatever the widths. Raises ModelError where there is none."""
        del widths
        with torch_seed(seed):  # an adapter begins with random weights
            return LanguageLearner(load_language(self.language, device), self.learner, keeps_initial)


def _total(samples: Sequence[Sample], places: Sequence[int]) -> float:
    """What a step's loss is the sum over: the rows, each as often as it was drawn, so that small rewards stay small."""
    learned = [samples[place] for place in places]
    return float(sum(1 if sample.behaviour_log_prob is None else sample.count for sample in learned))


def _frozen_or_all(model: Any) -> Iterator[Tensor]:
    """The weights of a model, those of an adapter left out: a fresh one adds nothing."""
    if not hasattr(model, "peft_config"):
        yield from model.parameters()
        return
    yield from (parameter for parameter in model.get_base_model().parameters() if not parameter.requires_grad)


def _weights(model: Any) -> Iterator[Tensor]:
    """The weights of a model, one after the other, with the adapter's part added where there is one."""
    if not hasattr(model, "peft_config"):
        yield from model.parameters()
        return
    adapted = {id(layer.base_layer.weight): layer for layer in model.modules() if hasattr(layer, "get_delta_weight")}
    for parameter in model.get_base_model().parameters():
        layer = adapted.get(id(parameter))
        if layer is not None:
            yield parameter + layer.get_delta_weight(layer.active_adapters[0])
        elif not parameter.requires_grad:
            yield parameter
