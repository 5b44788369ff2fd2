"""Sessions: a signed cookie with the person who signed in, the time, and the CSRF token of every form.

The cookie alone admits nobody: each request asks the store whether that person still has access, and in which role.
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
from hch.serving.pages.settings import Settings, settings_of

SESSION_SECONDS = 14 * 24 * 3600
MOST_ENDED = 100_000
"""Ended sessions that are remembered."""


class Session(msgspec.Struct):
    """The content of the cookie. ``person`` is None for somebody who has not signed in."""

    csrf: str
    person: int | None = None
    since: float = 0.0
    mark: str = ""
    """Identifies the passphrase that the person signed in with (see ``mark_of``)."""
    changed: bool = False
    """Whether the response must set the cookie."""


class NotSignedInError(Exception):
    """The page is for people who have signed in."""


class NotAllowedError(Exception):
    """The page is for people with another role."""


class EndedSessions:
    """The sessions that ended: a copy of such a cookie admits nobody. They are in memory, for one process."""

    def __init__(self) -> None:
        self._tokens: OrderedDict[str, None] = OrderedDict()

    def add(self, session: Session) -> None:
        self._tokens[session.csrf] = None
        while len(self._tokens) > MOST_ENDED:
            self._tokens.popitem(last=False)

    def __contains__(self, session: Session) -> bool:
        return session.csrf in self._tokens


class SessionMiddleware:
    """Reads the session of a request, and sets the cookie of a session that has changed."""

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
        # Shared caches may keep these files, and must not keep a person's cookie with them.
        is_public = scope["path"].startswith("/static/")

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and session.changed and not is_public:
                MutableHeaders(scope=message).append("set-cookie", self._cookie(session))
            await send(message)

        await self.app(scope, receive, send_with_cookie)

    def _read(self, cookie: str) -> Session:
        try:
            content = self.signer.loads(cookie, max_age=SESSION_SECONDS)
            return Session(content["csrf"], content["person"], content["since"], content["mark"])
        except (itsdangerous.BadData, KeyError, TypeError):
            return Session(secrets.token_urlsafe(24), changed=True)

    def value(self, session: Session) -> str:
        """The value of a session's cookie."""
        content = {"csrf": session.csrf, "person": session.person, "since": session.since, "mark": session.mark}
        return str(self.signer.dumps(content))

    def _cookie(self, session: Session) -> str:
        secure = "; Secure" if self.secure else ""
        return f"{self.name}={self.value(session)}; Path=/; Max-Age={SESSION_SECONDS}; HttpOnly; SameSite=Lax{secure}"


def cookie_name(settings: Settings) -> str:
    """The cookie's name. It depends on the secret, since two servers on one machine share their cookies."""
    name = f"hch-{hashlib.blake2b(settings.secret.encode(), digest_size=4, person=b'hch cookie').hexdigest()}"
    # With this prefix, browsers accept the cookie from this host alone, and by https alone.
    return f"__Host-{name}" if settings.secure_cookies else name


def mark_of(person: Person) -> str:
    """A hash of a person's stored passphrase: to change the passphrase ends all other sessions."""
    return hashlib.blake2b((person.passphrase or "").encode(), digest_size=9, person=b"hch session").hexdigest()


def session_of(request: Request) -> Session:
    """The session of a request."""
    session: Session = request.state.session
    return session


def sign_in(request: Request, person: Person) -> None:
    """Makes the session that person's, with a new token."""
    session = session_of(request)
    session.csrf, session.person, session.since = secrets.token_urlsafe(24), person.id, time.time()
    session.mark, session.changed = mark_of(person), True


def sign_out(request: Request) -> None:
    """Ends the session, and begins one that is nobody's."""
    session = session_of(request)
    request.app.state.ended.add(session)
    session.csrf, session.person, session.mark, session.changed = secrets.token_urlsafe(24), None, "", True


async def visitor(request: Request) -> Person | None:
    """The person of a request, if they have signed in and still have access."""
    session = session_of(request)
    if session.person is None or session in request.app.state.ended:
        return None
    person = await run_in_threadpool(settings_of(request).store.read, get_person, session.person)
    if person is None or not person.active or mark_of(person) != session.mark:
        return None
    request.state.person = person
    return person


async def require_person(person: Annotated[Person | None, Depends(visitor)]) -> Person:
    """The person of a request. Raises NotSignedInError."""
    if person is None:
        raise NotSignedInError
    return person


SignedIn = Annotated[Person, Depends(require_person)]


def require(*roles: Role) -> Callable[..., Any]:
    """A dependency: the person, if they have one of these roles. Raises NotSignedInError or NotAllowedError."""

    async def require_role(person: SignedIn) -> Person:
        if person.role not in roles:
            raise NotAllowedError
        return person

    return require_role


Researcher = Annotated[Person, Depends(require("researcher"))]
Answerer = Annotated[Person, Depends(require("answerer", "researcher"))]
Judge = Annotated[Person, Depends(require("judge", "researcher"))]

FOR_RESEARCHERS = Depends(require("researcher"))
"""For routers whose pages are all for researchers."""


def sign_in_address(request: Request) -> str:
    """The address to sign in at, which leads back to this page."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/sign-in" if path == "/" or request.method != "GET" else f"/sign-in?next={quote(path, safe='')}"
