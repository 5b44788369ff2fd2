"""A model behind a server with OpenAI's interface, as an Answerer: many questions at once, none paid for twice.

What a server does wrong is an outcome with its reason, never an answer. What it asks to wait for is waited for, as long
as the deadline allows.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import random
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from hch.budget import Budget
from hch.models.chat import question_text
from hch.models.ledger import Ledger, Prices
from hch.types import Answer, Outcome, Question


@dataclass(frozen=True)
class EndpointSettings:
    """Which server and model, and how it is asked.

    ``url`` ends in ``/v1`` as a rule. The key is read from the environment variable ``key_variable``, and written down
    nowhere. At most ``concurrency`` calls are under way; each has ``deadline_seconds`` in all, its retries included,
    and never waits longer than ``longest_wait_seconds`` at once. A drawn answer has this ``temperature``, any other 0.
    """

    url: str = "http://127.0.0.1:8080/v1"
    model: str = "model"
    system: str = ""
    key_variable: str = "OPENAI_API_KEY"
    concurrency: int = 64
    deadline_seconds: float = 120.0
    longest_wait_seconds: float = 30.0
    most_tokens: int = 256
    temperature: float = 1.0
    seed: int = 0
    remembered: int = 100_000
    prices: Prices = field(default_factory=Prices)


class Endpoint:
    """Answers by asking a server. ``role`` says in the ledger whose calls these are.

    The same question is asked once, also while it is being asked. A call that the ledger cannot pay for is not made,
    and its outcome says so.
    """

    def __init__(self, settings: EndpointSettings, ledger: Ledger | None = None, role: str = "model") -> None:
        self.settings, self.role = settings, role
        self.ledger = ledger or Ledger()
        self._known: OrderedDict[str, tuple[Answer, float]] = OrderedDict()
        self._asked: dict[str, asyncio.Task[Answer]] = {}
        self._client: Any = None
        self._users = 0

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        async with self._connected():
            return list(await asyncio.gather(*(self._one(question) for question in questions)))

    async def _one(self, question: Question) -> Answer:
        key = self._key(question)
        if key in self._known:
            self._known.move_to_end(key)
            answer, usd = self._known[key]
            account = self.ledger.of(self.role)
            account.spared_calls += 1
            account.spared_usd += usd
            return answer
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(self._asked_for(key, question))
            task.add_done_callback(lambda _: self._asked.pop(key, None))
        else:
            self.ledger.of(self.role).spared_calls += 1
        return await asyncio.shield(task)

    async def _asked_for(self, key: str, question: Question) -> Answer:
        settings, account = self.settings, self.ledger.of(self.role)
        body = self._body(question)
        # No token is shorter than a byte, so this is the most that the call can cost.
        longest = len(json.dumps(body["messages"]).encode())
        most = settings.prices.cost(longest, settings.most_tokens)
        async with self._slots:
            if not self.ledger.reserve(most):
                reason = (
                    f"the next call could cost ${most:.4f}, and ${self.ledger.most_usd - self.ledger.usd:.4f} is left"
                )
                return Answer(outcome=Outcome.OUT_OF_BUDGET, by=settings.model, reason=reason)
            try:
                answer = await self._insist(body)
            finally:
                self.ledger.release(most)
        if answer.outcome is not Outcome.ANSWERED:
            account.failed += 1
            return answer
        self._known[key] = answer, answer.spent.usd if answer.spent else 0.0
        while len(self._known) > settings.remembered:
            self._known.popitem(last=False)
        return answer

    async def _insist(self, body: dict[str, Any]) -> Answer:
        """The server's answer, asked for until the deadline as often as it makes sense."""
        import openai

        settings, account = self.settings, self.ledger.of(self.role)
        end = time.monotonic() + settings.deadline_seconds
        tries, why = 0, "no answer"
        while (left := end - time.monotonic()) > 0:
            try:
                account.calls += 1
                return self._read(await self._client.chat.completions.create(**body, timeout=left))
            except openai.APIStatusError as error:
                why = f"the server said {error.status_code}: {_short(error.message)}"
                if error.status_code not in PASSING:
                    return Answer(outcome=Outcome.FAILED, by=settings.model, reason=why)
                wait = _asked_to_wait(error.response.headers.get("retry-after"))
            except openai.APIConnectionError as error:
                why, wait = f"the server cannot be reached: {_short(str(error))}", None
            tries += 1
            account.retries += 1
            backoff = random.uniform(0.5, 1.0) * min(0.5 * 2**tries, settings.longest_wait_seconds)
            pause = min(backoff if wait is None else wait, settings.longest_wait_seconds)
            if time.monotonic() + pause >= end:
                break
            await asyncio.sleep(pause)
        reason = f"no answer within {settings.deadline_seconds:g} seconds: {why}"
        return Answer(outcome=Outcome.FAILED, by=settings.model, reason=reason)

    def _read(self, completion: Any) -> Answer:
        settings, account = self.settings, self.ledger.of(self.role)
        usage = completion.usage
        read, written = (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)
        usd = settings.prices.cost(read, written)
        account.tokens_read += read
        account.tokens_written += written
        account.usd += usd
        spent = Budget(0, 0, 0, 0, usd)
        choice = completion.choices[0] if completion.choices else None
        text = (choice.message.content or "").strip() if choice is not None else ""
        if choice is None or choice.message.refusal or not text:
            reason = (choice and choice.message.refusal) or "the server sent no text"
            return Answer(outcome=Outcome.FAILED, by=settings.model, reason=_short(reason), spent=spent)
        if choice.finish_reason == "length":
            reason = f"no end after {settings.most_tokens} tokens"
            return Answer(outcome=Outcome.FAILED, by=settings.model, reason=reason, spent=spent)
        spent = Budget(0, 0, len(text.split()), 0, usd)
        return Answer(text, by=settings.model, spent=spent)

    def _body(self, question: Question) -> dict[str, Any]:
        settings = self.settings
        system = [{"role": "system", "content": settings.system}] if settings.system else []
        body: dict[str, Any] = {
            "model": settings.model,
            "messages": [*system, {"role": "user", "content": question_text(question)}],
            "max_completion_tokens": settings.most_tokens,
            "temperature": 0.0 if question.draw is None else settings.temperature,
        }
        if question.draw is not None:
            digest = hashlib.blake2b(f"{question.draw} {settings.seed}".encode(), digest_size=4).digest()
            body["seed"] = int.from_bytes(digest, "big") >> 1
        return body

    def _key(self, question: Question) -> str:
        """All that an answer depends on."""
        settings = self.settings
        parts = [settings.url, self._body(question), question.draw, settings.seed]
        return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[None]:
        """Connections for as long as anybody asks: they belong to an event loop, and nobody would close them later."""
        import openai

        settings = self.settings
        if not self._users:
            key = os.environ.get(settings.key_variable) or "none"
            self._client = openai.AsyncOpenAI(base_url=settings.url, api_key=key, max_retries=0)
            self._slots, self._asked = asyncio.Semaphore(settings.concurrency), {}
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                for task in list(self._asked.values()):  # left by one who was cancelled
                    task.cancel()
                await self._client.close()


PASSING = (408, 409, 429, 500, 502, 503, 504)
"""What a server says when the same call may well succeed later."""


def _asked_to_wait(header: str | None) -> float | None:
    """The seconds that a Retry-After asks for; None where it has none that can be read."""
    try:
        return max(0.0, float(header)) if header is not None else None
    except ValueError:
        import email.utils

        try:
            return max(0.0, email.utils.parsedate_to_datetime(header or "").timestamp() - time.time())
        except ValueError:
            return None


def _short(text: str) -> str:
    return " ".join(text.split())[:200]
