"""Real people as H: their workspaces wait in a store until somebody acts in them.

``Person`` is the human and ``Recorded`` its recall. Between two calls nothing is kept in memory: a process may end, and
whoever asks the same question again, from wherever, goes on with what people have done meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hch.people.store.answers import Waiting, answer_waiting
from hch.people.store.database import StoreError, open_shared_store
from hch.people.store.items import CANCELLED, CONSULTING, Item, action_arguments, load_items
from hch.people.store.posting import post, workspace_key, workspaces_with
from hch.people.store.projects import Project, Rules, find_project, make_project
from hch.types import Action, Ask, Fail, Outcome, Pass, Reply, Wait, Workspace


@dataclass(frozen=True)
class Person:
    """A human who is whoever works on a project's questions. Says Wait where nobody has acted yet.

    ``store`` is the store's URL, or empty for the default store. Where people answer each other's questions, a budget
    must say how deep: ``HCH(Person(store, project), None, budget=rules.budget)``.

    Raises StoreError where the project is missing.
    """

    store: str = ""
    project: str = ""

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        def act() -> list[Action]:
            store = open_shared_store(self.store)
            # Mostly there is nothing to write, and who only reads holds up nobody.
            actions = store.read(_read_actions, self.project, workspaces)
            return store.write(_post_and_read_actions, self.project, workspaces) if actions is None else actions

        return await asyncio.to_thread(act)


@dataclass(frozen=True)
class Recorded:
    """The recall of a project: its workspaces with the answers that people have been shown there."""

    store: str = ""
    project: str = ""

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Workspace]:
        def recall(connection: Connection) -> list[Workspace]:
            items = _items(connection, _project(connection, self.project), workspaces)
            return [_restore(workspace, item) for workspace, item in zip(workspaces, items, strict=True)]

        return await asyncio.to_thread(lambda: open_shared_store(self.store).read(recall))


def prepare_project(store: str, name: str, rules: Rules) -> None:
    """Makes the project, unless it is there."""

    def work(connection: Connection) -> None:
        if find_project(connection, name) is None:
            make_project(connection, name, rules, time.time())

    open_shared_store(store).write(work)


def _project(connection: Connection, name: str) -> Project:
    project = find_project(connection, name)
    if project is None:
        raise StoreError(f"the store has no project “{name}”")
    return project


def _read_actions(connection: Connection, name: str, workspaces: Sequence[Workspace]) -> list[Action] | None:
    """The actions of people in each workspace; None where something has to be written down first."""
    project = _project(connection, name)
    if project.rules.other_side == "people" and any(workspace.budget is None for workspace in workspaces):
        return [Fail("people who ask each other need a budget that says how deep they may")] * len(workspaces)
    items = _items(connection, project, workspaces)
    if any(_must_be_written(workspace, item) for workspace, item in zip(workspaces, items, strict=True)):
        return None
    return [_action(workspace, item) for workspace, item in zip(workspaces, items, strict=True)]


def _post_and_read_actions(connection: Connection, name: str, workspaces: Sequence[Workspace]) -> list[Action]:
    """As ``_read_actions``, after new workspaces are put before people and new answers before those who asked."""
    project, now = _project(connection, name), time.time()
    for root in (True, False):
        new = [w for w in workspaces if (w.question.budget is None) == root]
        post(connection, project, [w.question for w in new], now, budgets=[w.budget for w in new], root=root)
    for workspace, item in zip(workspaces, _items(connection, project, workspaces), strict=True):
        if item is not None and _has_news(workspace, item):
            _take_answers(connection, workspace, item, now)
    actions = _read_actions(connection, name, workspaces)
    assert actions is not None, "all has been written down"
    return actions


def _must_be_written(workspace: Workspace, item: Item | None) -> bool:
    return item is None or item.state == CANCELLED or _has_news(workspace, item)


def _has_news(workspace: Workspace, item: Item) -> bool:
    """Whether the workspace has answers that the one in the store still waits for."""
    return item.state == CONSULTING and len(workspace.rounds) > len(item.workspace.rounds)


def _take_answers(connection: Connection, workspace: Workspace, item: Item, now: float) -> None:
    """Writes down the answers to the newest questions, so that people see them."""
    number = len(item.workspace.rounds)
    for pending, consultation in zip(item.pending, workspace.rounds[number], strict=True):
        if pending.answer is None:
            place = Waiting(item.id, number, pending.place, pending.question)
            answer_waiting(connection, place, consultation.answer, now)


def _action(workspace: Workspace, item: Item | None) -> Action:
    assert item is not None, "every workspace has been posted"
    number = len(workspace.rounds)
    if number < len(item.workspace.rounds):
        return Ask(*action_arguments(item, [consultation.question for consultation in item.workspace.rounds[number]]))
    if item.state == CONSULTING:
        return Ask(*action_arguments(item, [pending.question for pending in item.pending]))
    if item.state == Outcome.ANSWERED:
        return Reply(item.text)
    if item.state == Outcome.PASSED:
        return Pass(item.reason)
    if item.ended:
        return Fail(item.reason)
    return Wait((str(item.id),))


def _restore(workspace: Workspace, item: Item | None) -> Workspace:
    if item is None or not item.workspace.rounds:
        return workspace
    return Workspace(workspace.question, item.workspace.rounds, item.workspace.budget, workspace.stash)


def _items(connection: Connection, project: Project, workspaces: Sequence[Workspace]) -> list[Item | None]:
    keys = [workspace_key(workspace.question) for workspace in workspaces]
    numbers = workspaces_with(connection, project.id, keys)
    items = {item.key: item for item in load_items(connection, list(numbers.values()), trees=True)}
    return [items.get(key) for key in keys]
