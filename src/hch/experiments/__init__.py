"""The experiments that come with hch: a list that can be read without importing any of them."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hch.experiment import Experiment


@dataclass(frozen=True)
class Listed:
    """Where an experiment is defined, and what it is about in a line."""

    module: str
    summary: str
    attribute: str = "EXPERIMENT"


EXPERIMENTS: Mapping[str, Listed] = {
    "permutation-tiny": Listed("permutation", "powers of permutations of 4 elements, exponents below 8", "TINY"),
}


def load(name: str) -> Experiment:
    """The experiment of this name. Raises KeyError where there is none, ImportError where what it needs is missing."""
    listed = EXPERIMENTS[name]
    found: Experiment = getattr(importlib.import_module(f"{__name__}.{listed.module}"), listed.attribute)
    return found
