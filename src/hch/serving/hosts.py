"""What every server of hch holds to, whatever it serves: by which name it was called, and how much it takes in.

A page elsewhere could make a browser call a server on this machine, so only names that are known are answered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
"""As ASGI has it."""

MEGABYTE = 1024 * 1024
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""The names of this machine that no other machine can use."""


def host_name(host: str) -> str:
    """A Host header without its port."""
    return (host if host.endswith("]") else host.rpartition(":")[0] or host).lower()


def announces_more(length: str, most: int) -> bool:
    """Whether a Content-Length header announces more bytes than ``most``; what is no number announces nothing."""
    return length.isdecimal() and int(length[:20]) > most


def limit_body(receive: Receive, most: int, refusal: Callable[[int], Exception]) -> Receive:
    """What is received, however much was announced. Raises what ``refusal`` makes where it becomes too much."""
    taken = 0

    async def received() -> MutableMapping[str, Any]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise refusal(most)
        return message

    return received
