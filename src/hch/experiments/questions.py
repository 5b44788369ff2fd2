"""Questions of one's own, in a file that ``--task.path`` names, for language models."""

from __future__ import annotations

from dataclasses import replace

from hch.experiment import Evaluation, Experiment
from hch.humans.imitated import Apprenticeship
from hch.models.generation import Generation
from hch.models.language import LanguageSettings
from hch.sampling.curriculum import Curriculum
from hch.sampling.source import Batches
from hch.tasks.questions import Questions
from hch.training.language import LanguageLearnerSettings

TINY = Experiment(
    name="questions-tiny",
    summary="questions in a file of your own (--task.path FILE), in small batches; for language models",
    task=Questions(),
    curriculum=Curriculum(sizes=(1,), window=20),
    language=LanguageSettings(
        system="Answer the question. End with the answer itself.", generation=Generation(most_tokens=64)
    ),
    language_learner=LanguageLearnerSettings(learning_rate=5e-5, teacher_horizon=25),
    batches=Batches(instances=8, questions=2, subquestions=0.5),
    evaluation=Evaluation(every=50, questions=100),
    steps=300,
    checkpoint_every=100,
)

TINY_IMITATED = replace(
    TINY,
    name="questions-tiny-imitated",
    summary="the same, with H′ in H's place as soon as it can be trusted",
    imitated=Apprenticeship(lesson=16, studies=10, actions=16, window=32, most=400),
)

SMALL = replace(
    TINY,
    name="questions-small",
    summary="questions in a file of your own (--task.path FILE), for longer; for language models",
    task=Questions(),
    curriculum=Curriculum(sizes=(1,), window=20),
    evaluation=Evaluation(every=100, questions=400),
    steps=2000,
)
