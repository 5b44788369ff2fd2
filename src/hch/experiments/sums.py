"""Sums of lists of numbers, for language models: tiny (4 numbers) and small (16)."""

from __future__ import annotations

from hch.experiments.text_settings import imitated, small, tiny
from hch.tasks.lists import Lists

TINY = tiny(
    "sums",
    "sums of up to 4 numbers; for language models",
    Lists("sum", least=1, most=9, longest=4),
    (2, 3, 4),
    system="Answer with a number.",
    most_tokens=8,
)

TINY_IMITATED = imitated(TINY)

SMALL = small(
    TINY,
    "sums of up to 16 numbers; for language models",
    Lists("sum", least=1, most=9, longest=16),
    (2, 3, 4, 6, 8, 12, 16),
)
