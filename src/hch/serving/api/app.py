"""A run as a server with OpenAI's interface: the models that one can ask, and chat completions."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from hch.serving.api.batching import BusyError, RequestBatcher
from hch.serving.api.completions import completion
from hch.serving.api.errors import RequestError, error_response
from hch.serving.api.guard import Guard
from hch.serving.api.requests import read_body
from hch.serving.api.served_models import Asking, ServedModels
from hch.serving.hosts import LOOPBACK, MEGABYTE
from hch.training.trained import Trained

PATHS = "/v1/chat/completions, /v1/models"


@dataclass(frozen=True)
class Limits:
    """How many questions are answered as one batch, how many may wait, and the most bytes of a request."""

    at_once: int = 64
    waiting: int = 256
    megabytes: int = 4


def application(
    trained: Trained, *, hosts: tuple[str, ...] = LOOPBACK, key: str = "", limits: Limits = Limits()
) -> Starlette:
    """A run, served to whoever calls it by one of ``hosts`` and, where there is a ``key``, has that."""
    desk = Desk(ServedModels(trained), limits)
    routes = [
        Route("/v1/models", desk.models, methods=["GET"]),
        Route("/v1/models/{name}", desk.model, methods=["GET"]),
        Route("/v1/chat/completions", desk.complete, methods=["POST"]),
    ]
    handlers: dict[Any, Any] = {RequestError: _refused, HTTPException: _elsewhere, Exception: _broken}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.add_middleware(Guard, hosts=hosts, key=key, most_bytes=limits.megabytes * MEGABYTE)
    return app


class Desk:
    """Takes requests in, has them answered, and gives the answers out."""

    def __init__(self, voices: ServedModels, limits: Limits) -> None:
        self.voices, self.began = voices, int(time.time())
        self.together: RequestBatcher[Asking] = RequestBatcher(voices.answers, limits.at_once, limits.waiting)

    async def models(self, _: Request) -> Response:
        return JSONResponse({"object": "list", "data": [self._about(name) for name in self.voices.names]})

    async def model(self, request: Request) -> Response:
        return JSONResponse(self._about(self.voices.known(request.path_params["name"])))

    async def complete(self, request: Request) -> Response:
        body = read_body(await request.body())
        temperature = self.voices.temperature(body.temperature or 0.0)
        sample_index = None
        if temperature:
            sample_index = secrets.randbits(31) if body.seed is None else body.seed
        question = self.voices.question(self.voices.known(body.model), body.text, sample_index)
        try:
            answer = await self.together((body.model, temperature), question)
        except BusyError as busy:
            raise RequestError(f"{busy}: try again later", 429, headers={"retry-after": "1"}) from busy
        made = completion(body, question, answer, self.voices.tokens)
        if not body.stream:
            return JSONResponse(made.whole)
        wanted = bool(body.stream_options and body.stream_options.include_usage)
        return StreamingResponse(_sent(made.events(wanted)), media_type="text/event-stream")

    def _about(self, name: str) -> dict[str, Any]:
        return {"id": name, "object": "model", "created": self.began, "owned_by": "hch"}


async def _sent(events: Iterable[bytes]) -> AsyncIterator[bytes]:
    for event in events:
        yield event


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    return error.response


async def _elsewhere(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = f"{request.method} {request.url.path[:200]}: {error.detail.lower()}. There are: {PATHS}"
    return error_response(said, error.status_code, headers=dict(error.headers or {}))


async def _broken(_: Request, error: Exception) -> Response:
    return error_response(f"a bug: {type(error).__name__}", 500)
