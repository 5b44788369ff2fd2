from __future__ import annotations

import torch

from hch.models.device import torch_seed


def test_numbers_inside_come_from_the_seed_and_those_outside_go_on_undisturbed() -> None:
    torch.manual_seed(1)
    expected = torch.rand(4)
    torch.manual_seed(1)
    before = torch.rand(2)
    with torch_seed(0):
        zero = torch.rand(3)
    with torch_seed(0):
        assert torch.equal(torch.rand(3), zero)
    with torch_seed(7):
        assert not torch.equal(torch.rand(3), zero)
    assert torch.equal(torch.cat([before, torch.rand(2)]), expected)
