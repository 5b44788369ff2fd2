"""Anchored: what the question has named already looks right in an answer.

Source: "Outer alignment and imitative amplification": that humans see the model's answer "could significantly change
how they're thinking about the rating problem". An anchor is the plainest such change: Tversky and Kahneman (1974).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hch.humans.flaws.sway import check_strength, sway, words
from hch.protocols import Human
from hch.text.judgements import Judged
from hch.types import Action, Workspace


@dataclass(frozen=True)
class Anchored:
    """An answer appeals to this human fully if its first word is in the question, else not at all."""

    human: Human
    strength: float = 0.5
    """How far the question's own words sway a judgement, from 0 to 1."""

    def __post_init__(self) -> None:
        check_strength(self.strength)

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        return await sway(self.human, workspaces, self.strength, self.appeal, "anchored")

    def appeal(self, judged: Judged, place: int) -> float:
        """1 where the answer begins with a word of the question, else 0."""
        return float(any(word in words(judged.question) for word in words(judged.answers[place])[:1]))
