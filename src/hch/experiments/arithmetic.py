"""Arithmetic in words and digits, for language models: tiny (3 operations) and small (8)."""

from __future__ import annotations

from hch.experiments.variants import IMITATED_IN_TEXT, replace_human, small_in_text, tiny_in_text
from hch.tasks.arithmetic import Arithmetic

TINY = tiny_in_text("arithmetic-tiny", Arithmetic(longest=3), (1, 2, 3), system="Answer with a number.", most_tokens=8)
TINY_IMITATED = replace_human(TINY, IMITATED_IN_TEXT)
SMALL = small_in_text(TINY, Arithmetic(longest=8), (1, 2, 3, 4, 6, 8))
