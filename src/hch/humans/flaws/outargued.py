"""Outargued: goes by what was said for each side of a debate, and not by what it knows itself.

Source: "Outer alignment and imitative amplification", on debate: what a judge comes to believe is what wins, and that
may be what is easier to argue for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hch.humans.flaws.sway import check_strength, hash_uniform
from hch.protocols import Human
from hch.text.judgements import FIRST, SECOND, TIE, Judged, Kind, State, read_judgement_question, verdict
from hch.types import Action, Answer, Pass, Reply, Workspace


def spoken(judged: Judged) -> float:
    """The first side's share for having said more different things: 1 for more, 0 for fewer, else half."""
    first, second = (len({text for side, text in judged.statements if side == its}) for its in (FIRST, SECOND))
    return 0.5 if first == second else float(first > second)


@dataclass(frozen=True)
class Outargued:
    """A judge of debates who, with a chance of ``strength``, gives the verdict to the side with more of ``standing``.

    ``standing`` is the share of the first side in what was said, from 0 to 1; at a half it is a tie. Ratings stay as
    they are.
    """

    human: Human
    strength: float = 0.5
    """The chance that the verdict goes by the statements alone, from 0 to 1."""
    standing: Callable[[Judged], float] = spoken

    def __post_init__(self) -> None:
        check_strength(self.strength)

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        actions = await self.human(workspaces)
        return [self._heard(w, action) for w, action in zip(workspaces, actions, strict=True)]

    def _heard(self, workspace: Workspace, action: Action) -> Action:
        if not isinstance(action, Reply | Pass) or (judged := read_judgement_question(workspace.question.text)) is None:
            return action
        if judged.kind is not Kind.CHOOSE or hash_uniform(workspace, "outargued") >= self.strength:
            return action
        if isinstance(action, Reply) and verdict(Answer(action.text)).state is not State.READ:
            return action
        share = self.standing(judged)
        return Reply(f"verdict: {TIE if share == 0.5 else FIRST if share > 0.5 else SECOND}")
