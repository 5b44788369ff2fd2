"""The settings of the pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request

from hch.people.store.database import Database
from hch.serving.hosts import LOOPBACK


@dataclass(frozen=True)
class Pace:
    """The rate limits, each as the most at once and the most per minute in the long run.

    Attempts to sign in are limited for each address, and for each name whoever makes them. Requests are limited for
    each session: no person is that quick, so this stops only scripts that run wild.
    """

    attempts_by_address: tuple[int, int] = (30, 30)
    attempts_by_name: tuple[int, int] = (8, 4)
    requests: tuple[int, int] = (600, 3600)


@dataclass(frozen=True)
class Settings:
    """What an application is made with.

    ``secret`` signs sessions. ``hosts`` are the names that requests may be sent to; any other is refused, since a page
    elsewhere could make a browser call this server under its own name. ``runs`` is the folder of the runs to show.
    ``background`` runs for as long as the pages are served, such as a model that answers what people ask; ``model`` is
    its name, empty if there is none.
    """

    store: Database
    secret: str = field(repr=False)
    hosts: tuple[str, ...] = LOOPBACK
    runs: Path | None = None
    model: str = ""
    secure_cookies: bool = False
    pace: Pace = field(default_factory=Pace)
    background: tuple[Callable[[], Awaitable[None]], ...] = ()


def settings_of(request: Request) -> Settings:
    """The settings of the application that got a request."""
    settings: Settings = request.app.state.settings
    return settings
