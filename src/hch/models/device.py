"""How PyTorch is set for a run. On one thread, two runs of one seed are the same bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def prepare(threads: int, device: str) -> None:
    """Sets the threads, and refuses a device that is not there.

    Raises ValueError naming the devices that there are.
    """
    try:
        kind = torch.device(device).type
    except RuntimeError:
        raise ValueError(f"there is no device {device!r}; use --device cpu, or cuda where there is a GPU") from None
    if kind == "cuda" and not torch.cuda.is_available():
        raise ValueError("device cuda was asked for, and PyTorch sees none here; use --device cpu")
    if threads < 1:
        raise ValueError(f"threads must be at least 1, got {threads}")
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = False


@contextmanager
def torch_seed(seed: int) -> Iterator[None]:
    """Inside the block PyTorch draws from this seed; after it, what it drew before goes on undisturbed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
