"""What a scheme needs of the run that it trains in, stated by the scheme itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hch.protocols import Scheme


@dataclass(frozen=True)
class Headroom:
    """What a model is to have room for beyond the texts that were measured: so many words more, and these words too.

    A scheme may put questions to the model that the task never asks, and a model that is not shown how long answers
    are may give longer ones. Raises ValueError below 0.
    """

    question: int = 0
    """Words that a question may have beyond the longest one seen."""
    answer: int = 0
    """Words that an answer may have beyond the longest one seen."""
    words: tuple[str, ...] = ()
    """Words that the vocabulary has beyond those seen."""

    def __post_init__(self) -> None:
        if self.question < 0 or self.answer < 0:
            raise ValueError(f"headroom is a number of words, got {self}")

    def plus(self, other: Headroom) -> Headroom:
        """Room for both: the larger of each, and all words."""
        words = tuple(dict.fromkeys([*self.words, *other.words]))
        return Headroom(max(self.question, other.question), max(self.answer, other.answer), words)


@dataclass(frozen=True)
class Needs:
    """What a scheme needs beside itself. A scheme has it as its attribute ``needs``; without one, it needs nothing.

    ``rated``: it weighs the model's own answers by what H makes of them, so H has to be able to judge, no sample is
    learned from twice, and the learner is bounded by ``kl`` and ``clip`` where the experiment does not bound it.
    ``gold``: it has a field of this name for the task's gold answers.
    """

    rated: bool = False
    kl: float = 0.02
    clip: float = 0.2
    consults: Literal["ema_model", "initial_model"] = "ema_model"
    """Whom H consults: the EMA model, or the model that the run began with."""
    headroom: Headroom = Headroom()
    gold: bool = False


RATED = Needs(rated=True)


def needs_of(scheme: Scheme) -> Needs:
    """What a scheme says that it needs."""
    needs: Needs = getattr(scheme, "needs", Needs())
    return needs
