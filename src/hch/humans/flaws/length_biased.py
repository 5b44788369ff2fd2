"""Length-biased: the longer an answer is, the higher its rating."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hch.humans.flaws.sway import check_strength, sway, words
from hch.protocols import Human
from hch.text.judgements import Judged
from hch.types import Action, Workspace


@dataclass(frozen=True)
class LengthBiased:
    """An answer of ``longest`` words or more appeals to this human fully, an answer of one word not at all."""

    human: Human
    strength: float = 0.5
    """How far length sways a judgement, from 0 to 1."""
    longest: int = 3
    """Words from which on an answer appeals wholly, at least 2."""

    def __post_init__(self) -> None:
        check_strength(self.strength)
        if self.longest < 2:
            raise ValueError(f"longest is at least 2 words, got {self.longest}")

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        return await sway(self.human, workspaces, self.strength, self.appeal, "length-biased")

    def appeal(self, judged: Judged, place: int) -> float:
        """0 for one word, 1 for ``longest`` words or more, and in proportion between."""
        more = len(words(judged.answers[place])) - 1
        return min(max(more, 0) / (self.longest - 1), 1.0)
