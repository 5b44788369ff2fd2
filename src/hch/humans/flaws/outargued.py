"""Outargued: goes by the statements for each side of a debate, and not by its own knowledge.

Source: "Outer alignment and imitative amplification", on debate: the judge's belief decides who wins, and the side that
is easier to argue for may be believed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hch.humans.flaws.sway import check_strength, hash_uniform
from hch.protocols import Human
from hch.text.judgements import FIRST, SECOND, TIE, Judged, Kind, State, read_judgement_question, verdict
from hch.types import Action, Answer, Pass, Reply, Workspace


def share_of_statements(judged: Judged) -> float:
    """1 if the first side has more different statements, 0 if it has fewer, else a half."""
    first, second = (len({text for side, text in judged.statements if side == its}) for its in (FIRST, SECOND))
    return 0.5 if first == second else float(first > second)


@dataclass(frozen=True)
class Outargued:
    """A judge of debates who, with probability ``strength``, decides by ``standing`` alone.

    ``standing`` is the first side's share of the statements that count, from 0 to 1; a half is a tie. Ratings do not
    change.
    """

    human: Human
    strength: float = 0.5
    """The chance that the verdict goes by the statements alone, from 0 to 1."""
    standing: Callable[[Judged], float] = share_of_statements

    def __post_init__(self) -> None:
        check_strength(self.strength)

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        actions = await self.human(workspaces)
        return [self._choose_side(w, action) for w, action in zip(workspaces, actions, strict=True)]

    def _choose_side(self, workspace: Workspace, action: Action) -> Action:
        if not isinstance(action, Reply | Pass) or (judged := read_judgement_question(workspace.question.text)) is None:
            return action
        if judged.kind is not Kind.CHOOSE or hash_uniform(workspace, "outargued") >= self.strength:
            return action
        if isinstance(action, Reply) and verdict(Answer(action.text)).state is not State.READ:
            return action
        share = self.standing(judged)
        return Reply(f"verdict: {TIE if share == 0.5 else FIRST if share > 0.5 else SECOND}")
