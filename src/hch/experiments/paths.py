"""Shortest paths: tiny (5 vertices), small (8), and the paper's size."""

from __future__ import annotations

from dataclasses import replace

from hch.humans.imitated import ImitatedSettings
from hch.models.settings import PAPER_LEARNER, PAPER_READER, LearnerSettings, ReaderSettings
from hch.tasks.paths import Paths
from hch.training.curriculum import Curriculum
from hch.training.experiment import Evaluation, Experiment
from hch.training.prioritized_sampling import PrioritizedSampling
from hch.training.questions import Batches

TINY = Experiment(
    name="paths-tiny",
    summary="distances and next steps among 5 vertices",
    task=Paths(largest=5, symbols=8),
    curriculum=Curriculum(sizes=(5,)),
    reader=ReaderSettings(width=32, fact_layers=2, question_layers=2, heads=4),
    learner=LearnerSettings(learning_rate=4e-3),
    batches=Batches(instances=25, questions=8),
    evaluation=Evaluation(every=50, questions=1000, enough=0.99),
    steps=2000,
)

TINY_IMITATED = replace(
    TINY,
    name="paths-tiny-imitated",
    summary="the same, with H′ in H's place as soon as it can be trusted",
    imitated=ImitatedSettings(most=1000),
)

SMALL = Experiment(
    name="paths-small",
    summary="distances and next steps among 8 vertices",
    task=Paths(largest=8, symbols=12),
    curriculum=Curriculum(sizes=(8,)),
    hch_depth=6,
    reader=ReaderSettings(width=64, fact_layers=3, question_layers=2, heads=4),
    learner=LearnerSettings(learning_rate=2e-3),
    batches=Batches(instances=32, questions=16),
    evaluation=Evaluation(every=100, questions=2000, enough=0.99),
    steps=3000,
)

PAPER = Experiment(
    name="paths-paper",
    summary="distances and next steps among 64 vertices",
    task=Paths(largest=64),
    curriculum=Curriculum(sizes=tuple(range(8, 65))),
    hch_depth=3,
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
