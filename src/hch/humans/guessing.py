"""A human who says any of the answers that may be given, by chance: what a model is before it has a preference."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from hch.types import Action, Pass, Reply, Workspace


@dataclass(frozen=True)
class Guessing:
    """``answers`` has questions with what may be said to them; to any other question it passes.

    The draw is made of the question and its context, so that whoever asks again gets the same.
    """

    answers: Sequence[tuple[str, tuple[str, ...]]]

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        known = dict(self.answers)
        return [self._guess(workspace, known.get(workspace.question.text, ())) for workspace in workspaces]

    def _guess(self, workspace: Workspace, choices: Sequence[str]) -> Action:
        if not choices:
            return Pass("I do not know this question")
        content = f"{workspace.question.context.id}\0{workspace.question.text}".encode("utf-8", "surrogatepass")
        chance = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")
        return Reply(choices[chance % len(choices)])
