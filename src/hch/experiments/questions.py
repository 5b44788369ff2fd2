"""Questions of one's own, in a file that ``--task.path`` names, for language models."""

from __future__ import annotations

from hch.experiments.text_settings import imitated, small, tiny
from hch.tasks.questions import Questions

TINY = tiny(
    "questions",
    "questions in a file of your own (--task.path FILE), in small batches; for language models",
    Questions(),
    (1,),
    system="Answer the question. End with the answer itself.",
    most_tokens=64,
)

TINY_IMITATED = imitated(TINY)

SMALL = small(
    TINY, "questions in a file of your own (--task.path FILE), for longer; for language models", Questions(), (1,)
)
