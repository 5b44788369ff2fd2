"""Approval: say what H, consulting the EMA model, rates highest.

Source: "Outer alignment and imitative amplification", "The case for imitative amplification", on approval-based
amplification. Its optimum is not known in general: a tree of people interleaved with models that please them. Where
the overseer consults a model that was trained by imitation before, and is trained no more, it is what HCH approves of
most (the post, note 3): that is ``hch_approval``, the same scheme with another overseer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hch.protocols import Answerer, Policy
from hch.schemes.advantages import mean_reward, sample_answers, weigh_samples
from hch.schemes.needs import RATED
from hch.text.judgements import Judged, Kind, Tally, judgement_question, rating
from hch.types import Episode, Question


@dataclass(frozen=True)
class Approval:
    """Samples are the policy's own answers, ``samples`` to each question, weighed by how the overseer rates them.

    Each distinct answer is rated once. What could not be read, or was not rated, teaches nothing and is counted.
    """

    samples: int = 4
    """Answers that the model samples to each question; equal ones are rated once."""
    name: str = "approval"
    needs = RATED

    async def __call__(self, questions: Sequence[Question], overseer: Answerer, policy: Policy, /) -> Episode:
        groups = await sample_answers(policy, questions, self.samples)
        asked = [
            Question(judgement_question(Judged(Kind.RATE, question.text, (option.text,))), question.context)
            for question, options in zip(questions, groups, strict=True)
            for option in options
        ]
        answers = await overseer(asked)
        ratings = [rating(answer) for answer in answers]
        shares = iter(ratings)
        rewards = [[next(shares).share for _ in options] for options in groups]
        measures = Tally.of(rating.state for rating in ratings).measures
        if (mean := mean_reward(groups, rewards)) is not None:
            measures["reward"] = mean
        transcripts = [answer.transcript for answer in answers if answer.transcript is not None]
        return Episode(weigh_samples(questions, groups, rewards), transcripts, measures)
