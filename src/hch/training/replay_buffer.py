"""Samples of recent steps, learned from once more: each costs H and the EMA model once, and is used several times."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from hch.types import Sample


@dataclass(frozen=True)
class Replay:
    """Each step learns from its own samples and from those of ``batches`` steps out of the last ``horizon``.

    A longer horizon brings more different samples and older targets.
    """

    batches: int = 1
    """Earlier steps whose samples each step learns from again; 0: none."""
    horizon: int = 8
    """Latest steps out of which these are sampled."""


@dataclass
class ReplayBuffer:
    """The samples of the last steps, oldest first."""

    replay: Replay
    steps: list[list[Sample]] = field(default_factory=list)

    def mix(self, samples: list[Sample], randomness: random.Random) -> list[Sample]:
        """These samples, which are remembered, and then those of some earlier steps."""
        chosen = randomness.sample(self.steps, min(self.replay.batches, len(self.steps)))
        if self.replay.batches:
            self.steps = [*self.steps, samples][-self.replay.horizon :]
        return [*samples, *(sample for step in chosen for sample in step)]

    def forget(self) -> None:
        """Drops the samples of the last step: something was wrong with them."""
        self.steps = self.steps[:-1]
