"""Questions of one's own, in a file that ``--task.path`` names, for language models."""

from __future__ import annotations

from hch.experiments.variants import IMITATED_IN_TEXT, replace_human, small_in_text, tiny_in_text
from hch.tasks.questions import Questions

TINY = tiny_in_text(
    "questions-tiny",
    Questions(),
    (1,),
    system="Answer the question. End with the answer itself.",
    most_tokens=64,
)
TINY_IMITATED = replace_human(TINY, IMITATED_IN_TEXT)
SMALL = small_in_text(TINY, Questions(), (1,))
