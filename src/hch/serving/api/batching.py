"""Requests that come while others are being answered wait, and are then answered together, as one batch.

Answering is work for the processor, so it is done in a thread, one batch at a time; meanwhile requests are received.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from hch.types import Answer, Outcome, Question

Key = TypeVar("Key", bound=Hashable)


class BusyError(Exception):
    """Too many questions wait already."""


@dataclass(frozen=True)
class PendingRequest(Generic[Key]):
    """A question that waits for ``answer``. Only requests with equal keys can share a batch."""

    key: Key
    question: Question
    answer: asyncio.Future[Answer]


@dataclass
class RequestBatcher(Generic[Key]):
    """Has questions answered by ``answer_batch``, at most ``most_at_once`` in a batch, while ``most_waiting`` may wait.

    An exception of ``answer_batch`` fails its batch, and no other.
    """

    answer_batch: Callable[[Key, list[Question]], list[Answer]]
    most_at_once: int = 64
    most_waiting: int = 256
    _queue: list[PendingRequest[Key]] = field(default_factory=list)
    _in_batch: int = 0
    _worker: asyncio.Task[None] | None = None

    async def __call__(self, key: Key, question: Question) -> Answer:
        """The answer. Raises BusyError if too many questions wait already."""
        if len(self._queue) + self._in_batch >= self.most_waiting:
            raise BusyError(f"{self.most_waiting} questions are being answered or wait already")
        request = PendingRequest(key, question, asyncio.get_running_loop().create_future())
        self._queue.append(request)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await request.answer

    async def _work(self) -> None:
        """Answers until the queue is empty."""
        while self._queue:
            key = self._queue[0].key
            batch = [request for request in self._queue if request.key == key][: self.most_at_once]
            in_batch = set(map(id, batch))
            self._queue = [request for request in self._queue if id(request) not in in_batch]
            self._in_batch = len(batch)
            try:
                answers = await asyncio.to_thread(self.answer_batch, key, [request.question for request in batch])
            except Exception as error:  # the clients must be told, and the next batch must not suffer
                failure = Answer(outcome=Outcome.FAILED, reason=f"{type(error).__name__}: {error}")
                answers = [failure] * len(batch)
            finally:
                self._in_batch = 0
            for request, answer in zip(batch, answers, strict=True):
                if not request.answer.done():  # its client may have hung up
                    request.answer.set_result(answer)
