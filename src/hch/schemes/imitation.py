"""Imitation: learn to say what H said while consulting the EMA model.

Source: "Outer alignment and imitative amplification", the section on imitative amplification; the target is not
differentiated, and the optimum is HCH. With ``by_confidence`` a sample counts for as much as the EMA model trusted the
answers that H built on: a weight above zero for every question leaves the optimum where it is, and what H made of
guesses does not drown what H made of knowledge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hch.protocols import Answerer, Policy
from hch.types import Episode, Question, Sample

LEAST_WEIGHT = 1e-3
"""A weight of zero anywhere would free the model there."""


@dataclass(frozen=True)
class Imitation:
    """Samples are the overseer's answers; questions on which it passes teach nothing."""

    by_confidence: bool = True
    """Weight each answer by how sure the EMA model was of the answers that H built on."""
    name: str = "imitation"

    async def __call__(self, questions: Sequence[Question], overseer: Answerer, policy: Policy, /) -> Episode:
        answers = await overseer(questions)
        samples = [
            Sample(question, answer.text, max(LEAST_WEIGHT, answer.confidence) if self.by_confidence else 1.0)
            for question, answer in zip(questions, answers, strict=True)
            if answer.answered
        ]
        return Episode(samples, [answer.transcript for answer in answers if answer.transcript is not None])
