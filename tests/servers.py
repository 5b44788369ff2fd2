"""A server with OpenAI's interface for tests, on a free port of this machine, that does what a test tells it to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Reply = Callable[[dict[str, Any], int], Response]


def completion(
    text: str | None, *, finish: str = "stop", read: int = 10, written: int = 5, refusal: str | None = None
) -> Response:
    """A completion."""
    message = {"role": "assistant", "content": text, "refusal": refusal}
    return JSONResponse(
        {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": "test",
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written},
        }
    )


def refusal(status: int, **headers: str) -> Response:
    """An error as such servers send it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"error": {"message": f"error {status}", "type": "test"}}, status, headers=named)


@dataclass
class Server:
    """What it was asked, and how many requests were under way at once at most."""

    reply: Reply
    latency_seconds: float = 0.0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    most_at_once: int = 0
    url: str = ""
    _now: int = 0

    async def complete(self, request: Request) -> Response:
        body = await request.json()
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        self.times.append(time.monotonic())
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            await asyncio.sleep(self.latency_seconds)
            return self.reply(body, len(self.bodies))
        finally:
            self._now -= 1


@contextlib.contextmanager
def serving(application: Any) -> Iterator[str]:
    """An application on a free port of this machine, in a thread; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(
        application, "127.0.0.1", port, log_level="error", lifespan="on", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    application.state.ending = lambda: server.should_exit
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server ended before it began"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextlib.contextmanager
def completions(reply: Reply, latency_seconds: float = 0.0) -> Iterator[Server]:
    """A server of chat completions."""
    made = Server(reply, latency_seconds)
    application = Starlette(routes=[Route("/v1/chat/completions", made.complete, methods=["POST"])])
    with serving(application) as address:
        made.url = f"{address}/v1"
        yield made
