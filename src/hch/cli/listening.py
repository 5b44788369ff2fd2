"""A socket to serve at, and the names that it is called by."""

from __future__ import annotations

import errno
import socket

from hch.cli.usage import UsageError
from hch.serving.hosts import LOOPBACK

EVERYWHERE = ("0.0.0.0", "::")
"""Addresses to listen at that are all of this machine's, and none to be called by."""


def listening_at(host: str, port: int) -> socket.socket | None:
    """A socket at the address; None where the port is in use. UsageError where the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
        opened.listen(2048)
    except (OSError, OverflowError) as error:
        opened.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            return None
        raise UsageError(
            f"cannot listen at {host}, port {port}: {getattr(error, 'strerror', None) or error}"
        ) from error
    return opened


def called_from_here(host: str) -> str:
    """The name by which this machine calls what listens at ``host``."""
    here = "127.0.0.1" if host == "0.0.0.0" else "::1" if host == "::" else host
    return in_address(here)


def names(host: str, others: list[str]) -> tuple[str, ...]:
    """All names by which it may be called: this machine's own, its address, and those that are given."""
    own = () if host in EVERYWHERE else (in_address(host),)
    return tuple(dict.fromkeys(name.lower() for name in (*LOOPBACK, *own, *others)))


def in_address(host: str) -> str:
    """A host as it stands in an address."""
    return f"[{host}]" if ":" in host else host
