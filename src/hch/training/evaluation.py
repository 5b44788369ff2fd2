"""How good the answers are, measured on instances that no training step ever sees.

Only here, and in the supervised scheme, does anything ask a task for gold.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hch.amplify.amplify import HCH
from hch.protocols import Answerer, Human
from hch.tasks.task import Task
from hch.training.questions import sample_questions
from hch.types import Answer, NoGoldError, Question

if TYPE_CHECKING:
    from hch.training.experiment import Experiment

WHO = ("alone", "model", "amplified", "hch")
"""H alone, the model alone, H consulting the model, and HCH."""


@dataclass(frozen=True)
class EvalSet:
    """Questions about held-out instances, and what H alone and HCH say to them."""

    task: Task
    questions: list[Question]
    sizes: list[int]
    alone: list[Answer]
    hch: list[Answer]

    @property
    def largest(self) -> list[Question]:
        """The questions at the largest size."""
        return [question for question, size in zip(self.questions, self.sizes, strict=True) if size == max(self.sizes)]

    async def scores(self, model: Answerer, amplified: Answerer) -> Scores:
        """How a model does, alone and consulted by H."""
        answers = {
            "alone": self.alone,
            "model": await model(self.questions),
            "amplified": await amplified(self.questions),
            "hch": self.hch,
        }
        right = {who: self._right(given) for who, given in answers.items()}
        largest = max(self.sizes)
        main = [i for i, size in enumerate(self.sizes) if size == largest]
        levels = [self.task.difficulty(question) for question in self.questions]
        return Scores(
            accuracy={who: mean_of_known(right[who][i] for i in main) for who in WHO},
            agreement_with_amplified=share(
                answers["amplified"][i].answered and answers["model"][i].text == answers["amplified"][i].text
                for i in main
            ),
            agreement_with_hch=share(
                answers["model"][i].text == self.hch[i].text for i in main if self.hch[i].answered
            ),
            by_difficulty={
                str(level): {who: mean_of_known(right[who][i] for i in main if levels[i] == level) for who in WHO}
                for level in sorted({levels[i] for i in main})
            },
            by_size={
                str(size): {
                    who: mean_of_known(right[who][i] for i, s in enumerate(self.sizes) if s == size) for who in WHO
                }
                for size in sorted(set(self.sizes))
            },
            most_common=max(Counter(answers["model"][i].text for i in main).values()) / len(main),
        )

    def _right(self, answers: Sequence[Answer]) -> list[bool | None]:
        return [self._is_right(question, given) for question, given in zip(self.questions, answers, strict=True)]

    def _is_right(self, question: Question, answer: Answer) -> bool | None:
        """Whether an answer is right; None where nobody knows, whatever was answered."""
        try:
            self.task.gold(question)
        except NoGoldError:
            return None
        return answer.answered and self.task.right(question, answer.text)


@dataclass(frozen=True)
class Scores:
    """Shares of right answers at the largest size, over all and by difficulty; and over all, by size.

    Of questions whose answer nobody knows none is right or wrong, and where there is no other, a share is no number.

    Agreement with HCH is the share of the questions that HCH answers to which the model gives the same answer;
    agreement with the amplified human is that of all questions, one on which H passes counting as disagreement.
    """

    accuracy: dict[str, float]
    agreement_with_amplified: float
    agreement_with_hch: float
    by_difficulty: dict[str, dict[str, float]]
    by_size: dict[str, dict[str, float]]
    most_common: float
    """The share of the questions at the largest size that got the reply which the model gives most often."""


async def make_eval_set(experiment: Experiment, human: Human) -> EvalSet:
    """The questions at the largest size that the experiment asks for, and a fifth as many at each smaller one."""
    task, sizes, count = experiment.task, experiment.curriculum.sizes, experiment.evaluation.questions
    depth = task.depth if experiment.hch_depth is None else experiment.hch_depth
    questions: list[Question] = []
    sizes_asked: list[int] = []
    for size in sizes:
        wanted = count if size == max(sizes) else count // 5
        randomness = random.Random(f"exam {experiment.seed} {size}")  # words: as they were
        drawn = sample_questions(task, size, max(1, wanted // 10), 10, randomness, test=True)
        questions += drawn
        sizes_asked += [size] * len(drawn)
    return EvalSet(
        task,
        questions,
        sizes_asked,
        alone=await HCH(human, 0, task.lookup)(questions),
        hch=await HCH(human, depth, task.lookup)(questions),
    )


def share(flags: Iterable[bool]) -> float:
    """The share that is true; not a number where there are none."""
    counted = list(flags)
    return sum(counted) / len(counted) if counted else float("nan")


def mean_of_known(flags: Iterable[bool | None]) -> float:
    """The share that is true of those that are true or false; not a number where there are none."""
    return share(flag for flag in flags if flag is not None)
