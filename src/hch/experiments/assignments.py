"""Sequential assignments: tiny (6 variables), small (9), and the paper's size."""

from __future__ import annotations

from dataclasses import replace

from hch.experiments.variants import paper, replace_human, small, tiny
from hch.humans.imitated import ImitatedSettings
from hch.models.settings import ReaderSettings
from hch.tasks.assignments import Assignments
from hch.training.prioritized_sampling import PrioritizedSampling

TINY = replace(
    tiny("assignments-tiny", Assignments(largest=6, symbols=8, values=4), (4, 6), learning_rate=3e-3, enough=0.99),
    reader=ReaderSettings(width=64, fact_layers=2, question_layers=2, heads=8),
)
TINY_IMITATED = replace_human(TINY, ImitatedSettings())
SMALL = replace(
    small("assignments-small", Assignments(largest=9, symbols=12, values=4), (5, 7, 9), enough=0.99),
    reader=ReaderSettings(width=64, fact_layers=3, question_layers=2, heads=8),
    prioritized=PrioritizedSampling(),
)
PAPER = paper("assignments-paper", Assignments(largest=64))
