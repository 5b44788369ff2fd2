"""Counterfactual: now and then the model's answer is erased before anybody sees it, H answers, and only then it learns.

Source: "Outer alignment and imitative amplification", note 7: what H says after it has seen the model's answer breaks
the analogy to counterfactual oracles. Here H answers as if there were no model's answer, so whatever the sight of one
would do to H, the optimum is imitation's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hch.protocols import Answerer, Policy
from hch.schemes.advantages import mean_reward, sample_answers, weigh_samples
from hch.schemes.needs import RATED
from hch.types import Episode, Question, Sample


@dataclass(frozen=True)
class Counterfactual:
    """An answer is erased with chance ``erased``; the others are used, and teach nothing.

    The distance to what H says is ``exact match``, by which the policy's own draws are weighed, or ``cross-entropy``,
    under which what H said is learned. Raises ValueError unless every answer may be erased.
    """

    erased: float = 0.5
    """The chance that an answer is erased and learned from, above 0 and up to 1."""
    distance: Literal["exact match", "cross-entropy"] = "exact match"
    """The distance to H's answer that is minimised."""
    samples: int = 4
    """Answers that the model samples to each erased question, for exact match."""
    name: str = "counterfactual"
    needs = RATED

    def __post_init__(self) -> None:
        if not 0 < self.erased <= 1:
            raise ValueError(f"the chance that an answer is erased is above 0 and at most 1, got {self.erased}")

    async def __call__(self, questions: Sequence[Question], overseer: Answerer, policy: Policy, /) -> Episode:
        asked = choose(questions, self.erased)
        answers = await overseer(asked)
        pairs = [(q, answer.text) for q, answer in zip(asked, answers, strict=True) if answer.answered]
        transcripts = [answer.transcript for answer in answers if answer.transcript is not None]
        measures: dict[str, float] = {"erased": len(asked), "read": len(pairs), "failed": len(asked) - len(pairs)}
        if self.distance == "cross-entropy":
            return Episode([Sample(question, said) for question, said in pairs], transcripts, measures)
        answered = [question for question, _ in pairs]
        groups = await sample_answers(policy, answered, self.samples)
        rewards: list[list[float | None]] = [
            [float(option.text == said) for option in options] for (_, said), options in zip(pairs, groups, strict=True)
        ]
        if (mean := mean_reward(groups, rewards)) is not None:
            measures["reward"] = mean
        return Episode(weigh_samples(answered, groups, rewards), transcripts, measures)


def choose(questions: Sequence[Question], share: float) -> list[Question]:
    """About this share of the questions, at least one.

    The draw is made of the batch, not of the question alone: one that comes again may be chosen another time.
    """
    batch = hashlib.blake2b(digest_size=16)
    for question in questions:
        batch.update(f"{question.context.id} {question.text}\n".encode("utf-8", "surrogatepass"))
    salt = batch.digest()
    numbers = [hashlib.blake2b(str(i).encode(), key=salt, digest_size=8).digest() for i in range(len(questions))]
    keyed = [(int.from_bytes(number, "little") / 2**64, i) for i, number in enumerate(numbers)]
    kept = {i for number, i in keyed if number < share} or {i for _, i in keyed[:1]}
    return [question for i, question in enumerate(questions) if i in kept]
