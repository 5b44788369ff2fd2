"""What stands before every page: which names it answers to, how much it takes in, and what a browser may do with it."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hch.web.settings import Settings

MOST_BYTES = 2 * 1024 * 1024
MOST_UPLOAD_BYTES = 20 * 1024 * 1024
UPLOADS = ("/projects/",)
"""Where files may be sent to."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
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


class TooLargeError(Exception):
    """More was sent than is taken in."""


class Guard:
    """Refuses foreign names and bodies that are too large, and adds the headers that bind a browser."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.hosts = app, settings.hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "*" not in self.hosts and _name(headers.get("host", "")) not in self.hosts:
            await PlainTextResponse("This server does not go by that name.", 421)(scope, receive, send)
            return
        most = MOST_UPLOAD_BYTES if scope["path"].startswith(UPLOADS) else MOST_BYTES
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            await PlainTextResponse(f"That is too much: at most {most // 1024 // 1024} MB are taken.", 413)(
                scope, receive, send
            )
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise TooLargeError
            return message

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    sent[name] = value
                sent.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, bounded, guarded)


def _name(host: str) -> str:
    """A Host header without its port."""
    return host if host.endswith("]") else host.rpartition(":")[0] or host
