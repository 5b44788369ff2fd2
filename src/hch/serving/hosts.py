"""What both servers check of a request before anything else: the name it was sent to, and its size.

A page elsewhere can make a browser call a server on this machine under its own name (DNS rebinding), so only known
names are answered. Starlette's own middleware is not used, because its refusals are final plain texts:
``TrustedHostMiddleware`` cannot say which option adds a name, and ``RequestBodyLimitMiddleware`` replaces the page or
the JSON error of an announced body that is too large.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The command line takes LOOPBACK from here, and does not wait for a web framework.
    from starlette.types import Message, Receive

MEGABYTE = 1024 * 1024
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""The names of this machine that no other machine can use."""


def host_name(host: str) -> str:
    """A Host header without its port, in lower case; an IPv6 address keeps its brackets."""
    return (host if host.endswith("]") else host.rpartition(":")[0] or host).lower()


def announces_more(length: str, most: int) -> bool:
    """Whether a Content-Length header announces more bytes than ``most``; False for text that is no number."""
    # Python refuses to convert numbers of thousands of digits.
    return length.isdecimal() and int(length[:20]) > most


def limit_body(receive: Receive, most: int, refuse: Callable[[int], Exception]) -> Receive:
    """An ASGI ``receive`` that raises ``refuse(most)`` once more than ``most`` bytes came, announced or not."""
    total = 0

    async def receive_some() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > most:
            raise refuse(most)
        return message

    return receive_some
