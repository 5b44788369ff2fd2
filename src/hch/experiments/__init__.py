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
    attribute: str
    summary: str


EXPERIMENTS: Mapping[str, Listed] = {
    "permutation-tiny": Listed("permutation", "TINY", "powers of permutations of 4 elements, exponents below 8"),
    "permutation-tiny-imitated": Listed(
        "permutation", "TINY_IMITATED", "the same, with H′ in H's place as soon as it can be trusted"
    ),
    "permutation-charmed": Listed(
        "permutation", "CHARMED", "the same, answered in up to 3 words, with an H whom one of them charms"
    ),
    "permutation-anchored": Listed(
        "permutation", "ANCHORED", "the tiny one, with an H to whom it looks right what the question has named"
    ),
    "permutation-persuaded": Listed(
        "permutation", "PERSUADED", "the tiny one, with an H who believes the last claim that nobody refutes"
    ),
    "permutation-small": Listed("permutation", "SMALL", "powers of permutations of 8 elements, exponents below 16"),
    "permutation-small-imitated": Listed(
        "permutation", "SMALL_IMITATED", "the same, with H′ in H's place as soon as it can be trusted"
    ),
    "permutation-paper": Listed("permutation", "PAPER", "powers of permutations of 64 elements, exponents below 64"),
    "assignments-tiny": Listed("assignments", "TINY", "values of 6 variables that are defined by each other"),
    "assignments-tiny-imitated": Listed(
        "assignments", "TINY_IMITATED", "the same, with H′ in H's place as soon as it can be trusted"
    ),
    "assignments-small": Listed("assignments", "SMALL", "values of 9 variables that are defined by each other"),
    "assignments-paper": Listed("assignments", "PAPER", "values of 64 variables that are defined by each other"),
    "wildcard-tiny": Listed("wildcard", "TINY", "sums over those of 8 strings that match a pattern"),
    "wildcard-tiny-imitated": Listed(
        "wildcard", "TINY_IMITATED", "the same, with H′ in H's place as soon as it can be trusted"
    ),
    "wildcard-small": Listed("wildcard", "SMALL", "sums over those of 16 strings that match a pattern"),
    "wildcard-paper": Listed("wildcard", "PAPER", "sums over those of 64 strings that match a pattern"),
    "paths-tiny": Listed("paths", "TINY", "distances and next steps among 5 vertices"),
    "paths-tiny-imitated": Listed(
        "paths", "TINY_IMITATED", "the same, with H′ in H's place as soon as it can be trusted"
    ),
    "paths-small": Listed("paths", "SMALL", "distances and next steps among 8 vertices"),
    "paths-paper": Listed("paths", "PAPER", "distances and next steps among 64 vertices"),
    "union-find-tiny": Listed("union_find", "TINY", "values, parents and depths among 6 variables in groups"),
    "union-find-tiny-imitated": Listed(
        "union_find", "TINY_IMITATED", "the same, with H′ in H's place as soon as it can be trusted"
    ),
    "union-find-small": Listed("union_find", "SMALL", "values, parents and depths among 9 variables in groups"),
    "union-find-paper": Listed("union_find", "PAPER", "values, parents and depths among 64 variables in groups"),
}


def load(name: str) -> Experiment:
    """The experiment of this name. Raises KeyError where there is none, ImportError where what it needs is missing."""
    listed = EXPERIMENTS[name]
    found: Experiment = getattr(importlib.import_module(f"{__name__}.{listed.module}"), listed.attribute)
    return found
