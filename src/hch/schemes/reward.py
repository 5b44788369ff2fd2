"""Reward: learn a reward from what H does, by maximum entropy, then maximise it with a bound on divergence.

Source: "Outer alignment and imitative amplification", "Addressing competitiveness concerns": "RL + IRL as the
distillation step"; the method is that of Ziebart et al. (2008), "Maximum entropy inverse reinforcement learning". The
optimum is what that reward is highest for, which need not be HCH: a reward sees no more of an answer than its features
do. The bound is the learner's (``kl``).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from hch.protocols import Answerer, Policy
from hch.schemes.advantages import SampledAnswer, mean_reward, sample_answers, weigh_samples
from hch.schemes.needs import RATED
from hch.types import Episode, Question

Features = Callable[[Question, str], tuple[float, ...]]
"""What a reward can tell of an answer to a question; as many numbers for each, from about -1 to 1."""

Shown = tuple[tuple[float, ...], tuple[tuple[float, ...], ...]]
"""The features of what H did, and those of all answers that were considered."""


def appearance(question: Question, answer: str) -> tuple[float, ...]:
    """How an answer looks: has it more than one word, do its words stand in the question, in the facts, are they one.

    Nothing of it says whether the answer is right.
    """
    tokens = words(answer)
    count = max(len(tokens), 1)
    return (
        float(len(tokens) > 1),
        len([word for word in tokens if word in words(question.text)]) / count,
        len([word for word in tokens if word in words("\n".join(question.context.facts))]) / count,
        len([1 for a, b in pairwise(tokens) if a == b]) / count,
    )


@lru_cache(4096)
def words(text: str) -> tuple[str, ...]:
    """The words and numbers of a text."""
    return tuple(re.findall(r"\w+", text))


@dataclass(frozen=True)
class Reward:
    """H answers, a linear reward of ``features`` is fitted, and the policy's ``samples`` are weighed by it.

    The reward is fitted anew to each batch, from nothing, so that it never lags behind the policy; with a Gaussian
    prior of precision ``prior`` on its weights, which keeps it finite where H always does the same. Rewards are put
    between 0 and 1 by a logistic function, which leaves their order as it is.
    """

    features: Features = appearance
    samples: int = 4
    """Answers that the model samples to each question, against which H's answer stands out."""
    prior: float = 0.01
    """Precision of the Gaussian prior on the reward's weights, above 0: the higher, the flatter the reward."""
    name: str = "reward"
    needs = RATED

    def __post_init__(self) -> None:
        if self.prior <= 0:
            raise ValueError(f"prior must be above 0, got {self.prior}")

    async def __call__(self, questions: Sequence[Question], overseer: Answerer, policy: Policy, /) -> Episode:
        answers = await overseer(questions)
        groups = await sample_answers(policy, questions, self.samples)
        shown = [
            self._demonstration(question, answer.text, options)
            for question, answer, options in zip(questions, answers, groups, strict=True)
            if answer.answered
        ]
        weights = fit_weights(shown, self.prior)
        rewards: list[list[float | None]] = [
            [1 / (1 + math.exp(-_dot(weights, self.features(question, option.text)))) for option in options]
            for question, options in zip(questions, groups, strict=True)
        ]
        measures: dict[str, float] = {"demonstrations": len(shown), "failed": len(questions) - len(shown)}
        measures |= {f"weight {number}": weight for number, weight in enumerate(weights, 1)}
        if (mean := mean_reward(groups, rewards)) is not None:
            measures["reward"] = mean
        transcripts = [answer.transcript for answer in answers if answer.transcript is not None]
        return Episode(weigh_samples(questions, groups, rewards), transcripts, measures)

    def _demonstration(self, question: Question, done: str, options: Sequence[SampledAnswer]) -> Shown:
        considered = dict.fromkeys([done, *(option.text for option in options)])
        return self.features(question, done), tuple(sorted(self.features(question, text) for text in considered))


def fit_weights(shown: Sequence[Shown], prior: float, steps: int = 40) -> tuple[float, ...]:
    """The weights of a linear reward under which H's choices are likeliest, with softmax probabilities of rewards.

    The gradient is the features of what H did less those that are expected: at the optimum they match, but for the
    prior. Climbs the concave likelihood, a step as long as its curvature surely allows. Empty where nothing was shown.
    """
    if not shown:
        return ()
    patterns = [(considered, count / len(shown)) for (_, considered), count in Counter(shown).items()]
    kinds = sorted({kind for considered, _ in patterns for kind in considered} | {done for done, _ in shown})
    done = Counter(kind for kind, _ in shown)
    rate = 1 / (max(_dot(kind, kind) for kind in kinds) + prior)
    weights = (0.0,) * len(kinds[0])
    for _ in range(steps):
        exponentials = {kind: math.exp(_dot(weights, kind)) for kind in kinds}
        more = {kind: done[kind] / len(shown) for kind in kinds}
        for considered, share in patterns:
            per_exponential = share / sum([exponentials[kind] for kind in considered])
            for kind in considered:
                more[kind] -= per_exponential * exponentials[kind]
        slope = [sum(more[kind] * kind[number] for kind in kinds) for number in range(len(weights))]
        weights = tuple(w + rate * (up - prior * w) for w, up in zip(weights, slope, strict=True))
    return weights


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum([x * y for x, y in zip(a, b, strict=False)])
