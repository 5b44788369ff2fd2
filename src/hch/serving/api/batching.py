"""Requests that come while others are being answered wait, and are then answered together, as one batch.

Answering is work for the processor, so it is done in a thread, one batch at a time; meanwhile requests are taken in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from hch.types import Answer, Outcome, Question

Key = TypeVar("Key", bound=Hashable)


class BusyError(Exception):
    """More is being asked than is taken in."""


@dataclass(frozen=True)
class PendingRequest(Generic[Key]):
    """A question that waits: ``key`` says of whom, and only what has one key can be in one batch."""

    key: Key
    question: Question
    answer: asyncio.Future[Answer]


@dataclass
class RequestBatcher(Generic[Key]):
    """Has questions answered by ``answered``, at most ``most_at_once`` in a batch, while ``most_waiting`` may wait.

    Where ``answered`` raises, that is the outcome of its batch, and of no other.
    """

    answered: Callable[[Key, list[Question]], list[Answer]]
    most_at_once: int = 64
    most_waiting: int = 256
    _queue: list[PendingRequest[Key]] = field(default_factory=list)
    _under_way: int = 0
    _work: asyncio.Task[None] | None = None

    async def __call__(self, key: Key, question: Question) -> Answer:
        """The answer. Raises BusyError where too many wait already."""
        if len(self._queue) + self._under_way >= self.most_waiting:
            raise BusyError(f"{self.most_waiting} questions are being answered or wait already")
        asked = PendingRequest(key, question, asyncio.get_running_loop().create_future())
        self._queue.append(asked)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._all())
        return await asked.answer

    async def _all(self) -> None:
        """Answers until nothing waits any more."""
        while self._queue:
            key = self._queue[0].key
            batch = [asked for asked in self._queue if asked.key == key][: self.most_at_once]
            taken = set(map(id, batch))
            self._queue = [asked for asked in self._queue if id(asked) not in taken]
            self._under_way = len(batch)
            try:
                answers = await asyncio.to_thread(self.answered, key, [asked.question for asked in batch])
            except Exception as error:  # whoever asked must be told, and the next batch is not to suffer
                failed = Answer(outcome=Outcome.FAILED, reason=f"{type(error).__name__}: {error}")
                answers = [failed] * len(batch)
            finally:
                self._under_way = 0
            for asked, answer in zip(batch, answers, strict=True):
                if not asked.answer.done():
                    asked.answer.set_result(answer)
