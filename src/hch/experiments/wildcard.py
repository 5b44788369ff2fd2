"""Wildcard search: tiny (8 strings), small (16), and the paper's size."""

from __future__ import annotations

from hch.experiments.variants import paper, replace_human, small, tiny
from hch.humans.imitated import ImitatedSettings
from hch.tasks.wildcard import Wildcard

TINY = tiny("wildcard-tiny", Wildcard(largest=8), (8,), learning_rate=4e-3)
TINY_IMITATED = replace_human(TINY, ImitatedSettings())
SMALL = small("wildcard-small", Wildcard(largest=16), (8, 16))
PAPER = paper("wildcard-paper", Wildcard(largest=64), sizes=(8, 16, 32, 64))
