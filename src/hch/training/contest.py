"""Whose answers a judge prefers: trained models meet on questions about which they differ, and are rated by that.

The judge is H as the experiment has it, flaws and all, consulting HCH. So what wins is what H prefers when it is told
nothing false below it; where it is charmed, that is not what is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from hch.amplify.amplify import HCH
from hch.humans.overseeing import overseeing
from hch.humans.scripted import Scripted
from hch.protocols import Answerer
from hch.report.statistics import fit_bradley_terry
from hch.schemes.judge_bias import Game
from hch.text.judgements import FIRST, SECOND, TIE, Judged, Kind, judgement_question, verdict
from hch.training.experiment import Experiment
from hch.training.run_folder import RunFolder
from hch.training.trained import load_trained
from hch.types import Answer, Question

WON: Mapping[str | None, tuple[float, float]] = {FIRST: (1.0, 0.0), SECOND: (0.0, 1.0), TIE: (0.5, 0.5), None: (0, 0)}
"""What a verdict gives to each side: half a point for a tie, nothing to anybody where it could not be read."""


@dataclass(frozen=True)
class Meeting:
    """The games of a contest: each as it was first judged, and the same with the places changed."""

    games: tuple[Game, ...] = ()
    turned: tuple[Game, ...] = ()

    def plus(self, other: Meeting) -> Meeting:
        """Both contests' games."""
        return Meeting(self.games + other.games, self.turned + other.turned)

    @property
    def points(self) -> tuple[float, float]:
        """What each of the two won, if they were two."""
        sides = [game.verdict.side for game in self.games] + [game.verdict.swapped.side for game in self.turned]
        points = [WON[side] for side in sides]
        return sum(a for a, _ in points), sum(b for _, b in points)


async def preferences(
    experiment: Experiment, runs: Mapping[str, RunFolder], questions: Sequence[Question]
) -> tuple[dict[str, float], Meeting]:
    """How strong each run's model is, as log-odds, and all games: Bradley-Terry over all pairs, each in both orders."""
    asked = [Question(question.text, question.context, 0) for question in questions]
    given = {}
    for name, folder in runs.items():
        given[name] = await (await load_trained(experiment, folder)).state.ema_model(asked)
    task = experiment.task
    judge = HCH(overseeing(experiment.human or Scripted(task.script)), task.depth + 1, task.lookup)
    games: dict[tuple[str, str], float] = {}
    played = Meeting()
    for a, b in combinations(runs, 2):
        these = await meet(judge, asked, given[a], given[b])
        games[a, b], games[b, a] = these.points
        played = played.plus(these)
    return fit_bradley_terry(games), played


async def meet(
    judge: Answerer, questions: Sequence[Question], first: Sequence[Answer], second: Sequence[Answer]
) -> Meeting:
    """The games of two, over the questions that both answer and answer otherwise: two games for each."""
    pairs = [
        (question, (a.text, b.text))
        for question, a, b in zip(questions, first, second, strict=True)
        if a.answered and b.answered and a.text != b.text
    ]
    shown = [Judged(Kind.CHOOSE, question.text, texts) for question, texts in pairs]
    shown += [Judged(Kind.CHOOSE, question.text, texts[::-1]) for question, texts in pairs]
    contexts = [question.context for question, _ in pairs] * 2
    asked = [Question(judgement_question(j), context) for j, context in zip(shown, contexts, strict=True)]
    games = tuple(Game(j, verdict(answer)) for j, answer in zip(shown, await judge(asked), strict=True))
    return Meeting(games[: len(pairs)], games[len(pairs) :])
