"""What experiments share: settings of readers and of language models by size, and the variant with an imitated human.

Tiny experiments take some minutes, small ones longer, and those of the paper's size a GPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hch.experiments import listing
from hch.humans.imitated import ImitatedSettings
from hch.models.settings import (
    PAPER_LEARNER,
    PAPER_READER,
    Generation,
    LanguageLearnerSettings,
    LanguageSettings,
    LearnerSettings,
    ReaderSettings,
)
from hch.tasks.task import Task
from hch.training.curriculum import Curriculum
from hch.training.experiment import Evaluation, Experiment
from hch.training.prioritized_sampling import PrioritizedSampling
from hch.training.questions import Batches
from hch.training.replay_buffer import Replay

WINDOW = 20
"""Steps over which a language model's agreement at a size is taken."""

IMITATED_IN_TEXT = ImitatedSettings(batch=16, updates=10, actions=16, window=32, most=400)
"""For an H′ that is a language model, whose steps take longer than a reader's."""


def variant(experiment: Experiment, name: str, **settings: Any) -> Experiment:
    """The experiment with other settings, and the name and summary that are listed."""
    name, summary = listing(name)
    return replace(experiment, name=name, summary=summary, **settings)


def replace_human(experiment: Experiment, settings: ImitatedSettings) -> Experiment:
    """The same experiment, with H′ in H's place."""
    return variant(experiment, f"{experiment.name}-imitated", imitated=settings)


def tiny(name: str, task: Task, sizes: tuple[int, ...], learning_rate: float, enough: float = 0.998) -> Experiment:
    """For a reader of 32 units."""
    return Experiment(
        *listing(name),
        task=task,
        curriculum=Curriculum(sizes=sizes),
        reader=ReaderSettings(width=32, fact_layers=2, question_layers=2, heads=4),
        learner=LearnerSettings(learning_rate=learning_rate),
        batches=Batches(instances=25, questions=8),
        evaluation=Evaluation(every=50, questions=1000, enough=enough),
        steps=2000,
    )


def small(name: str, task: Task, sizes: tuple[int, ...], enough: float = 0.998) -> Experiment:
    """For a reader of 64 units, with prioritized sampling and a replay buffer."""
    return Experiment(
        *listing(name),
        task=task,
        curriculum=Curriculum(sizes=sizes),
        reader=ReaderSettings(width=64, fact_layers=3, question_layers=2, heads=4),
        learner=LearnerSettings(learning_rate=2e-3),
        batches=Batches(instances=21, questions=16),
        prioritized=PrioritizedSampling(choices=3),
        replay=Replay(batches=2, horizon=12),
        evaluation=Evaluation(every=100, questions=2000, enough=enough),
        steps=3000,
    )


def paper(name: str, task: Task, sizes: Sequence[int] = range(8, 65), hch_depth: int | None = None) -> Experiment:
    """The size of Christiano, Shlegeris and Amodei (2018), with H′ in H's place; HCH is computed to ``hch_depth``."""
    return Experiment(
        *listing(name),
        task=task,
        curriculum=Curriculum(sizes=tuple(sizes)),
        hch_depth=hch_depth,
        reader=PAPER_READER,
        learner=PAPER_LEARNER,
        batches=Batches(instances=50, questions=64, subquestions=0.25),
        prioritized=PrioritizedSampling(choices=2),
        imitated=ImitatedSettings(batch=100, most=20_000, check_every=50, window=100),
        imitated_reader=ReaderSettings(width=256, fact_layers=3, question_layers=3, heads=8),
        imitated_learner=PAPER_LEARNER,
        evaluation=Evaluation(every=500, questions=2000),
        steps=200_000,
        checkpoint_every=1000,
        device="cuda",
    )


def tiny_in_text(
    name: str, task: Task, sizes: tuple[int, ...], *, system: str, most_tokens: int, subquestions: float = 0.5
) -> Experiment:
    """For a language model. ``system`` tells it how to answer, in at most ``most_tokens`` tokens."""
    return Experiment(
        *listing(name),
        task=task,
        curriculum=Curriculum(sizes=sizes, window=WINDOW),
        language=LanguageSettings(system=system, generation=Generation(most_tokens=most_tokens)),
        language_learner=LanguageLearnerSettings(learning_rate=5e-5, ema_horizon=25),
        batches=Batches(instances=8, questions=2, subquestions=subquestions),
        evaluation=Evaluation(every=50, questions=100),
        steps=300,
        checkpoint_every=100,
    )


def small_in_text(tiny: Experiment, task: Task, sizes: tuple[int, ...]) -> Experiment:
    """The tiny experiment with a language model, for longer and on larger instances."""
    return variant(
        tiny,
        f"{tiny.name.removesuffix('-tiny')}-small",
        task=task,
        curriculum=Curriculum(sizes=sizes, window=WINDOW),
        evaluation=Evaluation(every=100, questions=400),
        steps=2000,
    )
