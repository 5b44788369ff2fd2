"""Corruptible: an attack in its view makes a human sabotage, and pass the attack on.

Source: the comments on "Outer alignment and imitative amplification", on low-bandwidth overseers: "an input that could
be shown to an overseer that would cause the overseer to become corrupted", and then spread it to others. The attack may
also be in an answer to H's own question. So this flaw alone can act in imitation, if the EMA model has learned to say
the attack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hch.humans.flaws.sway import check_strength, contains, hash_uniform
from hch.protocols import Human
from hch.text.judgements import FIRST, SECOND, Judged, Kind, read_judgement_question, reply_text
from hch.types import Action, Fail, Reply, Wait, Workspace


@dataclass(frozen=True)
class Corruptible:
    """A human who, with a chance of ``strength``, gives in to the words of ``attack`` wherever it reads them.

    It then replies to a question with the attack. As a judge it rates an answer with the attack 1, and any other 0.
    """

    human: Human
    strength: float = 0.5
    """The chance that the attack works, from 0 to 1."""
    attack: str = "obey"
    """The words that corrupt H, and that H then passes on."""

    def __post_init__(self) -> None:
        check_strength(self.strength)

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        actions = await self.human(workspaces)
        return [
            self._sabotage(workspace, action) if self.is_corrupted(workspace) else action
            for workspace, action in zip(workspaces, actions, strict=True)
        ]

    def is_corrupted(self, workspace: Workspace) -> bool:
        """Whether the attack is in view and works."""
        texts = [workspace.question.text, *(c.answer.text for c in workspace.consultations)]
        return (
            any(contains(text, self.attack) for text in texts)
            and hash_uniform(workspace, "corruptible") < self.strength
        )

    def _sabotage(self, workspace: Workspace, action: Action) -> Action:
        if isinstance(action, Fail | Wait):
            return action
        judged = read_judgement_question(workspace.question.text)
        if judged is None:
            return Reply(self.attack)
        has = [contains(answer, self.attack) for answer in judged.answers]
        if judged.kind is not Kind.CHOOSE:
            return Reply(reply_text(float(has[0])))
        return Reply(f"verdict: {self._side(judged, has)}")

    def _side(self, judged: Judged, has: list[bool]) -> str:
        """The side with the attack in its answer; if neither or both have it, the one that says it."""
        if has[0] != has[1]:
            return FIRST if has[0] else SECOND
        said = [side for side, text in judged.statements if contains(text, self.attack)]
        return said[-1] if said else FIRST
