"""x"""

from __future__ import annotations

from hch.experiment import Evaluation, Experiment
from hch.models.reader import ReaderSettings
from hch.sampling.curriculum import Curriculum
from hch.sampling.source import Batches
from hch.tasks.paths import Paths
from hch.training.learner import LearnerSettings

TINY = Experiment(
    name="paths-tiny",
    summary="",
    task=Paths(largest=5, symbols=8),
    curriculum=Curriculum(sizes=(5,)),
    reader=ReaderSettings(width=32, fact_layers=2, question_layers=2),
    learner=LearnerSettings(learning_rate=4e-3),
    batches=Batches(instances=25, questions=8),
    evaluation=Evaluation(every=50, questions=1000),
    steps=2000,
)

SMALL = Experiment(
    name="paths-small",
    summary="",
    task=Paths(largest=8, symbols=12),
    curriculum=Curriculum(sizes=(4, 6, 8)),
    reader=ReaderSettings(width=64, fact_layers=3, question_layers=2),
    learner=LearnerSettings(learning_rate=2e-3),
    batches=Batches(instances=32, questions=16),
    evaluation=Evaluation(every=100, questions=2000),
    steps=6000,
)
