"""People who take their time, in memory: they act the next time they are asked, or some time after that."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from hch.people.settings import People, Present
from hch.protocols import Human
from hch.types import Action, Question, Wait, Workspace


class Desk:
    """Workspaces lie on it until somebody acts, who then does what ``human`` does. It outlives whoever asks.

    Each time it is asked, with ``chance``, somebody has meanwhile acted in a workspace that it was shown before.
    Its ``recall`` knows a workspace by its question, so it is for one level of humans, or for questions with budgets.
    """

    def __init__(self, human: Human, chance: float = 1.0, randomness: random.Random | None = None) -> None:
        self.human, self.chance, self.randomness = human, chance, randomness or random.Random(0)
        self.left: dict[Question, Workspace] = {}
        self.ids: dict[Question, str] = {}
        self.seen: set[Workspace] = set()
        self.actions: dict[Workspace, Action] = {}
        self.waiting: set[str] = set()
        """The ids of all in which it has said that nobody has acted, since somebody last cleared this."""
        self.calls = 0

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        self.calls += 1
        for workspace in dict.fromkeys(workspaces):
            open_ = workspace in self.seen and workspace not in self.actions
            if open_ and self.randomness.random() < self.chance:
                (self.actions[workspace],) = await self.human([workspace])
            self.seen.add(workspace)
        return [self.action(workspace) for workspace in workspaces]

    def action(self, workspace: Workspace) -> Action:
        self.left[workspace.question] = workspace
        if workspace in self.actions:
            return self.actions[workspace]
        name = self.ids.setdefault(workspace.question, str(len(self.ids)))
        self.waiting.add(name)
        return Wait((name,))

    async def recall(self, workspaces: Sequence[Workspace], /) -> list[Workspace]:
        return [self.left.get(workspace.question, workspace) for workspace in workspaces]


@dataclass(frozen=True)
class PeopleAt(People):
    """Settings of people who are there already."""

    present: Present | None = None

    def __call__(self, project: str, summary: str) -> Present:  # who is there needs no project
        assert self.present is not None
        return self.present


def people_at(desk: Desk, patience: float = 0.0, poll: float = 0.0) -> PeopleAt:
    return PeopleAt(patience=patience, poll=poll, present=Present(desk, desk.recall))
