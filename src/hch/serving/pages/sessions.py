"""Who is there: a signed cookie that says who signed in, and when, and holds the token that every form sends along.

Nobody's word is taken for long: on each request the store is asked whether that person may still be here, as what.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
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

from hch.people.store.people import Person, Role, get_person
from hch.serving.pages.settings import Settings

SESSION_SECONDS = 14 * 24 * 3600
MOST_ENDED = 100_000


class Session(msgspec.Struct):
    """What the cookie holds. ``person`` is None for somebody who has not signed in."""

    csrf: str
    person: int | None = None
    since: float = 0.0
    mark: str = ""
    """Of the passphrase that it was begun with (see ``mark_of``)."""
    changed: bool = False
    """Whether the cookie has to be set anew."""


class NotSignedInError(Exception):
    """The page is for people who have signed in."""


class NotAllowedError(Exception):
    """The page is for people with another role."""


class Ended:
    """The sessions that somebody has signed out of: a copy of such a cookie is nobody's. In memory, for one process."""

    def __init__(self) -> None:
        self._tokens: OrderedDict[str, None] = OrderedDict()

    def add(self, session: Session) -> None:
        self._tokens[session.csrf] = None
        while len(self._tokens) > MOST_ENDED:
            self._tokens.popitem(last=False)

    def __contains__(self, session: Session) -> bool:
        return session.csrf in self._tokens


class SessionMiddleware:
    """Reads the session before a page is made, and writes it where it has changed."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.secure, self.name = app, settings.secure_cookies, cookie_name(settings)
        self.signer = itsdangerous.URLSafeTimedSerializer(settings.secret, salt="hch session")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        session = self._read(HTTPConnection(scope).cookies.get(self.name, ""))
        scope.setdefault("state", {})["session"] = session
        # What anybody's cache may keep for anybody has nobody's cookie.
        is_kept = scope["path"].startswith("/static/")

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and session.changed and not is_kept:
                MutableHeaders(scope=message).append("set-cookie", self._cookie(session))
            await send(message)

        await self.app(scope, receive, with_cookie)

    def _read(self, cookie: str) -> Session:
        try:
            held = self.signer.loads(cookie, max_age=SESSION_SECONDS)
            return Session(held["csrf"], held["person"], held["since"], held["mark"])
        except (itsdangerous.BadData, KeyError, TypeError):
            return Session(secrets.token_urlsafe(24), changed=True)

    def value(self, session: Session) -> str:
        """What the cookie of a session says."""
        held = {"csrf": session.csrf, "person": session.person, "since": session.since, "mark": session.mark}
        return str(self.signer.dumps(held))

    def _cookie(self, session: Session) -> str:
        secure = "; Secure" if self.secure else ""
        return f"{self.name}={self.value(session)}; Path=/; Max-Age={SESSION_SECONDS}; HttpOnly; SameSite=Lax{secure}"


def cookie_name(settings: Settings) -> str:
    """The cookie's name. Cookies know no ports: each secret has its own, and two servers on a machine get along."""
    name = f"hch-{hashlib.blake2b(settings.secret.encode(), digest_size=4, person=b'hch cookie').hexdigest()}"
    # With this prefix, browsers take it from nobody but this host, and by https alone.
    return f"__Host-{name}" if settings.secure_cookies else name


def mark_of(person: Person) -> str:
    """What a person's passphrase is known by: whoever changes it thereby ends all other sessions."""
    return hashlib.blake2b((person.passphrase or "").encode(), digest_size=9, person=b"hch session").hexdigest()


def session_of(request: Request) -> Session:
    """The session of a request."""
    session: Session = request.state.session
    return session


def sign_in(request: Request, person: Person) -> None:
    """From now on this is that person's session; its token is a new one."""
    session = session_of(request)
    session.csrf, session.person, session.since = secrets.token_urlsafe(24), person.id, time.time()
    session.mark, session.changed = mark_of(person), True


def sign_out(request: Request) -> None:
    """From now on this is nobody's session, and what it was is over."""
    session = session_of(request)
    request.app.state.ended.add(session)
    session.csrf, session.person, session.mark, session.changed = secrets.token_urlsafe(24), None, "", True


async def visitor(request: Request) -> Person | None:
    """Who is there, if they have signed in and may still be here."""
    session = session_of(request)
    if session.person is None or session in request.app.state.ended:
        return None
    settings: Settings = request.app.state.settings
    person = await run_in_threadpool(settings.store.read, get_person, session.person)
    if person is None or not person.active or mark_of(person) != session.mark:
        return None
    request.state.person = person
    return person


async def not_too_often(request: Request) -> None:
    """A dependency of every route. Raises TooOftenError where a session makes more requests than a person would."""
    session = session_of(request)
    address = request.client.host if request.client else "unknown"
    request.app.state.limits.request(f"from {address}" if session.person is None else f"by {session.person}")


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

    return allowed


SignedIn = Annotated[Person, Depends(signed_in)]
Researcher = Annotated[Person, Depends(require("researcher"))]
Answerer = Annotated[Person, Depends(require("answerer", "researcher"))]
Judge = Annotated[Person, Depends(require("judge", "researcher"))]

FOR_RESEARCHERS = Depends(require("researcher"))
"""For routers all of whose pages are for researchers."""


def sign_in_address(request: Request) -> str:
    """Where to sign in, to come back to this page afterwards."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/sign-in" if path == "/" or request.method != "GET" else f"/sign-in?next={quote(path, safe='')}"
