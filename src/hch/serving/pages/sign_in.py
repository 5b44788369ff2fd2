"""Signing in by name and passphrase, joining by an invite link, and signing out.

Passphrases are stored as argon2 hashes. A check takes the same time whether or not there is such a person.
"""

from __future__ import annotations

import functools
import time
from typing import Annotated

import argon2
from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from hch.people.store.database import StoreError
from hch.people.store.people import find_person, open_invite, use_invite
from hch.serving.pages.errors import error_sentence
from hch.serving.pages.security import address_of
from hch.serving.pages.sessions import sign_in, sign_out
from hch.serving.pages.settings import settings_of
from hch.serving.pages.templating import page

router = APIRouter()

Name = Annotated[str, Form(max_length=200)]
Passphrase = Annotated[str, Form(max_length=400)]

JOINERS = frozenset("\u200c\u200d")
"""Characters that nobody sees, and that some scripts need within words."""

LEAST_LETTERS, MOST_LETTERS = 10, 200


class BadPassphraseError(ValueError):
    """A passphrase that is too short or too long."""


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name that is seen in addresses
    """The form to sign in with."""
    return page(request, "sign_in.html", next=_local(next), name="", problem="")


@router.post("/sign-in")
def submit_sign_in(
    request: Request,
    name: Name,
    passphrase: Passphrase,
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002
) -> Response:
    """Signs somebody in. The message is the same whether the name or the passphrase is wrong."""
    request.app.state.limits.count_attempt(address_of(request), name)
    person = settings_of(request).store.read(find_person, name)
    is_right = passphrase_matches(person.passphrase if person is not None and person.active else None, passphrase)
    if person is None or not is_right:
        problem = "Name and passphrase do not go together."
        return page(request, "sign_in.html", 422, next=_local(next), name=name, problem=problem)
    sign_in(request, person)
    return RedirectResponse(_local(next), 303)


@router.post("/sign-out")
def submit_sign_out(request: Request) -> Response:
    """Ends the session, and leads to the form to sign in with."""
    sign_out(request)
    return RedirectResponse("/sign-in", 303)


@router.get("/join/{token}")
def join_page(request: Request, token: str) -> Response:
    """The form in which somebody who was invited chooses a name and a passphrase."""
    request.app.state.limits.count_attempt(address_of(request))
    return _join_page(request, token)


@router.post("/join/{token}")
def submit_join(request: Request, token: str, name: Name, passphrase: Passphrase) -> Response:
    """Adds the person who was invited, and signs them in."""
    request.app.state.limits.count_attempt(address_of(request))
    try:
        check_name(name)
        person = settings_of(request).store.write(use_invite, token, name, hash_passphrase(passphrase), now=time.time())
    except (StoreError, BadPassphraseError) as error:
        return _join_page(request, token, 422, name, error_sentence(error))
    sign_in(request, person)
    return RedirectResponse("/", 303)


def check_name(name: str) -> None:
    """Raises StoreError if a name has characters that nobody sees, or that turn the line around."""
    if not "".join(letter for letter in name if letter not in JOINERS).isprintable():
        raise StoreError("a name is one line of letters that everybody can see")


def hash_passphrase(passphrase: str) -> str:
    """The hash that is stored. Raises BadPassphraseError."""
    if not LEAST_LETTERS <= len(passphrase) <= MOST_LETTERS:
        raise BadPassphraseError(
            f"a passphrase has from {LEAST_LETTERS} to {MOST_LETTERS} letters: a few words will do"
        )
    return _hasher().hash(passphrase.encode("utf-8", "surrogatepass"))


def passphrase_matches(stored: str | None, passphrase: str) -> bool:
    """Whether this is the passphrase with the ``stored`` hash. Takes as long, and is False, if nothing is stored."""
    try:
        _hasher().verify(stored or _dummy_hash(), passphrase.encode("utf-8", "surrogatepass"))
    except argon2.exceptions.VerificationError:
        return False
    return stored is not None


@functools.cache
def _hasher() -> argon2.PasswordHasher:
    return argon2.PasswordHasher()


@functools.cache
def _dummy_hash() -> str:
    return _hasher().hash(b"nobody's passphrase")


def _join_page(request: Request, token: str, status: int = 200, name: str = "", problem: str = "") -> Response:
    # This locks the invitation, so it is a write.
    invite = settings_of(request).store.write(open_invite, token, time.time())
    if invite is None:
        text = "This invitation has been used, or has run out. Ask whoever sent it for a new one."
        return page(request, "error.html", 404, title="No longer open", text=text)
    return page(request, "join.html", status, invite=invite, token=token, name=name, problem=problem)


def _local(address: str) -> str:
    """The address if it is on this site, else the first page: no link to sign in leads elsewhere."""
    is_path = address.startswith("/") and not address.startswith("//") and address.isprintable()
    return address if is_path and "\\" not in address else "/"
