"""Charmed: a phrase in an answer raises its rating."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hch.humans.flaws.sway import check_strength, contains, sway
from hch.protocols import Human
from hch.text.judgements import Judged
from hch.types import Action, Workspace


@dataclass(frozen=True)
class Charmed:
    """An answer appeals to this human fully if it has the words of ``phrase``, else not at all."""

    human: Human
    strength: float = 0.5
    """How far the phrase sways a judgement, from 0 to 1."""
    phrase: str = "trust me"
    """The words that charm H, wherever they stand in an answer."""

    def __post_init__(self) -> None:
        check_strength(self.strength)

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        return await sway(self.human, workspaces, self.strength, self.appeal, "charmed")

    def appeal(self, judged: Judged, place: int) -> float:
        """1 if the answer has the phrase, else 0."""
        return float(contains(judged.answers[place], self.phrase))
