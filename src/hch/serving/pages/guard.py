"""What stands before every page: which names it answers to, how much it takes in, and what a browser may do with it."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hch.serving.hosts import MEGABYTE, announces_more, host_name, limit_body
from hch.serving.pages.settings import Settings

MOST_BYTES = 2 * MEGABYTE
MOST_UPLOAD_BYTES = 20 * MEGABYTE
MOST_IGNORED_BYTES = 200 * MEGABYTE
UPLOADS = ("/projects/",)
"""Where files may be sent to."""

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
BY_HTTPS = {"strict-transport-security": "max-age=31536000"}


class TooLargeError(HTTPException):
    """More was sent than is taken in."""

    def __init__(self, most: int) -> None:
        super().__init__(413, f"At most {most // MEGABYTE} MB are taken in at once.")


class Guard:
    """Refuses foreign names and bodies that are too large, and adds the headers that bind a browser."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.hosts = app, settings.hosts
        self.headers = {**HEADERS, **(BY_HTTPS if settings.secure_cookies else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                sent.update(self.headers)
                sent.setdefault("cache-control", "no-store")
            await send(message)

        if "*" not in self.hosts and host_name(headers.get("host", "")) not in self.hosts:
            text = "This server does not go by that name. Whoever runs it can add names: hch serve --name NAME\n"
            await PlainTextResponse(text, 421)(scope, receive, guarded)
            return
        most = MOST_UPLOAD_BYTES if scope["path"].startswith(UPLOADS) else MOST_BYTES
        if announces_more(headers.get("content-length", ""), most):
            await _ignore(receive)
            # Said by what knows how to make a page of it (see errors.py).
            scope.setdefault("state", {})["refused"] = TooLargeError(most)
        await self.app(scope, limit_body(receive, most, TooLargeError), guarded)


async def _ignore(receive: Receive) -> None:
    """Takes what is sent and forgets it: browsers show no answer to what they could not send to its end."""
    left = MOST_IGNORED_BYTES
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return
