"""Permutation powering: tiny (4 elements, exponents below 8), small (8 and 16) and the paper's (64 and 64)."""

from __future__ import annotations


from hch.experiment import Evaluation, Experiment
from hch.models.reader import ReaderSettings
from hch.sampling.curriculum import Curriculum
from hch.sampling.source import Batches
from hch.tasks.permutation import Permutation
from hch.training.learner import LearnerSettings

TINY = Experiment(
    name="permutation-tiny",
    summary="powers of permutations of 4 elements, exponents below 8",
    task=Permutation(largest=4, bits=3, symbols=8),
    curriculum=Curriculum(sizes=(4,)),
    reader=ReaderSettings(width=32, fact_layers=2, question_layers=2),
    learner=LearnerSettings(learning_rate=5e-3),
    batches=Batches(instances=25, questions=8),
    evaluation=Evaluation(every=50, questions=1000),
    steps=2000,
)

SMALL = Experiment(
    name="permutation-small",
    summary="powers of permutations of 8 elements, exponents below 16",
    task=Permutation(largest=8, bits=4, symbols=8),
    curriculum=Curriculum(sizes=(8,)),
    reader=ReaderSettings(width=64, fact_layers=3, question_layers=2),
    learner=LearnerSettings(learning_rate=2e-3),
    batches=Batches(instances=32, questions=16),
    evaluation=Evaluation(every=100, questions=2000),
    steps=6000,
)
