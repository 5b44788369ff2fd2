"""Signing in by name and passphrase, joining by an invite link, and signing out."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from hch.people.store.database import StoreError
from hch.people.store.people import find_person, open_invite, use_invite
from hch.serving.pages.errors import in_words
from hch.serving.pages.pages import page
from hch.serving.pages.passphrases import BadPassphraseError, hashed, matches
from hch.serving.pages.sessions import sign_in, sign_out
from hch.serving.pages.settings import Settings

router = APIRouter()

Name = Annotated[str, Form(max_length=200)]
Passphrase = Annotated[str, Form(max_length=400)]

HAVE_A_SHAPE = frozenset("\u200c\u200d")
"""Characters without a shape of their own that some scripts need within words: the joiners."""


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name that is seen in addresses
    """The form to sign in with."""
    return page(request, "sign_in.html", next=_own(next), name="", problem="")


@router.post("/sign-in")
def signs_in(
    request: Request,
    name: Name,
    passphrase: Passphrase,
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002
) -> Response:
    """Signs somebody in; the same words whether the name or the passphrase is wrong."""
    settings: Settings = request.app.state.settings
    request.app.state.limits.attempt(address_of(request), name)
    person = settings.store.read(find_person, name)
    right = matches(person.passphrase if person is not None and person.active else None, passphrase)
    if person is None or not right:
        problem = "Name and passphrase do not go together."
        return page(request, "sign_in.html", 422, next=_own(next), name=name, problem=problem)
    sign_in(request, person)
    return RedirectResponse(_own(next), 303)


@router.post("/sign-out")
def signs_out(request: Request) -> Response:
    """Ends the session, and leads to where one signs in."""
    sign_out(request)
    return RedirectResponse("/sign-in", 303)


@router.get("/join/{token}")
def join_page(request: Request, token: str) -> Response:
    """The form in which somebody who was invited chooses a name and a passphrase."""
    request.app.state.limits.attempt(address_of(request))
    return _join_page(request, token)


@router.post("/join/{token}")
def joins(request: Request, token: str, name: Name, passphrase: Passphrase) -> Response:
    """Adds the person who was invited, and signs them in."""
    settings: Settings = request.app.state.settings
    request.app.state.limits.attempt(address_of(request))
    try:
        legible(name)
        person = settings.store.write(use_invite, token, name, hashed(passphrase), now=time.time())
    except (StoreError, BadPassphraseError) as error:
        return _join_page(request, token, 422, name, in_words(error))
    sign_in(request, person)
    return RedirectResponse("/", 303)


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else "unknown"


def legible(name: str) -> None:
    """Raises StoreError where a name has characters that nobody sees, or that turn the line around."""
    if not "".join(letter for letter in name if letter not in HAVE_A_SHAPE).isprintable():
        raise StoreError("a name is one line of letters that everybody can see")


def _join_page(request: Request, token: str, status: int = 200, name: str = "", problem: str = "") -> Response:
    settings: Settings = request.app.state.settings
    # Looking locks the invitation, so it is a write.
    invite = settings.store.write(open_invite, token, time.time())
    if invite is None:
        text = "This invitation has been used, or has run out. Ask whoever sent it for a new one."
        return page(request, "error.html", 404, title="No longer open", text=text)
    return page(request, "join.html", status, invite=invite, token=token, name=name, problem=problem)


def _own(address: str) -> str:
    """An address on this site, whatever was asked for: nobody is sent elsewhere from here."""
    plain = address.startswith("/") and not address.startswith("//") and address.isprintable()
    return address if plain and "\\" not in address else "/"
