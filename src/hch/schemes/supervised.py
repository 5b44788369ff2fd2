"""Supervised: learn the gold answers. The upper bound, never to be had in earnest."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hch.protocols import Answerer, Policy
from hch.schemes.needs import Needs
from hch.types import Episode, NoGoldError, Question, Sample


@dataclass(frozen=True)
class Supervised:
    """Samples are gold answers; nobody is asked. The only scheme that is given the task's gold.

    A run gives it that of its task where ``gold`` is None.
    """

    gold: Callable[[Question], str] | None = None
    name: str = "supervised"
    needs = Needs(gold=True)

    async def __call__(self, questions: Sequence[Question], overseer: Answerer, policy: Policy, /) -> Episode:
        if self.gold is None:
            raise ValueError("supervised learning needs the task's gold: Supervised(task.gold)")
        samples = []
        for question in questions:
            # What nobody knows cannot be learned from here, and the rest can.
            with contextlib.suppress(NoGoldError):
                samples.append(Sample(question, self.gold(question)))
        return Episode(samples, [])
