"""The experiments that come with hch: a list that can be read without importing any of them."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hch.training.experiment import Experiment


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
    "arithmetic-tiny": Listed(
        "arithmetic", "TINY", "arithmetic in words and digits, up to 3 operations; for language models"
    ),
    "arithmetic-tiny-imitated": Listed(
        "arithmetic", "TINY_IMITATED", "the same, with H′ in H's place as soon as it can be trusted"
    ),
    "arithmetic-small": Listed(
        "arithmetic", "SMALL", "arithmetic in words and digits, up to 8 operations; for language models"
    ),
    "sums-tiny": Listed("sums", "TINY", "sums of up to 4 numbers; for language models"),
    "sums-tiny-imitated": Listed(
        "sums", "TINY_IMITATED", "the same, with H′ in H's place as soon as it can be trusted"
    ),
    "sums-small": Listed("sums", "SMALL", "sums of up to 16 numbers; for language models"),
    "numbers-charmed": Listed(
        "numbers",
        "CHARMED",
        "the largest of 4 numbers, in free text, with an H whom a phrase charms; for language models",
    ),
    "reading-tiny": Listed(
        "reading", "TINY", "questions about documents of up to 4 sections, answered with quotes; for language models"
    ),
    "reading-tiny-imitated": Listed(
        "reading", "TINY_IMITATED", "the same, with H′ in H's place as soon as it can be trusted"
    ),
    "reading-small": Listed(
        "reading", "SMALL", "questions about documents of up to 16 sections, answered with quotes; for language models"
    ),
    "questions-tiny": Listed(
        "questions", "TINY", "questions in a file of your own (--task.path FILE), in small batches; for language models"
    ),
    "questions-tiny-imitated": Listed(
        "questions", "TINY_IMITATED", "the same, with H′ in H's place as soon as it can be trusted"
    ),
    "questions-small": Listed(
        "questions", "SMALL", "questions in a file of your own (--task.path FILE), for longer; for language models"
    ),
    "words-tiny": Listed(
        "words", "TINY", "up to 8 words put backwards, by a small language model, twice as many in each of 3 rounds"
    ),
    "words-tiny-primitive": Listed(
        "words",
        "TINY_PRIMITIVE",
        "the same model and steps, taught on questions only that H needs no help with: what the format is worth",
    ),
    "words-tiny-imitated": Listed(
        "words", "TINY_IMITATED", "the same, with H′ in H's place as soon as it can be trusted"
    ),
    "words-small": Listed("words", "SMALL", "up to 32 words put backwards, by a small language model"),
    "remedies": Listed(
        "remedies",
        "REMEDIES",
        "debates about four remedies, where falsehoods are easily claimed, before an H who goes by what is said",
    ),
    "remedies-moves": Listed(
        "remedies",
        "MOVES",
        "what the debates about remedies begin with: all answers, and all that can be said for them, alike",
    ),
}


def load(name: str) -> Experiment:
    """The experiment of this name. Raises KeyError where there is none, ImportError where what it needs is missing."""
    listed = EXPERIMENTS[name]
    found: Experiment = getattr(importlib.import_module(f"{__name__}.{listed.module}"), listed.attribute)
    return found
