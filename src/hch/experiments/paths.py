"""Shortest paths: tiny (5 vertices), small (8), and the paper's size."""

from __future__ import annotations

from dataclasses import replace

from hch.experiments.variants import paper, replace_human, small, tiny
from hch.humans.imitated import ImitatedSettings
from hch.tasks.paths import Paths
from hch.training.prioritized_sampling import PrioritizedSampling
from hch.training.questions import Batches
from hch.training.replay_buffer import Replay

TINY = tiny("paths-tiny", Paths(largest=5, symbols=8), (5,), learning_rate=4e-3, enough=0.99)
TINY_IMITATED = replace_human(TINY, ImitatedSettings(most=1000))
SMALL = replace(
    small("paths-small", Paths(largest=8, symbols=12), (8,), enough=0.99),
    hch_depth=6,
    batches=Batches(instances=32, questions=16),
    prioritized=PrioritizedSampling(),
    replay=Replay(),
)
PAPER = paper("paths-paper", Paths(largest=64), hch_depth=3)
