"""PyTorch's random numbers from a seed, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Inside the block PyTorch draws from this seed; after it, what it drew before goes on undisturbed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
