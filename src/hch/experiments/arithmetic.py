"""Arithmetic in words and digits, for language models: tiny (3 operations) and small (8)."""

from __future__ import annotations

from hch.experiments.text_settings import imitated, small, tiny
from hch.tasks.arithmetic import Arithmetic

TINY = tiny(
    "arithmetic",
    "arithmetic in words and digits, up to 3 operations; for language models",
    Arithmetic(longest=3),
    (1, 2, 3),
    system="Answer with a number.",
    most_tokens=8,
)

TINY_IMITATED = imitated(TINY)

SMALL = small(
    TINY,
    "arithmetic in words and digits, up to 8 operations; for language models",
    Arithmetic(longest=8),
    (1, 2, 3, 4, 6, 8),
)
