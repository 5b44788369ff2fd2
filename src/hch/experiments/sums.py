"""Sums of lists of numbers, for language models: tiny (4 numbers) and small (16)."""

from __future__ import annotations

from hch.experiments.variants import IMITATED_IN_TEXT, replace_human, small_in_text, tiny_in_text
from hch.tasks.lists import Lists

TINY = tiny_in_text(
    "sums-tiny", Lists("sum", least=1, most=9, longest=4), (2, 3, 4), system="Answer with a number.", most_tokens=8
)
TINY_IMITATED = replace_human(TINY, IMITATED_IN_TEXT)
SMALL = small_in_text(TINY, Lists("sum", least=1, most=9, longest=16), (2, 3, 4, 6, 8, 12, 16))
