"""A workspace's budget gone through again: what each round was granted, what it cost, and so what must be left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row

from hch.amplify.workspace import add_round, grant_questions
from hch.people.store.content import answer_from, budget_from
from hch.types import Answer, Ask, Budget, Question, Workspace

COUNTED = ("depth", "consultations", "words", "usd")
"""Seconds aside: how long people waited is known only from the budget that was left."""


def replay(row: Row[Any], rounds: Sequence[Sequence[Row[Any]]]) -> Iterator[str]:
    """What is wrong with the budgets in a workspace, from the consultations of each of its rounds."""
    workspace = Workspace(Question(""), (), budget_from(row.begun))
    for number, asked in enumerate(rounds):
        shares = grant_questions(workspace, Ask(("",) * len(asked)))
        if isinstance(shares, Answer):
            yield f"round {number} was asked, and there was {shares.reason}"
            return
        for share, each in zip(shares, asked, strict=True):
            if not _same(share.budget, budget_from(each.granted)):
                yield f"what was asked in round {number}, place {each.place}, was not granted its share"
        answers = [answer_from(each.answer) for each in asked if each.answer is not None]
        if number < row.rounds and len(answers) == len(asked):
            workspace = add_round(workspace, shares, answers, 0.0)
    if not _same(workspace.budget, budget_from(row.budget)):
        yield f"{_in_words(budget_from(row.budget))} left, and there should be {_in_words(workspace.budget)}"


def _same(one: Budget | None, other: Budget | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(_close(getattr(one, name), getattr(other, name)) for name in COUNTED)


def _close(one: float, other: float) -> bool:
    return one == other or abs(one - other) <= 1e-9 * max(1.0, abs(one))


def _in_words(budget: Budget | None) -> str:
    if budget is None:
        return "no budget"
    return ", ".join(f"{getattr(budget, name):g} {name}" for name in COUNTED)
