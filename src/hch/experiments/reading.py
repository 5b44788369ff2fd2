"""Reading documents of which H sees little, for language models: tiny (4 people) and small (16)."""

from __future__ import annotations

from dataclasses import replace

from hch.experiment import Evaluation, Experiment
from hch.humans.imitated import Apprenticeship
from hch.models.generation import Generation
from hch.models.language import LanguageSettings
from hch.sampling.curriculum import Curriculum
from hch.sampling.source import Batches
from hch.tasks.reading import Reading
from hch.training.language import LanguageLearnerSettings

TINY = Experiment(
    name="reading-tiny",
    summary="questions about documents of up to 4 sections, answered with quotes; for language models",
    task=Reading(largest=4, longest=2, chatter=1),
    curriculum=Curriculum(sizes=(2, 4), window=20),
    language=LanguageSettings(
        system="Answer in a word, and quote the sentence that says it: Rome “Ada lives in Rome.”",
        generation=Generation(most_tokens=32),
    ),
    language_learner=LanguageLearnerSettings(learning_rate=5e-5, teacher_horizon=25),
    batches=Batches(instances=8, questions=2),
    evaluation=Evaluation(every=50, questions=100),
    steps=300,
    checkpoint_every=100,
)

TINY_IMITATED = replace(
    TINY,
    name="reading-tiny-imitated",
    summary="the same, with H′ in H's place as soon as it can be trusted",
    imitated=Apprenticeship(lesson=16, studies=10, actions=16, window=32, most=400),
)

SMALL = replace(
    TINY,
    name="reading-small",
    summary="questions about documents of up to 16 sections, answered with quotes; for language models",
    task=Reading(largest=16),
    curriculum=Curriculum(sizes=(2, 4, 8, 16), window=20),
    evaluation=Evaluation(every=100, questions=400),
    steps=2000,
)
