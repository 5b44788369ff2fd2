"""Charmed: a phrase in an answer raises its rating."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hch.overseers.swayed import checked, contains, swayed
from hch.protocols import Human
from hch.ratings import Judged
from hch.types import Action, Workspace


@dataclass(frozen=True)
class Charmed:
    """A human to whom an answer appeals, and wholly, if it has the words of ``phrase`` in it."""

    human: Human
    strength: float = 0.5
    phrase: str = "trust me"

    def __post_init__(self) -> None:
        checked(self.strength)

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        return await swayed(self.human, workspaces, self.strength, self.appeal, "charmed")

    def appeal(self, judged: Judged, place: int) -> float:
        """1 where the phrase is there, else 0."""
        return float(contains(judged.answers[place], self.phrase))
