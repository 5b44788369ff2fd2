"""Sums of lists of numbers, for language models: tiny (4 numbers) and small (16)."""

from __future__ import annotations

from dataclasses import replace

from hch.experiment import Evaluation, Experiment
from hch.humans.imitated import Apprenticeship
from hch.models.generation import Generation
from hch.models.language import LanguageSettings
from hch.sampling.curriculum import Curriculum
from hch.sampling.source import Batches
from hch.tasks.lists import Lists
from hch.training.language import LanguageLearnerSettings

TINY = Experiment(
    name="sums-tiny",
    summary="sums of up to 4 numbers; for language models",
    task=Lists("sum", least=1, most=9, longest=4),
    curriculum=Curriculum(sizes=(2, 3, 4), window=20),
    language=LanguageSettings(system="Answer with a number.", generation=Generation(most_tokens=8)),
    language_learner=LanguageLearnerSettings(learning_rate=5e-5, teacher_horizon=25),
    batches=Batches(instances=8, questions=2, subquestions=0.5),
    evaluation=Evaluation(every=50, questions=100),
    steps=300,
    checkpoint_every=100,
)

TINY_IMITATED = replace(
    TINY,
    name="sums-tiny-imitated",
    summary="the same, with H′ in H's place as soon as it can be trusted",
    imitated=Apprenticeship(lesson=16, studies=10, actions=16, window=32, most=400),
)

SMALL = replace(
    TINY,
    name="sums-small",
    summary="sums of up to 16 numbers; for language models",
    task=Lists("sum", least=1, most=9, longest=16),
    curriculum=Curriculum(sizes=(2, 3, 4, 6, 8, 12, 16), window=20),
    evaluation=Evaluation(every=100, questions=400),
    steps=2000,
)
