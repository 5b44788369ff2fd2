"""Signing in by name and passphrase, joining by an invite link, and signing out."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from hch.store.database import StoreError
from hch.store.people import find_person, open_invite, use_invite
from hch.web.limits import Limit, TooOftenError
from hch.web.pages import page
from hch.web.passphrases import BadPassphraseError, hashed, matches
from hch.web.sessions import sign_in, sign_out
from hch.web.settings import Settings

router = APIRouter()

BY_ADDRESS = Limit(burst=30, per_minute=30)
BY_NAME = Limit(burst=8, per_minute=4)

Name = Annotated[str, Form(max_length=200)]
Passphrase = Annotated[str, Form(max_length=400)]


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
    limited(request, name)
    person = settings.store.read(find_person, name)
    right = matches(person.passphrase if person is not None and person.active else None, passphrase)
    if person is None or not right:
        problem = "Name and passphrase do not go together."
        return page(request, "sign_in.html", 422, next=_own(next), name=name, problem=problem)
    sign_in(request, person.id)
    return RedirectResponse(_own(next), 303)


@router.post("/sign-out")
def signs_out(request: Request) -> Response:
    """Signs out."""
    sign_out(request)
    return RedirectResponse("/sign-in", 303)


@router.get("/join/{token}")
def join_page(request: Request, token: str) -> Response:
    """The form in which somebody who was invited chooses a name and a passphrase."""
    settings: Settings = request.app.state.settings
    invite = settings.store.write(open_invite, token, time.time())
    if invite is None:
        text = "This invitation has been used, or has run out. Ask whoever sent it for a new one."
        return page(request, "error.html", 404, title="No longer open", text=text)
    return page(request, "join.html", invite=invite, token=token, name="", problem="")


@router.post("/join/{token}")
def joins(request: Request, token: str, name: Name, passphrase: Passphrase) -> Response:
    """Adds the person who was invited, and signs them in."""
    settings: Settings = request.app.state.settings
    limited(request, "")
    try:
        person = settings.store.write(use_invite, token, name, hashed(passphrase), now=time.time())
    except (StoreError, BadPassphraseError) as error:
        invite = settings.store.write(open_invite, token, time.time())
        if invite is None:
            return join_page(request, token)
        problem = str(error)
        problem = problem[:1].upper() + problem[1:] + "."
        return page(request, "join.html", 422, invite=invite, token=token, name=name, problem=problem)
    sign_in(request, person.id)
    return RedirectResponse("/", 303)


def limited(request: Request, name: str) -> None:
    """Counts an attempt. Raises TooOftenError, after few for one name, whoever tries, and more from one address."""
    address = request.client.host if request.client else "unknown"
    try:
        BY_ADDRESS(address)
        if name:
            BY_NAME(name.casefold())
    except TooOftenError as error:
        raise TooOftenError(error.seconds) from None


def _own(address: str) -> str:
    """An address on this site, whatever was asked for: nobody is sent elsewhere from here."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain and "\\" not in address else "/"
