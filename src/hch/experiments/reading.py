"""Reading documents of which H sees little, for language models: tiny (4 people) and small (16)."""

from __future__ import annotations

from hch.experiments.text_settings import imitated, small, tiny
from hch.tasks.reading import Reading

TINY = tiny(
    "reading",
    "questions about documents of up to 4 sections, answered with quotes; for language models",
    Reading(largest=4, longest=2, chatter=1),
    (2, 4),
    system="Answer in a word, and quote the sentence that says it: Rome “Ada lives in Rome.”",
    most_tokens=32,
    subquestions=0.0,
)

TINY_IMITATED = imitated(TINY)

SMALL = small(
    TINY,
    "questions about documents of up to 16 sections, answered with quotes; for language models",
    Reading(largest=16),
    (2, 4, 8, 16),
)
