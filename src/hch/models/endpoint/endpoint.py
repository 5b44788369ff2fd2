"""A model behind a server with OpenAI's interface, as an Answerer: many questions at once, none paid for twice.

What a server does wrong is an outcome with its reason, never an answer. What it asks to wait for is waited for, as long
as the deadline allows.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import json
import os
import platform
import random
import ssl
import time
import urllib.request
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from hch.models.endpoint.ledger import Ledger, Prices
from hch.models.language.chat import no_end, question_text
from hch.types import Answer, Budget, Outcome, Question


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
        self._known: OrderedDict[bytes, tuple[Answer, float]] = OrderedDict()
        self._asked: dict[bytes, asyncio.Future[Answer | None]] = {}
        self._session: Any = None
        self._users = 0

    def __repr__(self) -> str:
        # It stands in a run's record, by which the run is made again.
        return f"Endpoint({self.settings!r}, role={self.role!r})"

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        answers: dict[int, Answer] = {}
        waiting = iter(enumerate(questions))

        async def work() -> None:
            for place, question in waiting:
                answers[place] = await self._one(question)

        async with self.connect():
            # Not a task for each question: of those there may be a hundred thousand.
            await asyncio.gather(*(work() for _ in range(min(len(questions), self.settings.concurrency))))
        return [answers[place] for place in range(len(questions))]

    async def _one(self, question: Question) -> Answer:
        body = self._body(question)
        sent = json.dumps(body).encode()
        key = self._key(question, sent)
        account = self.ledger.of(self.role)
        while (asked := self._asked.get(key)) is not None:
            if (shared := await asyncio.shield(asked)) is not None:
                account.spared_calls += 1
                return shared
        if key in self._known:
            self._known.move_to_end(key)
            answer, usd = self._known[key]
            account.spared_calls += 1
            account.spared_usd += usd
            return answer
        asked = self._asked[key] = asyncio.get_running_loop().create_future()
        try:
            answer = await self._request(key, body, sent)
            asked.set_result(answer)
        finally:
            del self._asked[key]
            if not asked.done():  # whoever waits for it asks by himself
                asked.set_result(None)
        return answer

    async def _request(self, key: bytes, body: dict[str, Any], sent: bytes) -> Answer:
        settings, account = self.settings, self.ledger.of(self.role)
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
                answer = await self._insist(sent)
            finally:
                self.ledger.release(most)
        if answer.outcome is not Outcome.ANSWERED:
            account.failed += 1
            return answer
        self._known[key] = answer, answer.spent.usd if answer.spent else 0.0
        while len(self._known) > settings.remembered:
            self._known.popitem(last=False)
        return answer

    async def _insist(self, sent: bytes) -> Answer:
        """The server's answer, asked for until the deadline as often as it makes sense."""
        import aiohttp

        settings, account = self.settings, self.ledger.of(self.role)
        end = time.monotonic() + settings.deadline_seconds
        tries, why, wait = 0, "no answer", None
        while (left := end - time.monotonic()) > 0:
            account.calls += 1
            limit = aiohttp.ClientTimeout(total=left)
            try:
                async with self._session.post(f"{settings.url}/chat/completions", data=sent, timeout=limit) as response:
                    content = await response.read()
            except TimeoutError:
                why, wait = "the server took too long", None
            except (aiohttp.ClientError, OSError) as error:
                why, wait = f"the server cannot be reached: {_short(str(error) or type(error).__name__)}", None
            else:
                if response.status < 300:
                    return self._read(content)
                why = f"the server said {response.status}: {_refusal(content)}"
                if response.status not in PASSING:
                    return Answer(outcome=Outcome.FAILED, by=settings.model, reason=why)
                wait = _wait_seconds(response.headers.get("retry-after"))
            tries += 1
            account.retries += 1
            backoff = random.uniform(0.5, 1.0) * min(0.5 * 2**tries, settings.longest_wait_seconds)
            pause = min(backoff if wait is None else wait, settings.longest_wait_seconds)
            if time.monotonic() + pause >= end:
                break
            await asyncio.sleep(pause)
        reason = f"no answer within {settings.deadline_seconds:g} seconds: {why}"
        return Answer(outcome=Outcome.FAILED, by=settings.model, reason=reason)

    def _read(self, said: bytes) -> Answer:
        settings, account = self.settings, self.ledger.of(self.role)
        try:
            completion = COMPLETION.decode(said)
        except msgspec.MsgspecError as error:
            return Answer(outcome=Outcome.FAILED, by=settings.model, reason=f"the server sent no completion: {error}")
        usage = completion.usage or Usage()
        usd = settings.prices.cost(usage.prompt_tokens, usage.completion_tokens)
        account.tokens_read += usage.prompt_tokens
        account.tokens_written += usage.completion_tokens
        account.usd += usd
        spent = Budget(0, 0, 0, 0, usd)
        choice = completion.choices[0] if completion.choices else Choice()
        text = (choice.message.content or "").strip()
        if choice.message.refusal or not text:
            reason = choice.message.refusal or "the server sent no text"
            return Answer(outcome=Outcome.FAILED, by=settings.model, reason=_short(reason), spent=spent)
        if choice.finish_reason == "length":
            reason = no_end(settings.most_tokens)
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
            "temperature": 0.0 if question.sample_index is None else settings.temperature,
        }
        if question.sample_index is not None:
            digest = hashlib.blake2b(f"{question.sample_index} {settings.seed}".encode(), digest_size=4).digest()
            body["seed"] = int.from_bytes(digest, "big") >> 1
        return body

    def _key(self, question: Question, sent: bytes) -> bytes:
        """All that an answer depends on."""
        other = json.dumps([self.settings.url, question.sample_index, self.settings.seed]).encode()
        return hashlib.blake2b(other + sent, digest_size=16).digest()

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[None]:
        """Connections for as long as anybody asks: they belong to an event loop, and nobody would close them later."""
        if not self._users:
            self._slots, self._asked = asyncio.Semaphore(self.settings.concurrency), {}
            self._session = self._open_session()
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                session, self._session = self._session, None
                await session.close()

    def _open_session(self) -> Any:
        """As many connections as calls are under way, kept for the next ones."""
        import aiohttp

        key = os.environ.get(self.settings.key_variable) or "none"
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "User-Agent": "hch"}
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=_tls_context()),
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            # Where proxies are looked for, it is for each call.
            trust_env=any(urllib.request.getproxies().values()),
        )


class Message(msgspec.Struct, frozen=True):
    """What was said."""

    content: str | None = None
    refusal: str | None = None


class Choice(msgspec.Struct, frozen=True):
    """One of the answers that were asked for."""

    message: Message = Message()
    finish_reason: str | None = None


class Usage(msgspec.Struct, frozen=True):
    """What a call took."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class Completion(msgspec.Struct, frozen=True):
    """A server's answer, as far as it is used."""

    choices: list[Choice] = []
    usage: Usage | None = None


COMPLETION = msgspec.json.Decoder(Completion)


@functools.lru_cache(1)
def _tls_context() -> ssl.SSLContext | Literal[True]:
    """Whom connections trust, read once: it takes longer than a call. Where the system is asked, it is by its own."""
    return True if platform.system() in ("Windows", "Darwin") else ssl.create_default_context()


PASSING = (408, 409, 429, 500, 502, 503, 504)
"""What a server says when the same call may well succeed later."""


def _wait_seconds(header: str | None) -> float | None:
    """The seconds that a Retry-After asks for; None where it has none that can be read."""
    try:
        return max(0.0, float(header)) if header is not None else None
    except ValueError:
        import email.utils

        try:
            return max(0.0, email.utils.parsedate_to_datetime(header or "").timestamp() - time.time())
        except ValueError:
            return None


def _refusal(content: bytes) -> str:
    """Why a server refuses, in its own words."""
    try:
        error = msgspec.json.decode(content).get("error")
        return _short(str(error.get("message") if isinstance(error, dict) else error))
    except (msgspec.DecodeError, AttributeError):
        return _short(content.decode(errors="replace"))


def _short(text: str) -> str:
    return " ".join(text.split())[:200]
