"""One optimiser step on weighted samples. It never knows which scheme made them."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from hch.models.checkpoint import EMA_MODULE, Checkpointed
from hch.models.device import torch_seed
from hch.models.losses import clip_ratio, weighted_log_likelihood
from hch.models.reader.layout import Tokenizer, make_grid
from hch.models.reader.likelihood import TargetBatch, divergences, log_likelihoods, make_targets, next_words
from hch.models.reader.network import Reader, Slots
from hch.models.reader.policy import ReaderPolicy
from hch.models.reader.tokens import Vocabulary
from hch.models.settings import LearnerSettings, ReaderSettings
from hch.protocols import TextWidths
from hch.types import Sample


@dataclass(frozen=True)
class Step:
    """What one step did: the loss before it, the gradient's norm, and how likely each sample's answer was.

    ``unread`` counts the samples that the reader cannot read or say; they were left out, and their likelihood is 0.
    ``divergence`` is that from the reader that the run began with, in nats an answer: the very number that is in the
    loss, and None where none is. ``held`` says that it was above the ceiling, so that nothing else was learned.
    """

    loss: float
    gradient: float
    likelihoods: list[float]
    unread: int = 0
    divergence: float | None = None
    held: bool = False

    @property
    def measures(self) -> dict[str, float]:
        """What a run logs of the step beside its loss: the divergence, where it is bounded."""
        return {} if self.divergence is None else {"kl": self.divergence, "kl_held": float(self.held)}

    @property
    def finite(self) -> bool:
        return math.isfinite(self.loss) and math.isfinite(self.gradient)


class ReaderLearner(Checkpointed):
    """A reader in training, its optimiser, and its EMA model: an exponential moving average of its weights.

    ``start`` is the reader as it is now: what divergence is measured from.
    """

    def __init__(self, reader: Reader, speller: Tokenizer, settings: LearnerSettings, device: str = "cpu") -> None:
        self.settings, self.speller = settings, speller
        self.reader = reader.to(device)
        self.ema_model: Reader = copy.deepcopy(self.reader).requires_grad_(False)
        self.start: Reader = copy.deepcopy(self.ema_model)
        self.steps = 0
        self.trained = dict(self.reader.named_parameters())
        self._parameters: list[Tensor] = list(self.reader.parameters())
        self._averages: list[Tensor] = list(self.ema_model.parameters())
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
            loss, likelihoods, divergence = self._forward(made)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        gradient = torch.nn.utils.clip_grad_norm_(self._parameters, settings.gradient_limit)
        likely = np.zeros(len(samples))
        likely[places] = likelihoods.exp().cpu().numpy()
        step = self._report(loss, gradient, likely.tolist(), len(samples) - len(places), divergence)
        if step.finite:
            self.steps += 1
            for group in self.optimiser.param_groups:
                group["lr"] = settings.learning_rate * min(1.0, self.steps / max(1, settings.warm_up_steps))
            self.optimiser.step()
            self._average()
            reader.version += 1
            self.ema_model.version += 1
        return step

    def _readable(self, samples: Sequence[Sample]) -> tuple[Batch, list[int]]:
        """The batch of the samples that can be spelled, and their places."""
        places = list(range(len(samples)))
        try:
            return make_batch(samples, self.speller, self.reader.device), places
        except ValueError:
            kept = [i for i in places if not self.speller.complaint(samples[i].question, samples[i].answer)]
            if not kept or kept == places:
                raise
        return make_batch([samples[i] for i in kept], self.speller, self.reader.device), kept

    def _report(
        self, loss: Tensor, gradient: Tensor, likelihoods: list[float], unread: int, divergence: Tensor | None
    ) -> Step:
        if divergence is None:
            return Step(loss.item(), gradient.item(), likelihoods, unread)
        nats, ceiling = divergence.item(), self.settings.kl_ceiling
        held = ceiling is not None and nats > ceiling
        return Step(loss.item(), gradient.item(), likelihoods, unread, nats, held)

    def _loss(self, made: Batch) -> tuple[Tensor, Tensor, Tensor | None]:
        """The loss; each sample's log-likelihood; and the divergence, where it is part of the loss."""
        encoded, settings = self.reader.encode(made.facts), self.settings
        if not settings.bounded:
            likelihoods = log_likelihoods(self.reader, encoded, made.cells)
            return self._policy_loss(likelihoods, made), likelihoods.detach(), None
        ours = next_words(self.reader, encoded, made.cells)
        with torch.no_grad():
            theirs = next_words(self.start, self.start.encode(made.facts), made.cells)
        likelihoods = ours.likelihoods(made.cells)
        along = divergences(ours, theirs, made.cells)
        divergence = (along * made.counts).sum() / made.counts.sum()
        within = 1.0 if settings.kl_ceiling is None else (divergence.detach() <= settings.kl_ceiling).float()
        loss = within * self._policy_loss(likelihoods, made) + (settings.kl or (1 - within)) * divergence
        return loss, likelihoods.detach(), divergence.detach()

    def _policy_loss(self, likelihoods: Tensor, made: Batch) -> Tensor:
        """Minus the weighted mean; of what was drawn from the policy, over all draws: small rewards stay small."""
        if made.behaviour_log_prob is None:
            return weighted_log_likelihood(likelihoods, made.weights)
        total = torch.where(made.behaviour_log_prob.isnan(), made.weights.abs(), made.counts).sum()
        if self.settings.clip is not None:
            likelihoods = clip_ratio(likelihoods, made.behaviour_log_prob, made.weights, self.settings.clip)
        return weighted_log_likelihood(likelihoods, made.weights, total)

    @property
    def modules(self) -> dict[str, Reader]:
        return {"reader": self.reader, EMA_MODULE: self.ema_model}

    def policy(self, name: str, seed: int) -> ReaderPolicy:
        return ReaderPolicy(self.reader, self.speller, name, seed)

    def ema_policy(self, name: str, seed: int) -> ReaderPolicy:
        return ReaderPolicy(self.ema_model, self.speller, name, seed)

    def initial_policy(self, name: str, seed: int) -> ReaderPolicy:
        return ReaderPolicy(self.start, self.speller, name, seed)

    def export(self, folder: Path) -> None:
        """Writes nothing: no other software has this network."""

    @property
    def tokens(self) -> tuple[int, int]:
        """None are counted: a reader costs what its steps cost."""
        return 0, 0

    def invalidate(self) -> None:
        self.reader.version += 1
        self.ema_model.version += 1
        self.start.version += 1

    def begin_here(self) -> None:
        """Starts the run from the EMA model: copies it to the reader, and to the initial model of the KL term."""
        for reader_copy in (self.reader, self.start):
            reader_copy.load_state_dict(self.ema_model.state_dict())
        self.invalidate()

    @torch.no_grad()
    def _average(self) -> None:
        """Moves the EMA model towards the reader; while the run is younger than the horizon, over its whole life."""
        share = 1.0 / max(1.0, min(self.settings.ema_horizon, self.steps))
        torch._foreach_lerp_(self._averages, self._parameters, share)


@dataclass(frozen=True)
class ReaderFamily:
    """Readers of one size that learn in one way. Each has as many slots as its texts have words."""

    reader: ReaderSettings = field(default_factory=ReaderSettings)
    learner: LearnerSettings = field(default_factory=LearnerSettings)
    reads_any_text = False

    def __call__(
        self, widths: TextWidths | None, seed: int, device: str, *, keeps_initial: bool = False
    ) -> ReaderLearner:
        """A reader of random weights; its initial model is always kept. Raises ValueError without widths."""
        del keeps_initial
        if widths is None:
            raise ValueError("a reader has as many slots as its texts have words: it needs their widths")
        vocabulary, slots = Vocabulary(widths.words), (widths.fact, widths.question, widths.answer)
        with torch_seed(seed):
            reader = Reader(Slots(len(vocabulary), *slots), self.reader)
        return ReaderLearner(reader, Tokenizer(vocabulary, *slots), self.learner, device)


@dataclass(frozen=True)
class Batch:
    """Facts once for each distinct context, the words to be said about them, and the samples' weights."""

    facts: Int[Tensor, "contexts facts words"]
    cells: TargetBatch
    weights: Float[Tensor, " samples"]
    counts: Float[Tensor, " samples"]
    behaviour_log_prob: Float[Tensor, " samples"] | None
    """Not a number where an answer was not drawn from the policy; None where none was."""


def make_batch(samples: Sequence[Sample], speller: Tokenizer, device: torch.device) -> Batch:
    """The batch of these samples. Raises ValueError where there is none, or one that cannot be spelled."""
    if not samples:
        raise ValueError("there is nothing to learn from: a batch has at least one sample")
    layout = make_grid([sample.question.context for sample in samples])
    texts = [sample.question.text for sample in samples]
    behaviour_log_prob = [
        math.nan if sample.behaviour_log_prob is None else sample.behaviour_log_prob for sample in samples
    ]
    drawn = not all(map(math.isnan, behaviour_log_prob))
    return Batch(
        facts=torch.from_numpy(speller.facts(layout.contexts)).to(device),
        cells=make_targets(speller, layout, texts, [sample.answer for sample in samples], device),
        weights=torch.tensor([sample.weight for sample in samples], dtype=torch.float32, device=device),
        counts=torch.tensor([sample.count for sample in samples], dtype=torch.float32, device=device),
        behaviour_log_prob=torch.tensor(behaviour_log_prob, dtype=torch.float32, device=device) if drawn else None,
    )
