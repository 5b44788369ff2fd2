"""Debate: two copies of the model argue for different answers, and H judges, consulting the EMA model; zero-sum.

Source: "Outer alignment and imitative amplification", "The case for imitative amplification", the paragraph on debate.
Its optimum is the equilibrium of the game, unknown in general. Restricted debate is another protocol (see moves.py and
the comments on the post); with an overseer that consults a model trained by imitation before, it is debate with an
HCH-trained judge (the post, "Addressing competitiveness concerns").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hch.protocols import Answerer, Policy
from hch.schemes.advantages import sample_answers
from hch.schemes.debate_protocol import Match, Protocol
from hch.schemes.judge_bias import Game, judge_bias
from hch.schemes.needs import Headroom, Needs
from hch.text.judgements import FIRST, SECOND, TIE, Tally, Verdict, judgement_question, verdict
from hch.types import Episode, Question, Sample

WORTH = {FIRST: 1.0, SECOND: -1.0, TIE: 0.0}


@dataclass(frozen=True)
class Debate:
    """Out of ``samples`` answers to a question, two that differ are debated; where all are alike there is no debate.

    With ``swap`` every pair is debated twice, each answer having the first word once, so that a judge who prefers a
    place prefers nobody. Winners' answers and statements are made likelier, losers' less likely, by as much. A verdict
    that cannot be read, or that there is none of, is no result.
    """

    samples: int = 4
    """Answers that the model samples to each question; two that differ are debated."""
    swap: bool = True
    """Hold each debate twice, so that each answer has the first word once."""
    protocol: Protocol = field(default_factory=Protocol)
    name: str = "debate"
    needs = Needs(rated=True, headroom=Headroom(question=12, answer=2, words=(":", ";")))
    """There is room for both answers and two statements of a fact's length."""

    async def __call__(self, questions: Sequence[Question], overseer: Answerer, policy: Policy, /) -> Episode:
        groups = await sample_answers(policy, questions, self.samples)
        pairs = [(q, options[:2]) for q, options in zip(questions, groups, strict=True) if len(options) > 1]
        matches = [Match(question, (a.text, b.text)) for question, (a, b) in pairs]
        if self.swap:
            matches += [replace(match, answers=match.answers[::-1]) for match in matches]
        played = await self.protocol(matches, policy)
        answers = await overseer([Question(judgement_question(item.judged), item.question.context) for item in played])
        verdicts = [verdict(answer) for answer in answers]
        learned: list[Sample] = []
        for place, (question, options) in enumerate(pairs):
            verdict_pair = verdicts[place :: len(pairs)]
            worth = [WORTH[item.side] * (-1.0) ** turned for turned, item in enumerate(verdict_pair) if item.side]
            if worth:
                mean = math.fsum(worth) / len(worth)
                asked = Question(question.text, question.context)
                for option, sign in zip(options, (1, -1), strict=True):
                    learned.append(Sample(asked, option.text, sign * mean, option.behaviour_log_prob))
        for match, result in zip(played, verdicts, strict=True):
            learned += statements(match, result)
        measures = Tally.of(item.state for item in verdicts).measures | {"undisputed": len(questions) - len(pairs)}
        games = [Game(match.judged, verdict_pair) for match, verdict_pair in zip(played, verdicts, strict=True)]
        measures |= judge_bias(games[: len(pairs)], games[len(pairs) :])
        return Episode(learned, [answer.transcript for answer in answers if answer.transcript is not None], measures)


def statements(match: Match, result: Verdict) -> list[Sample]:
    """What was said by the winner, to be made likelier, and by the loser, to be made less likely, by as much.

    Also what was not shown: whoever said nothing that may be said has lost by it, or won in spite of it.
    """
    if result.side is None:
        return []
    return [
        Sample(
            Question(said.prompt.text, said.prompt.context),
            said.answer.text,
            WORTH[result.side] * (1 if said.side == FIRST else -1),
            math.log(said.answer.confidence),
        )
        for said in match.said
        if said.answer.answered and said.answer.text and said.answer.confidence > 0
    ]
