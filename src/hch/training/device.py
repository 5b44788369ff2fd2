"""How PyTorch is set for a run. On one thread, two runs of one seed are the same bit for bit."""

from __future__ import annotations

import torch


def prepare(threads: int, device: str) -> None:
    """Sets the threads, and refuses a device that is not there.

    Raises ValueError naming the devices that there are.
    """
    kind = torch.device(device).type
    if kind == "cuda" and not torch.cuda.is_available():
        raise ValueError("device cuda was asked for, and PyTorch sees none here; use --device cpu")
    if threads < 1:
        raise ValueError(f"threads must be at least 1, got {threads}")
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = False
