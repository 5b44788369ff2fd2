"""Samples as tensors: the one way from text to what an optimiser step needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from hch.models.layout import Speller, lay_out
from hch.models.likelihood import Cells, spell_out
from hch.types import Sample


@dataclass(frozen=True)
class Batch:
    """Facts once for each distinct context, the words to be said about them, and the samples' weights."""

    facts: Int[Tensor, "contexts facts words"]
    cells: Cells
    weights: Float[Tensor, " samples"]
    draws: Float[Tensor, " samples"]
    behaviour: Float[Tensor, " samples"] | None
    """Not a number where an answer was not drawn from the policy; None where none was."""


def batch(samples: Sequence[Sample], speller: Speller, device: torch.device) -> Batch:
    """The batch of these samples. Raises ValueError where there is none, or one that cannot be spelled."""
    if not samples:
        raise ValueError("there is nothing to learn from: a batch has at least one sample")
    layout = lay_out([sample.question.context for sample in samples])
    texts = [sample.question.text for sample in samples]
    behaviour = [math.nan if sample.behaviour is None else sample.behaviour for sample in samples]
    drawn = not all(map(math.isnan, behaviour))
    return Batch(
        facts=torch.from_numpy(speller.facts(layout.contexts)).to(device),
        cells=spell_out(speller, layout, texts, [sample.answer for sample in samples], device),
        weights=torch.tensor([sample.weight for sample in samples], dtype=torch.float32, device=device),
        draws=torch.tensor([sample.draws for sample in samples], dtype=torch.float32, device=device),
        behaviour=torch.tensor(behaviour, dtype=torch.float32, device=device) if drawn else None,
    )
