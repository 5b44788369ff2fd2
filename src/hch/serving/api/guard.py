"""What stands before every request: the names it answers to, the key where there is one, and how much is taken in."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hch.serving.api.errors import RequestError
from hch.serving.hosts import MEGABYTE, announces_more, host_name, limit_body


class TooLargeError(RequestError):
    """More was sent than is taken in."""

    def __init__(self, most: int) -> None:
        super().__init__(f"at most {most // MEGABYTE} MB are taken in at once", 413)


@dataclass(frozen=True)
class Guard:
    """Refuses foreign names, missing keys and bodies that are too large.

    A page elsewhere could make a browser call this server, so that only known ``hosts`` are answered, JSON is said to
    be JSON, and nothing tells a browser that other pages may read it. ``key`` is empty where nobody needs one.
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

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update({"x-content-type-options": "nosniff", "cache-control": "no-store"})
            await send(message)

        try:
            self._check(Headers(scope=scope), scope["method"])
        except RequestError as error:
            await error.response(scope, receive, guarded)
            return
        await self.app(scope, limit_body(receive, self.most_bytes, TooLargeError), guarded)

    def _check(self, headers: Headers, method: str) -> None:
        """Raises RequestError where the headers alone say that nothing can come of it."""
        if host_name(headers.get("host", "")) not in self.hosts:
            raise RequestError("this server does not go by that name; hch serve … --name NAME adds names", 421)
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if self.key and not (scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), self.key.encode())):
            said = "the key is missing" if not given else "the key is wrong"
            challenge = {"www-authenticate": "Bearer"}
            raise RequestError(f"{said}: send it as “Authorization: Bearer KEY”", 401, code="invalid_api_key",
                               headers=challenge)  # fmt: skip
        if announces_more(headers.get("content-length", ""), self.most_bytes):
            raise TooLargeError(self.most_bytes)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if method == "POST" and kind != "application/json":
            raise RequestError("the body is JSON, and its content-type says so: application/json", 415)
