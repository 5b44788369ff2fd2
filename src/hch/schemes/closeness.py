"""Closeness: H commits to its own answer, is then shown the model's, and rates how close it is.

Source: "Outer alignment and imitative amplification", "The case for imitative amplification", the end of its paragraph
on approval. If the rating is a distance, the optimum is imitation's. If the sight of an answer moves the rating, as the
post fears (note 7), it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hch.protocols import Answerer, Policy
from hch.schemes.advantages import mean_reward, sample_answers, weigh_samples
from hch.schemes.needs import RATED
from hch.text.judgements import Judged, Kind, Tally, judgement_question, rating
from hch.types import Answer, Episode, Question


@dataclass(frozen=True)
class Closeness:
    """Samples are the policy's own answers, ``samples`` to each question, weighed by how close they are said to be.

    H is asked first, as in imitation, and has not seen any answer then. Where it passes, nothing is learned.
    """

    samples: int = 4
    """Answers that the model samples to each question; equal ones are rated once."""
    name: str = "closeness"
    needs = RATED

    async def __call__(self, questions: Sequence[Question], overseer: Answerer, policy: Policy, /) -> Episode:
        committed = await overseer(questions)
        pairs = [(q, own.text) for q, own in zip(questions, committed, strict=True) if own.answered]
        answered = [question for question, _ in pairs]
        groups = await sample_answers(policy, answered, self.samples)
        asked = [
            Question(judgement_question(Judged(Kind.CLOSENESS, question.text, (option.text,), own)), question.context)
            for (question, own), options in zip(pairs, groups, strict=True)
            for option in options
        ]
        rated = await overseer(asked)
        ratings = [rating(answer) for answer in rated]
        shares = iter(ratings)
        rewards = [[next(shares).share for _ in options] for options in groups]
        measures = Tally.of(rating.state for rating in ratings).measures
        if (mean := mean_reward(groups, rewards)) is not None:
            measures["reward"] = mean
        everything: list[Answer] = [*committed, *rated]
        transcripts = [answer.transcript for answer in everything if answer.transcript is not None]
        return Episode(weigh_samples(answered, groups, rewards), transcripts, measures)
