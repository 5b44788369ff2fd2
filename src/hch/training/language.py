"""One optimiser step of a language model on weighted samples. As blind to the scheme as any learner.

All weights are trained, or a LoRA adapter. The teacher is a model of its own: a moving average of the weights, or what
they were at the last snapshot, the adapter merged, since to sample through one that is not is many times slower.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from hch.models.chat import Row
from hch.models.language import Language, log_likelihoods, with_adapter
from hch.training.learner import Step
from hch.types import Sample


@dataclass(frozen=True)
class LanguageLearnerSettings:
    """How a language model learns.

    A step's gradient is summed over parts of about ``batch_tokens`` tokens. The teacher is the ``average`` over
    ``teacher_horizon`` steps, or a ``snapshot`` of every so many; an adapter always has snapshots. Rows of more than
    ``most_row_tokens`` are not learned from.
    """

    learning_rate: float = 2e-5
    warm_up_steps: int = 10
    weight_decay: float = 0.0
    beta2: float = 0.95
    gradient_limit: float = 1.0
    batch_tokens: int = 2048
    most_row_tokens: int = 2048
    teacher: Literal["average", "snapshot"] = "snapshot"
    teacher_horizon: int = 100


class LanguageLearner:
    """A language model in training, its optimiser, and its teacher."""

    def __init__(self, base: Language, settings: LanguageLearnerSettings) -> None:
        self.settings = settings
        self.teacher = Language(copy.deepcopy(base.model).requires_grad_(False), base.tokenizer, base.settings)
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
        likely, loss = [0.0] * len(samples), 0.0
        language.model.train()
        for part in self._parts(rows, places):
            weights = torch.tensor([samples[place].weight for place in part], device=language.device)
            with language.autocast():
                found = log_likelihoods(language.model, [rows[place] for place in part], language.chat.stop)
            share = -(weights * found).sum() / len(places)
            share.backward()
            loss += share.item()
            for place, each in zip(part, found.tolist(), strict=True):
                likely[place] = math.exp(each) if math.isfinite(each) else math.nan
        language.model.eval()
        gradient = torch.nn.utils.clip_grad_norm_(self.trained.values(), settings.gradient_limit).item()
        step = Step(loss, gradient, likely, len(samples) - len(places))
        if step.finite:
            self._move()
        return step

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
        if settings.teacher == "average" and not self.adapted:
            self._average()
        elif self.steps % settings.teacher_horizon == 0:
            self.teach()

    @property
    def modules(self) -> dict[str, Any]:
        return {"model": self.language.model, "teacher": self.teacher.model}

    def changed(self) -> None:
        """The weights are others than before: nothing that was computed from them is used again."""
        self.language.version += 1
        self.teacher.version += 1

    def teach(self) -> None:
        """Makes the teacher what the model is now."""
        with torch.no_grad():
            for mine, its in zip(_weights(self.language.model), self.teacher.model.parameters(), strict=True):
                its.copy_(mine)
        self.teacher.version += 1

    @torch.no_grad()
    def _average(self) -> None:
        share = 1.0 / max(1, min(self.settings.teacher_horizon, self.steps))
        averages = list(self.teacher.model.parameters())
        torch._foreach_lerp_(averages, [parameter.detach() for parameter in self.language.model.parameters()], share)
        self.teacher.version += 1


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
