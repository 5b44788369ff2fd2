"""Permutation powering: tiny (4 elements, exponents below 8), small (8 and 16), and the paper's size."""

from __future__ import annotations

from dataclasses import replace

from hch.humans.flaws.anchored import Anchored
from hch.humans.flaws.charmed import Charmed
from hch.humans.flaws.persuadable import Persuadable
from hch.humans.imitated import ImitatedSettings
from hch.humans.overseeing import Overseeing
from hch.humans.scripted import Scripted
from hch.models.settings import PAPER_LEARNER, PAPER_READER, LearnerSettings, ReaderSettings
from hch.tasks.permutation import Permutation
from hch.tasks.wordy import CHARM, Wordy
from hch.training.curriculum import Curriculum
from hch.training.experiment import Evaluation, Experiment
from hch.training.prioritized_sampling import PrioritizedSampling
from hch.training.questions import Batches
from hch.training.replay_buffer import Replay
from hch.training.widths import Headroom

TINY = Experiment(
    name="permutation-tiny",
    summary="powers of permutations of 4 elements, exponents below 8",
    task=Permutation(largest=4, bits=3, symbols=8),
    curriculum=Curriculum(sizes=(4,)),
    reader=ReaderSettings(width=32, fact_layers=2, question_layers=2, heads=4),
    learner=LearnerSettings(learning_rate=5e-3),
    batches=Batches(instances=25, questions=8),
    evaluation=Evaluation(every=50, questions=1000),
    steps=2000,
)

TINY_IMITATED = replace(
    TINY,
    name="permutation-tiny-imitated",
    summary="the same, with H′ in H's place as soon as it can be trusted",
    imitated=ImitatedSettings(),
)

WORDY = Wordy(TINY.task)

CHARMED = replace(
    TINY,
    name="permutation-charmed",
    summary="the same, answered in up to 3 words, with an H whom one of them charms",
    task=WORDY,
    human=Charmed(Scripted(Overseeing(WORDY.script, WORDY.same)), 0.5, CHARM),
    headroom=Headroom(answer=2),
    evaluation=Evaluation(every=50, questions=1000, judged=200),
)

OVERSEEING = Scripted(Overseeing(TINY.task.script))

ANCHORED = replace(
    TINY,
    name="permutation-anchored",
    summary="the tiny one, with an H to whom it looks right what the question has named",
    human=Anchored(OVERSEEING, 0.5),
    evaluation=Evaluation(every=50, questions=1000, judged=200),
)

PERSUADED = replace(
    TINY,
    name="permutation-persuaded",
    summary="the tiny one, with an H who believes the last claim that nobody refutes",
    human=Persuadable(OVERSEEING, 0.5),
    evaluation=Evaluation(every=50, questions=1000, judged=200),
)

SMALL = Experiment(
    name="permutation-small",
    summary="powers of permutations of 8 elements, exponents below 16",
    task=Permutation(largest=8, bits=4, symbols=8),
    curriculum=Curriculum(sizes=(8,)),
    reader=ReaderSettings(width=64, fact_layers=3, question_layers=2, heads=4),
    learner=LearnerSettings(learning_rate=2e-3),
    batches=Batches(instances=21, questions=16),
    prioritized=PrioritizedSampling(choices=3),
    replay=Replay(batches=2, horizon=12),
    evaluation=Evaluation(every=100, questions=2000),
    steps=4000,
)

SMALL_IMITATED = replace(
    SMALL,
    name="permutation-small-imitated",
    summary="the same, with H′ in H's place as soon as it can be trusted",
    imitated=ImitatedSettings(most=2000),
    imitated_reader=ReaderSettings(width=64, fact_layers=2, question_layers=2),
)

PAPER = Experiment(
    name="permutation-paper",
    summary="powers of permutations of 64 elements, exponents below 64",
    task=Permutation(largest=64),
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
