"""One's own account: another passphrase; and the link by which somebody who has forgotten theirs chooses a new one.

Such a link holds whom it is for and which passphrase it replaces, signed. It works once, and needs no place in the
store.
"""

from __future__ import annotations

import time

import itsdangerous
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from hch.people.store.people import Person, get_person, set_passphrase
from hch.serving.pages.errors import in_words
from hch.serving.pages.pages import page
from hch.serving.pages.passphrases import BadPassphraseError, hashed, matches
from hch.serving.pages.sessions import SignedIn, mark_of, sign_in
from hch.serving.pages.settings import Settings
from hch.serving.pages.sign_in import Passphrase, address_of

router = APIRouter()

LINK_SECONDS = 2 * 24 * 3600


@router.get("/account")
def account(request: Request, person: SignedIn, done: str = "") -> Response:  # noqa: ARG001 - whoever has signed in
    """Who somebody is here, and a form for another passphrase."""
    return page(request, "account.html", problem="", done=done == "yes")


@router.post("/account/passphrase")
def changes_passphrase(request: Request, person: SignedIn, old: Passphrase, passphrase: Passphrase) -> Response:
    """Changes one's own passphrase. All other sessions of that person end."""
    request.app.state.limits.attempt(address_of(request), person.name)
    if not matches(person.passphrase, old):
        return page(request, "account.html", 422, problem="That is not your passphrase as it is now.", done=False)
    try:
        _change(request, person, passphrase)
    except BadPassphraseError as error:
        return page(request, "account.html", 422, problem=in_words(error), done=False)
    return RedirectResponse("/account?done=yes", 303)


@router.get("/new-passphrase/{token}")
def new_passphrase_page(request: Request, token: str) -> Response:
    """The form in which somebody who has such a link chooses a passphrase."""
    person = _whose(request, token)
    return _no_longer(request) if person is None else _form(request, token, person)


@router.post("/new-passphrase/{token}")
def chooses_passphrase(request: Request, token: str, passphrase: Passphrase) -> Response:
    """Changes the passphrase, and signs in. The link, and all other sessions of that person, end."""
    request.app.state.limits.attempt(address_of(request))
    person = _whose(request, token)
    if person is None:
        return _no_longer(request)
    try:
        _change(request, person, passphrase)
    except BadPassphraseError as error:
        return _form(request, token, person, 422, in_words(error))
    return RedirectResponse("/", 303)


def passphrase_link(settings: Settings, person: Person) -> str:
    """The path of a link by which somebody chooses a new passphrase, until they have or LINK_SECONDS are over."""
    return f"/new-passphrase/{_signer(settings).dumps([person.id, mark_of(person)])}"


def _signer(settings: Settings) -> itsdangerous.URLSafeTimedSerializer:
    return itsdangerous.URLSafeTimedSerializer(settings.secret, salt="hch passphrase link")


def _whose(request: Request, token: str) -> Person | None:
    """Whose passphrase a link may change; None where it is of no use any more."""
    settings: Settings = request.app.state.settings
    try:
        id_, mark = _signer(settings).loads(token, max_age=LINK_SECONDS)
    except (itsdangerous.BadData, TypeError, ValueError):
        return None
    person = settings.store.read(get_person, id_)
    return person if person is not None and person.active and mark_of(person) == mark else None


def _change(request: Request, person: Person, passphrase: str) -> None:
    settings: Settings = request.app.state.settings
    settings.store.write(set_passphrase, person.id, hashed(passphrase), time.time())
    changed = settings.store.read(get_person, person.id)
    assert changed is not None
    sign_in(request, changed)


def _form(request: Request, token: str, person: Person, status: int = 200, problem: str = "") -> Response:
    return page(request, "new_passphrase.html", status, token=token, name=person.name, problem=problem)


def _no_longer(request: Request) -> Response:
    text = "This link has been used, or has run out. Ask whoever sent it for a new one."
    return page(request, "error.html", 404, title="No longer open", text=text)
