"""Permutation powering: tiny (4 elements, exponents below 8), small (8 and 16), and the paper's size."""

from __future__ import annotations

from dataclasses import replace

from hch.experiments.variants import paper, replace_human, small, tiny, variant
from hch.humans.flaws.anchored import Anchored
from hch.humans.flaws.charmed import Charmed
from hch.humans.flaws.persuadable import Persuadable
from hch.humans.imitated import ImitatedSettings
from hch.humans.overseeing import Overseeing
from hch.humans.scripted import Scripted
from hch.models.settings import ReaderSettings
from hch.protocols import Human
from hch.schemes.needs import Headroom
from hch.tasks.permutation import Permutation
from hch.tasks.wordy import CHARM, Wordy
from hch.training.experiment import Evaluation, Experiment

TINY = tiny("permutation-tiny", Permutation(largest=4, bits=3, symbols=8), (4,), learning_rate=5e-3)
TINY_IMITATED = replace_human(TINY, ImitatedSettings())


def overseen(name: str, human: Human) -> Experiment:
    """The tiny experiment, whose H may be pleased by wrong answers; what H makes of the model's is measured."""
    return variant(TINY, name, human=human, evaluation=Evaluation(every=50, questions=1000, judged=200))


WORDY = Wordy(TINY.task)
OVERSEEING = Scripted(Overseeing(TINY.task.script))

CHARMED = replace(
    overseen("permutation-charmed", Charmed(Scripted(Overseeing(WORDY.script, WORDY.same)), 0.5, CHARM)),
    task=WORDY,
    headroom=Headroom(answer=2),
)
ANCHORED = overseen("permutation-anchored", Anchored(OVERSEEING, 0.5))
PERSUADED = overseen("permutation-persuaded", Persuadable(OVERSEEING, 0.5))

SMALL = replace(small("permutation-small", Permutation(largest=8, bits=4, symbols=8), (8,)), steps=4000)
SMALL_IMITATED = replace(
    replace_human(SMALL, ImitatedSettings(most=2000)),
    imitated_reader=ReaderSettings(width=64, fact_layers=2, question_layers=2),
)
PAPER = paper("permutation-paper", Permutation(largest=64))
