"""Reading documents of which H sees little, for language models: tiny (4 people) and small (16)."""

from __future__ import annotations

from hch.experiments.variants import IMITATED_IN_TEXT, replace_human, small_in_text, tiny_in_text
from hch.tasks.reading import Reading

TINY = tiny_in_text(
    "reading-tiny",
    Reading(largest=4, longest=2, chatter=1),
    (2, 4),
    system="Answer in a word, and quote the sentence that says it: Rome “Ada lives in Rome.”",
    most_tokens=32,
    subquestions=0.0,
)
TINY_IMITATED = replace_human(TINY, IMITATED_IN_TEXT)
SMALL = small_in_text(TINY, Reading(largest=16), (2, 4, 8, 16))
