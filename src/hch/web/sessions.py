"""Who is there: a signed cookie that says who signed in, and when, and holds the token that every form sends along.

Nobody's word is taken for long: on each request the store is asked whether that person may still be here, as what.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

import itsdangerous
import msgspec
from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hch.store.people import Person, Role, get_person
from hch.web.settings import Settings

COOKIE = "hch"
SESSION_SECONDS = 14 * 24 * 3600


class Session(msgspec.Struct):
    """What the cookie holds. ``person`` is None for somebody who has not signed in."""

    csrf: str
    person: int | None = None
    since: float = 0.0
    changed: bool = False
    """Whether the cookie has to be set anew."""


class NotSignedInError(Exception):
    """The page is for people who have signed in."""


class NotAllowedError(Exception):
    """The page is for people with another role."""


class SessionMiddleware:
    """Reads the session before a page is made, and writes it where it has changed."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.secure = app, settings.secure_cookies
        self.signer = itsdangerous.URLSafeTimedSerializer(settings.secret, salt="hch session")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        session = self._read(HTTPConnection(scope).cookies.get(COOKIE, ""))
        scope.setdefault("state", {})["session"] = session

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and session.changed:
                MutableHeaders(scope=message).append("set-cookie", self._cookie(session))
            await send(message)

        await self.app(scope, receive, with_cookie)

    def _read(self, cookie: str) -> Session:
        try:
            held = self.signer.loads(cookie, max_age=SESSION_SECONDS)
            return Session(held["csrf"], held["person"], held["since"])
        except (itsdangerous.BadData, KeyError, TypeError):
            return Session(secrets.token_urlsafe(24), changed=True)

    def _cookie(self, session: Session) -> str:
        value = self.signer.dumps({"csrf": session.csrf, "person": session.person, "since": session.since})
        secure = "; Secure" if self.secure else ""
        return f"{COOKIE}={value}; Path=/; Max-Age={SESSION_SECONDS}; HttpOnly; SameSite=Lax{secure}"


def session_of(request: Request) -> Session:
    """The session of a request."""
    session: Session = request.state.session
    return session


def sign_in(request: Request, person: int) -> None:
    """From now on this is that person's session; its token is a new one."""
    session = session_of(request)
    session.csrf, session.person, session.since, session.changed = secrets.token_urlsafe(24), person, time.time(), True


def sign_out(request: Request) -> None:
    """From now on this is nobody's session."""
    session = session_of(request)
    session.csrf, session.person, session.changed = secrets.token_urlsafe(24), None, True


async def visitor(request: Request) -> Person | None:
    """Who is there, if they have signed in and may still be here."""
    session = session_of(request)
    if session.person is None:
        return None
    settings: Settings = request.app.state.settings
    person = await run_in_threadpool(settings.store.read, get_person, session.person)
    person = person if person is not None and person.active else None
    request.state.person = person
    return person


async def signed_in(person: Annotated[Person | None, Depends(visitor)]) -> Person:
    """Who is there. Raises NotSignedInError."""
    if person is None:
        raise NotSignedInError
    return person


def require(*roles: Role) -> Callable[..., Any]:
    """A dependency: whoever is there, if they have one of these roles. Raises NotSignedInError or NotAllowedError."""

    async def allowed(person: Annotated[Person, Depends(signed_in)]) -> Person:
        if person.role not in roles:
            raise NotAllowedError
        return person

    allowed.roles = roles  # type: ignore[attr-defined]
    return allowed


SignedIn = Annotated[Person, Depends(signed_in)]
Researcher = Annotated[Person, Depends(require("researcher"))]
Answerer = Annotated[Person, Depends(require("answerer", "researcher"))]
Judge = Annotated[Person, Depends(require("judge", "researcher"))]


def sign_in_address(request: Request) -> str:
    """Where to sign in, to come back to this page afterwards."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/sign-in" if path == "/" or request.method != "GET" else f"/sign-in?next={quote(path, safe='')}"
