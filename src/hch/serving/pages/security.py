"""What protects the pages: known host names, bounded bodies, response headers, CSRF tokens and rate limits."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from throttled import Throttled
from throttled.rate_limiter import per_min
from throttled.store import MemoryStore

from hch.serving.hosts import MEGABYTE, announces_more, host_name, limit_body
from hch.serving.pages.sessions import session_of
from hch.serving.pages.settings import Pace, Settings

MOST_BYTES = 2 * MEGABYTE
MOST_UPLOAD_BYTES = 20 * MEGABYTE
MOST_IGNORED_BYTES = 200 * MEGABYTE
UPLOADS = ("/projects/",)
"""Paths that files may be sent to."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
HTTPS_HEADERS = {"strict-transport-security": "max-age=31536000"}

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
CSRF_HEADER, CSRF_FIELD = "x-csrf-token", "csrf_token"
MOST_KEYS = 10_000
"""Keys that a rate limit remembers; beyond that it forgets those that were not used for longest."""


class TooLargeError(HTTPException):
    """The body of a request is too large."""

    def __init__(self, most: int) -> None:
        super().__init__(413, f"At most {most // MEGABYTE} MB can be sent at once.")


class ForgedRequestError(Exception):
    """The request has no CSRF token, or another session's."""


class TooOftenError(Exception):
    """A rate limit is exceeded; the next attempt counts in ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.0f} seconds")
        self.seconds = seconds


class Guard:
    """Middleware that refuses unknown host names and bodies that are too large, and adds headers to each response."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.hosts = app, settings.hosts
        self.headers = {**HEADERS, **(HTTPS_HEADERS if settings.secure_cookies else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                response_headers = MutableHeaders(scope=message)
                response_headers.update(self.headers)
                response_headers.setdefault("cache-control", "no-store")
            await send(message)

        if "*" not in self.hosts and host_name(headers.get("host", "")) not in self.hosts:
            text = "This server does not go by that name. Whoever runs it can add names: hch serve --name NAME\n"
            await PlainTextResponse(text, 421)(scope, receive, send_with_headers)
            return
        most = MOST_UPLOAD_BYTES if scope["path"].startswith(UPLOADS) else MOST_BYTES
        if announces_more(headers.get("content-length", ""), most):
            await _drain(receive)
            # The answer is a page, which needs the session: errors.Failsafe makes it.
            scope.setdefault("state", {})["refused"] = TooLargeError(most)
        await self.app(scope, limit_body(receive, most, TooLargeError), send_with_headers)


async def _drain(receive: Receive) -> None:
    """Receives a body and forgets it: browsers show no answer to a request that they could not send to its end."""
    left = MOST_IGNORED_BYTES
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return


async def check_csrf(request: Request) -> AsyncIterator[None]:
    """A dependency of every route. Raises ForgedRequestError if a change comes without the session's token."""
    try:
        if request.method not in SAFE_METHODS:
            await _check_token(request)
        yield
    finally:
        await request.close()  # and with it the files that a form has brought


async def _check_token(request: Request) -> None:
    # Browsers say which site a request comes from. Clients that do not are known by the token alone.
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForgedRequestError
    token = request.headers.get(CSRF_HEADER)
    if token is None and "form" in request.headers.get("content-type", ""):
        field = (await request.form()).get(CSRF_FIELD)
        token = field if isinstance(field, str) else None
    if token is None or not hmac.compare_digest(token.encode(), session_of(request).csrf.encode()):
        raise ForgedRequestError


class RateLimits:
    """The rate limits of an application. They are in memory, for one process: a restart forgets."""

    def __init__(self, pace: Pace) -> None:
        self._by_address, self._by_name, self._requests = map(
            _rate_limit, (pace.attempts_by_address, pace.attempts_by_name, pace.requests)
        )

    def count_attempt(self, address: str, name: str = "") -> None:
        """Counts an attempt to come in, under a name if one is given. Raises TooOftenError."""
        _count(self._by_address, address)
        if name.strip():
            # As the store finds people: however it is spelled, it is one name.
            _count(self._by_name, " ".join(name.split()).casefold())

    def count_request(self, session: str) -> None:
        """Counts a request of a session. Raises TooOftenError."""
        _count(self._requests, session)


async def check_rate(request: Request) -> None:
    """A dependency of every route. Raises TooOftenError if a session makes more requests than a person would."""
    person = session_of(request).person
    request.app.state.limits.count_request(f"from {address_of(request)}" if person is None else f"by {person}")


def address_of(request: Request) -> str:
    """The network address that a request comes from."""
    return request.client.host if request.client else "unknown"


def _rate_limit(at_once_and_per_minute: tuple[int, int]) -> Throttled:
    at_once, per_minute = at_once_and_per_minute
    # GCRA is a token bucket in exact arithmetic; the library's own token bucket rounds times to whole seconds.
    store = MemoryStore(options={"MAX_SIZE": MOST_KEYS})
    return Throttled(using="gcra", quota=per_min(per_minute, burst=at_once), store=store)


def _count(limit: Throttled, key: str) -> None:
    result = limit.limit(key)
    if result.limited:
        raise TooOftenError(result.state.retry_after)
