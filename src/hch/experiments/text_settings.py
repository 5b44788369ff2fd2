"""What experiments with tasks in text share: a language model's rate, batches and evaluations, tiny and small."""

from __future__ import annotations

from dataclasses import replace

from hch.humans.imitated import ImitatedSettings
from hch.models.settings import Generation, LanguageLearnerSettings, LanguageSettings
from hch.tasks.task import Task
from hch.training.curriculum import Curriculum
from hch.training.experiment import Evaluation, Experiment
from hch.training.questions import Batches

WINDOW = 20
"""Steps that a size's agreement is taken over."""


def tiny(
    name: str, summary: str, task: Task, sizes: tuple[int, ...], *, system: str, most_tokens: int,
    subquestions: float = 0.5,
) -> Experiment:  # fmt: skip
    """For some minutes. ``system`` tells the model how to answer, in at most ``most_tokens`` tokens."""
    return Experiment(
        name=f"{name}-tiny",
        summary=summary,
        task=task,
        curriculum=Curriculum(sizes=sizes, window=WINDOW),
        language=LanguageSettings(system=system, generation=Generation(most_tokens=most_tokens)),
        language_learner=LanguageLearnerSettings(learning_rate=5e-5, ema_horizon=25),
        batches=Batches(instances=8, questions=2, subquestions=subquestions),
        evaluation=Evaluation(every=50, questions=100),
        steps=300,
        checkpoint_every=100,
    )


def imitated(experiment: Experiment) -> Experiment:
    """The same, with an apprentice."""
    return replace(
        experiment,
        name=f"{experiment.name}-imitated",
        summary="the same, with H′ in H's place as soon as it can be trusted",
        imitated=ImitatedSettings(batch=16, updates=10, actions=16, window=32, most=400),
    )


def small(experiment: Experiment, summary: str, task: Task, sizes: tuple[int, ...]) -> Experiment:
    """For longer than the tiny one."""
    return replace(
        experiment,
        name=f"{experiment.name.removesuffix('-tiny')}-small",
        summary=summary,
        task=task,
        curriculum=Curriculum(sizes=sizes, window=WINDOW),
        evaluation=Evaluation(every=100, questions=400),
        steps=2000,
    )
