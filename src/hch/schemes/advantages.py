"""Several answers of the policy to one question, and how much better than the others each is: the policy gradient.

A sample's weight is its advantage, so the learner that makes samples likelier by their weights follows the gradient of
the mean reward. Advantages are relative to the group: they add up to zero, are at most as large as the rewards' range,
and where all answers are worth the same there are none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hch.protocols import Policy
from hch.types import Question, Sample


@dataclass(frozen=True)
class SampledAnswer:
    """A distinct answer of a group: how often it was sampled, and its log-likelihood in nats under the policy that sampled it."""

    text: str
    count: int
    behaviour_log_prob: float


async def sample_answers(policy: Policy, questions: Sequence[Question], count: int) -> list[list[SampledAnswer]]:
    """For each question the distinct answers among ``count`` sampled ones; a question without an answer has none."""
    sampled = [Question(q.text, q.context, sample_index) for q in questions for sample_index in range(count)]
    answers = await policy(sampled) if sampled else []
    groups = []
    for start in range(0, len(sampled), count):
        group: dict[str, SampledAnswer] = {}
        for answer in answers[start : start + count]:
            if answer.answered and answer.text and answer.confidence > 0:
                earlier = group[answer.text].count if answer.text in group else 0
                group[answer.text] = SampledAnswer(answer.text, earlier + 1, math.log(answer.confidence))
        groups.append(list(group.values()))
    return groups


def advantages(options: Sequence[SampledAnswer], rewards: Sequence[float | None]) -> list[float | None]:
    """How much better than the group's mean each option is; None where its reward is not known.

    The mean is over draws, and over those with a reward. Raises ValueError at a reward that is no finite number.
    """
    known = [(option.count, reward) for option, reward in zip(options, rewards, strict=True) if reward is not None]
    if any(not math.isfinite(reward) for _, reward in known):
        raise ValueError(f"a reward must be a finite number, got {rewards}")
    if len({reward for _, reward in known}) < 2:
        return [None if reward is None else 0.0 for reward in rewards]
    mean = math.fsum(count * reward for count, reward in known) / sum(count for count, _ in known)
    return [None if reward is None else reward - mean for reward in rewards]


def weigh_samples(
    questions: Sequence[Question], groups: Sequence[Sequence[SampledAnswer]], rewards: Sequence[Sequence[float | None]]
) -> list[Sample]:
    """A sample for each option that has a reward, weighing its advantage as often as it was drawn.

    One of weight zero stays: the answer was drawn, and so it counts where divergence is measured.
    """
    return [
        Sample(
            Question(q.text, q.context), option.text, option.count * advantage, option.behaviour_log_prob, option.count
        )
        for q, options, given in zip(questions, groups, rewards, strict=True)
        for option, advantage in zip(options, advantages(options, given), strict=True)
        if advantage is not None
    ]


def mean_reward(groups: Sequence[Sequence[SampledAnswer]], rewards: Sequence[Sequence[float | None]]) -> float | None:
    """The mean reward of all draws that have one; None where none has."""
    known = [
        (option.count, reward)
        for options, given in zip(groups, rewards, strict=True)
        for option, reward in zip(options, given, strict=True)
        if reward is not None
    ]
    return math.fsum(d * r for d, r in known) / sum(d for d, _ in known) if known else None
