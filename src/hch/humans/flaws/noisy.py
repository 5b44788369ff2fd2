"""Noisy: some judgements are random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hch.humans.flaws.sway import check_strength, hash_uniform
from hch.protocols import Human
from hch.text.judgements import FIRST, HIGHEST, SECOND, Kind, read_judgement_question, reply_text
from hch.types import Action, Reply, Workspace


@dataclass(frozen=True)
class Noisy:
    """With probability ``strength`` this human's rating is uniform, and its verdict for either side.

    Judges with different ``seed`` err independently. A judge that is asked the same again judges the same.
    """

    human: Human
    strength: float = 0.5
    """The chance that a judgement is made at random, from 0 to 1."""
    seed: int = 0
    """Tells judges apart: judges with one seed err alike."""

    def __post_init__(self) -> None:
        check_strength(self.strength)

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        actions = await self.human(workspaces)
        return [self._err(w, action) for w, action in zip(workspaces, actions, strict=True)]

    def _err(self, workspace: Workspace, action: Action) -> Action:
        if not isinstance(action, Reply) or (judged := read_judgement_question(workspace.question.text)) is None:
            return action
        if hash_uniform(workspace, f"noisy {self.seed}") >= self.strength:
            return action
        chance = hash_uniform(workspace, f"noisy {self.seed}: what it says")
        if judged.kind is Kind.CHOOSE:
            return Reply(f"verdict: {FIRST if chance < 0.5 else SECOND}")
        return Reply(reply_text(int(chance * (HIGHEST + 1)) / HIGHEST))
