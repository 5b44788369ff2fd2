"""One optimiser step on weighted samples. It never knows which scheme made them."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from hch.models.layout import Speller
from hch.models.likelihood import log_likelihoods
from hch.models.reader import Reader
from hch.training.batch import Batch, batch
from hch.training.losses import weighted_log_likelihood
from hch.types import Sample


@dataclass(frozen=True)
class LearnerSettings:
    """How a reader learns. ``teacher_horizon`` is the number of steps that the teacher averages over."""

    learning_rate: float = 3e-3
    warm_up_steps: int = 50
    weight_decay: float = 0.01
    beta2: float = 0.95
    gradient_limit: float = 1.0
    teacher_horizon: float = 20.0
    compile: bool = False
    bfloat16: bool = True
    """Compute in bfloat16 where the device is a GPU that has it."""


PAPER_LEARNER = LearnerSettings(
    learning_rate=1e-4, warm_up_steps=1000, beta2=0.98, teacher_horizon=1000.0, compile=True
)
"""The teacher's horizon is that of Christiano, Shlegeris and Amodei (2018); the rest is usual for that size."""


@dataclass(frozen=True)
class Step:
    """What one step did: the loss before it, the gradient's norm, and how likely each sample's answer was.

    ``unread`` counts the samples that the reader cannot read or say; they were left out, and their likelihood is 0.
    """

    loss: float
    gradient: float
    likelihoods: list[float]
    unread: int = 0

    @property
    def finite(self) -> bool:
        return math.isfinite(self.loss) and math.isfinite(self.gradient)


class ReaderLearner:
    """A reader in training, its optimiser, and its teacher: an exponential moving average of its weights."""

    def __init__(self, reader: Reader, speller: Speller, settings: LearnerSettings, device: str = "cpu") -> None:
        self.settings, self.speller = settings, speller
        self.reader = reader.to(device)
        self.teacher: Reader = copy.deepcopy(self.reader).requires_grad_(False)
        self.steps = 0
        self._parameters: list[Tensor] = list(self.reader.parameters())
        self._averages: list[Tensor] = list(self.teacher.parameters())
        self.optimiser = torch.optim.AdamW(
            self._parameters,
            lr=settings.learning_rate,
            betas=(0.9, settings.beta2),
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self._forward = torch.compile(self._loss) if settings.compile else self._loss

    def __call__(self, samples: Sequence[Sample], /) -> Step:
        """Learns from the samples, unless loss or gradient are not finite: then nothing changes but the report.

        What the reader cannot read or say is left out, and counted. Raises ValueError where that leaves nothing.
        """
        reader, settings = self.reader, self.settings
        made, places = self._readable(samples)
        bfloat16 = settings.bfloat16 and reader.device.type == "cuda" and torch.cuda.is_bf16_supported()
        with torch.autocast(reader.device.type, torch.bfloat16, enabled=bfloat16):
            loss, likelihoods = self._forward(made)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        gradient = torch.nn.utils.clip_grad_norm_(self._parameters, settings.gradient_limit)
        likely = np.zeros(len(samples))
        likely[places] = likelihoods.exp().cpu().numpy()
        step = Step(loss.item(), gradient.item(), likely.tolist(), len(samples) - len(places))
        if step.finite:
            self.steps += 1
            for group in self.optimiser.param_groups:
                group["lr"] = settings.learning_rate * min(1.0, self.steps / max(1, settings.warm_up_steps))
            self.optimiser.step()
            self._average()
            reader.version += 1
            self.teacher.version += 1
        return step

    def _readable(self, samples: Sequence[Sample]) -> tuple[Batch, list[int]]:
        """The batch of the samples that can be spelled, and their places."""
        places = list(range(len(samples)))
        try:
            return batch(samples, self.speller, self.reader.device), places
        except ValueError:
            kept = [i for i in places if not self.speller.complaint(samples[i].question, samples[i].answer)]
            if not kept or kept == places:
                raise
        return batch([samples[i] for i in kept], self.speller, self.reader.device), kept

    def _loss(self, made: Batch) -> tuple[Tensor, Tensor]:
        encoded = self.reader.encode(made.facts)
        likelihoods = log_likelihoods(self.reader, encoded, made.cells)
        return weighted_log_likelihood(likelihoods, made.weights), likelihoods.detach()

    @torch.no_grad()
    def _average(self) -> None:
        """Moves the teacher towards the reader; while the run is younger than the horizon, over its whole life."""
        share = 1.0 / max(1.0, min(self.settings.teacher_horizon, self.steps))
        torch._foreach_lerp_(self._averages, self._parameters, share)
