"""What the pages need to know to be served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from hch.people.store.database import Database
from hch.serving.hosts import LOOPBACK
from hch.serving.pages.limits import Pace


@dataclass(frozen=True)
class Settings:
    """The store, the secret that sessions are signed with, and what else is shown or done.

    ``hosts`` are the names by which the pages may be called: any other is refused, since a page elsewhere could make a
    browser call this one under its own name. ``runs`` is the folder of the runs that are shown. ``background`` is
    carried out for as long as the pages are served, such as a model that answers what people ask; ``model`` is what
    that is called, empty where there is none. ``pace`` is how often anybody may do anything.
    """

    store: Database
    secret: str = field(repr=False)
    hosts: tuple[str, ...] = LOOPBACK
    runs: Path | None = None
    model: str = ""
    secure_cookies: bool = False
    pace: Pace = field(default_factory=Pace)
    background: tuple[Callable[[], Awaitable[None]], ...] = ()
