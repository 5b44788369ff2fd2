"""A person's question, put to what a run has trained: the model, H consulting it, or HCH, which needs no model."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hch.amplify.amplify import HCH, Amplify, Otherwise
from hch.amplify.rounds import consult
from hch.humans.scripted import Scripted
from hch.protocols import Answerer
from hch.tasks.facts import SYMBOLS, TaskError
from hch.tasks.task import gather_words
from hch.training.experiment import Experiment
from hch.training.questions import sample_questions
from hch.training.renaming import Forms, RenamingModel, new_names
from hch.training.run_folder import RunFolder
from hch.training.state import State
from hch.training.widths import widths_for
from hch.types import Answer, Context, Outcome, Question

Who = Literal["model", "amplified", "hch"]

INSTANCES = 200
"""Instances of each size that are looked at to learn the forms of facts: by then every symbol has been everywhere."""


@dataclass(frozen=True)
class Trained:
    """A run's experiment, and the state that it had come to."""

    experiment: Experiment
    state: State

    def answerer(self, context: Context, who: Who, depth: int | None = None) -> Answerer:
        """Who answers questions about a context. ``depth`` is HCH's, or how many humans stand one above the other.

        Raises TaskError where the context is to be shown to the model, and the model has no words for it.
        """
        task = self.experiment.task
        human = self.experiment.human or Scripted(task.script)
        if who == "hch":
            return HCH(human, task.depth if depth is None else depth, task.lookup)
        answerer: Answerer = self.state.ema_model
        if not self.experiment.model_family.reads_any_text:
            answerer = self._rename_model(context)
        if who == "amplified":
            for _ in range(1 if depth is None else depth):
                answerer = Amplify(human, Otherwise(task.lookup, answerer))
        return answerer

    def _rename_model(self, context: Context) -> RenamingModel:
        """The model, which knows some symbols, asked about a context with names of its own."""
        task = self.experiment.task
        known = frozenset(gather_words(task, max(self.experiment.curriculum.sizes)))
        reserved = {word for word in known if word.isalpha()}.difference(SYMBOLS)
        names = new_names(context, Forms.of(self.instances()), reserved)
        return RenamingModel(self.state.ema_model, context, names, known)

    def instances(self) -> list[Context]:
        """Instances such as the run has."""
        randomness = random.Random("forms")
        sizes = self.experiment.curriculum.sizes
        return [self.experiment.task.instance(randomness, size) for size in sizes for _ in range(INSTANCES)]

    def doubts(self, context: Context) -> list[str]:
        """Why the model may do badly on this context, whatever it does on its own kind."""
        task, sizes = self.experiment.task, self.experiment.curriculum.sizes
        facts = {size: len(task.instance(random.Random(0), size).facts) for size in sizes}
        learned, largest = self.state.progress.size, max(sizes)
        count = len(context.facts)
        if count > facts[learned]:
            trained_on = f"the model was trained on instances of up to {facts[learned]} (size {learned})"
            return [f"this instance has {count} facts, and {trained_on}: its answers are guesses"]
        if learned < largest:
            return [f"the run has come to size {learned} of {largest} so far"]
        return []


@dataclass(frozen=True)
class AnyContext:
    """Answers questions about any contexts, each in words that the model knows; fails where there are none for it."""

    trained: Trained
    who: Who = "model"
    depth: int | None = None

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        by_context: dict[Context, list[int]] = {}
        for place, question in enumerate(questions):
            by_context.setdefault(question.context, []).append(place)
        answers: dict[int, Answer] = {}
        for context, places in by_context.items():
            given = await self._about(context, [questions[place] for place in places])
            answers.update(zip(places, given, strict=True))
        return [answers[place] for place in range(len(questions))]

    async def _about(self, context: Context, questions: list[Question]) -> list[Answer]:
        try:
            answerer = self.trained.answerer(context, self.who, self.depth)
        except TaskError as error:
            return [Answer(outcome=Outcome.FAILED, by=self.who, reason=str(error))] * len(questions)
        return await consult(answerer, questions)


async def load_trained(experiment: Experiment, folder: RunFolder) -> Trained:
    """What a run has trained up to its last checkpoint. Raises RunError where there is none."""
    checkpoint = folder.latest()
    state = State.new(experiment, await widths_for(experiment))
    state.load(checkpoint)
    return Trained(experiment, state)


def held_out_instance(experiment: Experiment) -> Context:
    """An instance of the largest size that no step of training has seen; always the same one for one seed."""
    randomness = random.Random(f"ask {experiment.seed}")
    size = max(experiment.curriculum.sizes)
    return sample_questions(experiment.task, size, 1, 1, randomness, test=True)[0].context


async def answer_question(answerer: Answerer, question: Question) -> Answer:
    """The answer to one question; where the answerer raises, that is the answer's outcome."""
    (given,) = await consult(answerer, [question])
    return given
