"""Permutation powering on 4 elements, exponents below 8: seconds on one core."""

from __future__ import annotations

from hch.experiment import Evaluation, Experiment
from hch.models.reader import ReaderSettings
from hch.sampling.curriculum import Curriculum
from hch.sampling.source import Batches
from hch.tasks.permutation import Permutation
from hch.training.learner import LearnerSettings

EXPERIMENT = Experiment(
    name="permutation-tiny",
    summary="powers of permutations of 4 elements, exponents below 8",
    task=Permutation(largest=4, bits=3, symbols=8),
    curriculum=Curriculum(sizes=(4,)),
    reader=ReaderSettings(width=32, fact_layers=2, question_layers=1),
    learner=LearnerSettings(learning_rate=3e-3),
    batches=Batches(instances=25, questions=4),
    evaluation=Evaluation(every=50, questions=1000),
    steps=2000,
)
