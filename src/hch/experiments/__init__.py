"""The experiments that come with hch: a list that can be read without importing any of them.

Each is in the file that its name begins with, under the rest of its name in capitals: ``permutation-tiny-imitated`` is
``TINY_IMITATED`` in permutation.py. What it is about is said here alone, and the file takes it from here.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hch.training.experiment import Experiment

IMITATED = "the same, with H′ in H's place as soon as it can be trusted"

SUMMARIES: Mapping[str, Mapping[str, str]] = {
    "permutation": {
        "tiny": "powers of permutations of 4 elements, exponents below 8",
        "tiny-imitated": IMITATED,
        "charmed": "the same, answered in up to 3 words, with an H whom one of them charms",
        "anchored": "the tiny one, with an H to whom it looks right what the question has named",
        "persuaded": "the tiny one, with an H who believes the last claim that nobody refutes",
        "small": "powers of permutations of 8 elements, exponents below 16",
        "small-imitated": IMITATED,
        "paper": "powers of permutations of 64 elements, exponents below 64",
    },
    "assignments": {
        "tiny": "values of 6 variables that are defined by each other",
        "tiny-imitated": IMITATED,
        "small": "values of 9 variables that are defined by each other",
        "paper": "values of 64 variables that are defined by each other",
    },
    "wildcard": {
        "tiny": "sums over those of 8 strings that match a pattern",
        "tiny-imitated": IMITATED,
        "small": "sums over those of 16 strings that match a pattern",
        "paper": "sums over those of 64 strings that match a pattern",
    },
    "paths": {
        "tiny": "distances and next steps among 5 vertices",
        "tiny-imitated": IMITATED,
        "small": "distances and next steps among 8 vertices",
        "paper": "distances and next steps among 64 vertices",
    },
    "union-find": {
        "tiny": "values, parents and depths among 6 variables in groups",
        "tiny-imitated": IMITATED,
        "small": "values, parents and depths among 9 variables in groups",
        "paper": "values, parents and depths among 64 variables in groups",
    },
    "arithmetic": {
        "tiny": "arithmetic in words and digits, up to 3 operations; for language models",
        "tiny-imitated": IMITATED,
        "small": "arithmetic in words and digits, up to 8 operations; for language models",
    },
    "sums": {
        "tiny": "sums of up to 4 numbers; for language models",
        "tiny-imitated": IMITATED,
        "small": "sums of up to 16 numbers; for language models",
    },
    "numbers": {
        "charmed": "the largest of 4 numbers, in free text, with an H whom a phrase charms; for language models",
    },
    "reading": {
        "tiny": "questions about documents of up to 4 sections, answered with quotes; for language models",
        "tiny-imitated": IMITATED,
        "small": "questions about documents of up to 16 sections, answered with quotes; for language models",
    },
    "questions": {
        "tiny": "questions in a file of your own (--task.path FILE), in small batches; for language models",
        "tiny-imitated": IMITATED,
        "small": "questions in a file of your own (--task.path FILE), for longer; for language models",
    },
    "words": {
        "tiny": "up to 8 words put backwards, by a small language model, twice as many in each of 3 rounds",
        "tiny-primitive": (
            "the same model and steps, taught on questions only that H needs no help with: what the format is worth"
        ),
        "tiny-imitated": IMITATED,
        "small": "up to 32 words put backwards, by a small language model",
    },
    "remedies": {
        "": "debates about four remedies, where falsehoods are easily claimed, before an H who goes by what is said",
        "moves": "what the debates about remedies begin with: all answers, and all that can be said for them, alike",
    },
}
"""What each experiment is about, in a line, by the file and then by the rest of the name."""


@dataclass(frozen=True)
class Listed:
    """Where an experiment is defined, and what it is about in a line."""

    module: str
    attribute: str
    summary: str


EXPERIMENTS: Mapping[str, Listed] = {
    f"{family}-{variant}".rstrip("-"): Listed(
        family.replace("-", "_"), (variant or family).replace("-", "_").upper(), summary
    )
    for family, variants in SUMMARIES.items()
    for variant, summary in variants.items()
}


def listing(name: str) -> tuple[str, str]:
    """The name and the summary of the experiment of this name. Raises KeyError where none is listed."""
    return name, EXPERIMENTS[name].summary


def load(name: str) -> Experiment:
    """The experiment of this name. Raises KeyError where there is none, ImportError where what it needs is missing."""
    listed = EXPERIMENTS[name]
    experiment: Experiment = getattr(importlib.import_module(f"{__name__}.{listed.module}"), listed.attribute)
    return experiment
