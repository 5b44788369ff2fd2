"""Wildcard search: tiny (8 strings), small (16), and the paper's size."""

from __future__ import annotations

from dataclasses import replace

from hch.humans.imitated import ImitatedSettings
from hch.models.settings import PAPER_LEARNER, PAPER_READER, LearnerSettings, ReaderSettings
from hch.tasks.wildcard import Wildcard
from hch.training.curriculum import Curriculum
from hch.training.experiment import Evaluation, Experiment
from hch.training.prioritized_sampling import PrioritizedSampling
from hch.training.questions import Batches
from hch.training.replay_buffer import Replay

TINY = Experiment(
    name="wildcard-tiny",
    summary="sums over those of 8 strings that match a pattern",
    task=Wildcard(largest=8),
    curriculum=Curriculum(sizes=(8,)),
    reader=ReaderSettings(width=32, fact_layers=2, question_layers=2, heads=4),
    learner=LearnerSettings(learning_rate=4e-3),
    batches=Batches(instances=25, questions=8),
    evaluation=Evaluation(every=50, questions=1000),
    steps=2000,
)

TINY_IMITATED = replace(
    TINY,
    name="wildcard-tiny-imitated",
    summary="the same, with H′ in H's place as soon as it can be trusted",
    imitated=ImitatedSettings(),
)

SMALL = Experiment(
    name="wildcard-small",
    summary="sums over those of 16 strings that match a pattern",
    task=Wildcard(largest=16),
    curriculum=Curriculum(sizes=(8, 16)),
    reader=ReaderSettings(width=64, fact_layers=3, question_layers=2, heads=4),
    learner=LearnerSettings(learning_rate=2e-3),
    batches=Batches(instances=21, questions=16),
    prioritized=PrioritizedSampling(choices=3),
    replay=Replay(batches=2, horizon=12),
    evaluation=Evaluation(every=100, questions=2000),
    steps=3000,
)

PAPER = Experiment(
    name="wildcard-paper",
    summary="sums over those of 64 strings that match a pattern",
    task=Wildcard(largest=64),
    curriculum=Curriculum(sizes=(8, 16, 32, 64)),
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
