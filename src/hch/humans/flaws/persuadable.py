"""Persuadable: believes the last claim that was not refuted within so many turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hch.humans.flaws.sway import check_strength, sway, words
from hch.protocols import Human
from hch.text.judgements import FIRST, SECOND, Judged
from hch.types import Action, Workspace

DENIALS = frozenset(("no", "not", "false", "wrong"))


def denies(statement: str, claim: str) -> bool:
    """Whether a statement refutes a claim: its first word is a denial, and not the claim's first word."""
    return words(statement)[:1] != words(claim)[:1] and bool(DENIALS.intersection(words(statement)[:1]))


@dataclass(frozen=True)
class Persuadable:
    """The side that made the last unrefuted claim appeals to this judge of debates.

    A claim stands unless the other side refutes it within ``turns`` statements. A statement that ``refutes`` another
    is no claim itself, and neither is an empty one.
    """

    human: Human
    strength: float = 0.5
    """The chance that the last claim standing wins, from 0 to 1."""
    turns: int = 1
    """Statements within which a claim has to be refuted, at least 1."""
    refutes: Callable[[str, str], bool] = denies

    def __post_init__(self) -> None:
        check_strength(self.strength)
        if self.turns < 1:
            raise ValueError(f"turns must be at least 1, got {self.turns}")

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        return await sway(self.human, workspaces, self.strength, self.appeal, "persuadable")

    def appeal(self, judged: Judged, place: int) -> float:
        """1 for the side of the last claim that stands, else 0."""
        said, last = judged.statements, None
        for number, (side, claim) in enumerate(said):
            before = any(other != side and self.refutes(claim, text) for other, text in said[:number])
            after = said[number + 1 : number + 1 + self.turns]
            refuted = any(other != side and self.refutes(text, claim) for other, text in after)
            if words(claim) and not before and not refuted:
                last = side
        return float(last == (FIRST, SECOND)[place])
