"""Sequential assignments: tiny (6 variables), small (9), and the paper's size."""

from __future__ import annotations

from dataclasses import replace

from hch.humans.imitated import ImitatedSettings
from hch.models.settings import PAPER_LEARNER, PAPER_READER, LearnerSettings, ReaderSettings
from hch.tasks.assignments import Assignments
from hch.training.curriculum import Curriculum
from hch.training.experiment import Evaluation, Experiment
from hch.training.prioritized_sampling import PrioritizedSampling
from hch.training.questions import Batches
from hch.training.replay_buffer import Replay

TINY = Experiment(
    name="assignments-tiny",
    summary="values of 6 variables that are defined by each other",
    task=Assignments(largest=6, symbols=8, values=4),
    curriculum=Curriculum(sizes=(4, 6)),
    reader=ReaderSettings(width=64, fact_layers=2, question_layers=2, heads=8),
    learner=LearnerSettings(learning_rate=3e-3),
    batches=Batches(instances=25, questions=8),
    evaluation=Evaluation(every=50, questions=1000, enough=0.99),
    steps=2000,
)

TINY_IMITATED = replace(
    TINY,
    name="assignments-tiny-imitated",
    summary="the same, with H′ in H's place as soon as it can be trusted",
    imitated=ImitatedSettings(),
)

SMALL = Experiment(
    name="assignments-small",
    summary="values of 9 variables that are defined by each other",
    task=Assignments(largest=9, symbols=12, values=4),
    curriculum=Curriculum(sizes=(5, 7, 9)),
    reader=ReaderSettings(width=64, fact_layers=3, question_layers=2, heads=8),
    learner=LearnerSettings(learning_rate=2e-3),
    batches=Batches(instances=21, questions=16),
    replay=Replay(batches=2, horizon=12),
    evaluation=Evaluation(every=100, questions=2000, enough=0.99),
    steps=3000,
)

PAPER = Experiment(
    name="assignments-paper",
    summary="values of 64 variables that are defined by each other",
    task=Assignments(largest=64),
    curriculum=Curriculum(sizes=tuple(range(8, 65))),
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
