from __future__ import annotations

import pytest
import torch

from hch.models.device import prepare


def test_the_threads_are_set() -> None:
    before = torch.get_num_threads()
    try:
        prepare(2, "cpu")
        assert torch.get_num_threads() == 2
    finally:
        prepare(before, "cpu")


def test_no_threads_are_refused() -> None:
    with pytest.raises(ValueError, match="threads must be at least 1, got 0"):
        prepare(0, "cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="device cuda was asked for, and PyTorch sees none here"):
        prepare(1, "cuda")


def test_what_is_no_device_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no device 'gpu'; use --device cpu, or cuda"):
        prepare(1, "gpu")
