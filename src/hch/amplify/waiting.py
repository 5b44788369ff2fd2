"""People take their time: where nobody has acted yet, whoever asked waits too, and asks again later.

A workspace that waits is not failed, and nothing of it is kept here: people's actions are kept where they were made,
so the same question, asked again, goes on where it was left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hch.protocols import Answerer
from hch.types import WAITING, Answer, Question, Wait

MOST_LISTED = 12
"""How many workspaces are named where people read of it."""


def find_pending(answers: Iterable[Answer]) -> Wait | None:
    """What whoever asked for these answers has to wait for, each id once and in order; None where all have come."""
    missing = [answer for answer in answers if answer.outcome is WAITING]
    if not missing:
        return None
    return Wait(tuple(dict.fromkeys(each for answer in missing for each in answer.waits_for)))


def list_ids(waits_for: Sequence[str]) -> str:
    """The ids for people to read; of many, the first."""
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
    """The answerer, but with all answers or none. Raises Waiting if one is not there yet.

    So whoever asks need not know that people take hours, and never sees an answer that is only half there.
    """

    answerer: Answerer

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        answers = await self.answerer(questions)
        if (wait := find_pending(answers)) is not None:
            raise Waiting(wait.waits_for)
        return answers
