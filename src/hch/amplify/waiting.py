"""People take their time: where nobody has acted yet, the caller waits too, and asks again later.

A waiting workspace has not failed. Its state is not kept here but where people act, so the same question, asked again,
resumes there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hch.protocols import Answerer
from hch.types import WAITING, Answer, Question, Wait

MOST_LISTED = 12
"""How many workspaces a message names."""


def find_pending(answers: Iterable[Answer]) -> Wait | None:
    """The workspaces that these answers wait for, each id once and in order; None where all answers have come."""
    missing = [answer for answer in answers if answer.outcome is WAITING]
    if not missing:
        return None
    return Wait(tuple(dict.fromkeys(workspace_id for answer in missing for workspace_id in answer.waits_for)))


def list_ids(waits_for: Sequence[str]) -> str:
    """The ids for people to read: the first ones, if there are many."""
    shown = ", ".join(waits_for[:MOST_LISTED])
    return f"{shown} …" if len(waits_for) > MOST_LISTED else shown


class Waiting(Exception):  # noqa: N818  # nothing went wrong
    """There is no answer yet: people have to act first, in the workspaces with the ids in ``waits_for``."""

    def __init__(self, waits_for: tuple[str, ...]) -> None:
        super().__init__(waits_for)
        self.waits_for = waits_for

    def __str__(self) -> str:
        return f"waits for {list_ids(self.waits_for)}"


@dataclass(frozen=True)
class Finished:
    """The answerer, with all answers or none: raises Waiting if one has not come yet.

    So callers need not know about people who take hours, and never see a waiting answer.
    """

    answerer: Answerer

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        answers = await self.answerer(questions)
        if (wait := find_pending(answers)) is not None:
            raise Waiting(wait.waits_for)
        return answers
