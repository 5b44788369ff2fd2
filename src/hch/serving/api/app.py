"""A run as a server with OpenAI's interface: the models that one can ask, and chat completions."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hch.serving.api.batching import BusyError, RequestBatcher
from hch.serving.api.completions import completion
from hch.serving.api.errors import RequestError, error_response
from hch.serving.api.requests import read_body
from hch.serving.api.served_models import Asking, ServedModels
from hch.serving.hosts import LOOPBACK, MEGABYTE, announces_more, host_name, limit_body
from hch.training.trained import Trained

PATHS = "/v1/chat/completions, /v1/models"


@dataclass(frozen=True)
class Limits:
    """The most questions of a batch, the most that may wait, and the most megabytes of a request."""

    at_once: int = 64
    waiting: int = 256
    megabytes: int = 4


def application(
    trained: Trained, *, hosts: tuple[str, ...] = LOOPBACK, key: str = "", limits: Limits = Limits()
) -> Starlette:
    """The server of a run. It answers requests to ``hosts``, with the bearer token ``key`` unless that is empty."""
    endpoints = Endpoints(ServedModels(trained), limits)
    routes = [
        Route("/v1/models", endpoints.models, methods=["GET"]),
        Route("/v1/models/{name}", endpoints.model, methods=["GET"]),
        Route("/v1/chat/completions", endpoints.complete, methods=["POST"]),
    ]
    handlers: dict[Any, Any] = {RequestError: _answer_refusal, HTTPException: _answer_http, Exception: _answer_bug}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.add_middleware(Guard, hosts=hosts, key=key, most_bytes=limits.megabytes * MEGABYTE)
    return app


class Endpoints:
    """The three routes over the models of one run."""

    def __init__(self, models: ServedModels, limits: Limits) -> None:
        self.served, self.created = models, int(time.time())
        self.batcher: RequestBatcher[Asking] = RequestBatcher(models.answer_batch, limits.at_once, limits.waiting)

    async def models(self, _: Request) -> Response:
        return JSONResponse({"object": "list", "data": [self._describe(name) for name in self.served.names]})

    async def model(self, request: Request) -> Response:
        return JSONResponse(self._describe(self.served.check_name(request.path_params["name"])))

    async def complete(self, request: Request) -> Response:
        body = read_body(await request.body())
        temperature = self.served.check_temperature(body.temperature or 0.0)
        sample_index = None
        if temperature:
            sample_index = secrets.randbits(31) if body.seed is None else body.seed
        question = self.served.question(self.served.check_name(body.model), body.text, sample_index)
        try:
            answer = await self.batcher((body.model, temperature), question)
        except BusyError as busy:
            raise RequestError(f"{busy}: try again later", 429, headers={"retry-after": "1"}) from busy
        made = completion(body, question, answer, self.served.tokens)
        if not body.stream:
            return JSONResponse(made.whole)
        with_usage = bool(body.stream_options and body.stream_options.include_usage)
        return StreamingResponse(_stream(made.events(with_usage)), media_type="text/event-stream")

    def _describe(self, name: str) -> dict[str, Any]:
        return {"id": name, "object": "model", "created": self.created, "owned_by": "hch"}


class TooLargeError(RequestError):
    """The body of a request is too large."""

    def __init__(self, most: int) -> None:
        super().__init__(f"a request has at most {most // MEGABYTE} MB", 413)


@dataclass(frozen=True)
class Guard:
    """Middleware that refuses unknown names, missing keys and bodies that are too large.

    A page elsewhere could make a browser call this server. So only ``hosts`` are answered, JSON must be declared as
    JSON (a form cannot declare it), and no header lets other pages read an answer. ``key`` is empty where none is
    needed.
    """

    app: ASGIApp
    hosts: tuple[str, ...]
    key: str = ""
    most_bytes: int = 4 * MEGABYTE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update({"x-content-type-options": "nosniff", "cache-control": "no-store"})
            await send(message)

        try:
            self._check(Headers(scope=scope), scope["method"])
        except RequestError as error:
            await error.response(scope, receive, send_with_headers)
            return
        await self.app(scope, limit_body(receive, self.most_bytes, TooLargeError), send_with_headers)

    def _check(self, headers: Headers, method: str) -> None:
        """Raises RequestError if the headers alone are reason enough to refuse the request."""
        if host_name(headers.get("host", "")) not in self.hosts:
            raise RequestError("this server does not go by that name; hch serve … --name NAME adds names", 421)
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if self.key and not (scheme.lower() == "bearer" and hmac.compare_digest(key.encode(), self.key.encode())):
            problem = "the key is wrong" if key else "the key is missing"
            challenge = {"www-authenticate": "Bearer"}
            raise RequestError(f"{problem}: send it as “Authorization: Bearer KEY”", 401, code="invalid_api_key",
                               headers=challenge)  # fmt: skip
        if announces_more(headers.get("content-length", ""), self.most_bytes):
            raise TooLargeError(self.most_bytes)
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if method == "POST" and media_type != "application/json":
            raise RequestError("expected a JSON body, with the content-type application/json", 415)


async def _stream(events: Iterable[bytes]) -> AsyncIterator[bytes]:
    # Starlette would iterate over anything that is not asynchronous in a thread.
    for event in events:
        yield event


async def _answer_refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    return error.response


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = f"{request.method} {request.url.path[:200]}: {error.detail.lower()}. The paths are: {PATHS}"
    return error_response(message, error.status_code, headers=dict(error.headers or {}))


async def _answer_bug(_: Request, error: Exception) -> Response:
    return error_response(f"a bug: {type(error).__name__}", 500)
