"""Union find: tiny (6 variables), small (9), and the paper's size."""

from __future__ import annotations

from hch.experiments.variants import paper, replace_human, small, tiny
from hch.humans.imitated import ImitatedSettings
from hch.tasks.union_find import UnionFind

TINY = tiny("union-find-tiny", UnionFind(largest=6, symbols=8, values=4), (4, 6), learning_rate=4e-3, enough=0.99)
TINY_IMITATED = replace_human(TINY, ImitatedSettings(most=1000))
SMALL = small("union-find-small", UnionFind(largest=9, symbols=12, values=4), (5, 7, 9), enough=0.99)
PAPER = paper("union-find-paper", UnionFind(largest=64), hch_depth=3)
