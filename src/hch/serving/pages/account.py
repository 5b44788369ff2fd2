"""One's own account with its passphrase, and the link by which somebody who forgot theirs chooses a new one.

A link is signed, and holds the person and the mark of the passphrase that it replaces. So it works once, without a
row in the store.
"""

from __future__ import annotations

import time

import itsdangerous
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from hch.people.store.people import Person, get_person, set_passphrase
from hch.serving.pages.errors import error_sentence
from hch.serving.pages.security import address_of
from hch.serving.pages.sessions import SignedIn, mark_of, sign_in
from hch.serving.pages.settings import Settings, settings_of
from hch.serving.pages.sign_in import BadPassphraseError, Passphrase, hash_passphrase, passphrase_matches
from hch.serving.pages.templating import page

router = APIRouter()

LINK_SECONDS = 2 * 24 * 3600


@router.get("/account")
def account(request: Request, person: SignedIn, done: str = "") -> Response:  # noqa: ARG001 - it requires a session
    """One's name and role, and a form for another passphrase."""
    return page(request, "account.html", problem="", done=done == "yes")


@router.post("/account/passphrase")
def update_passphrase(request: Request, person: SignedIn, old: Passphrase, passphrase: Passphrase) -> Response:
    """Changes one's own passphrase. All other sessions of that person end."""
    request.app.state.limits.count_attempt(address_of(request), person.name)
    if not passphrase_matches(person.passphrase, old):
        return page(request, "account.html", 422, problem="That is not your passphrase as it is now.", done=False)
    try:
        _change(request, person, passphrase)
    except BadPassphraseError as error:
        return page(request, "account.html", 422, problem=error_sentence(error), done=False)
    return RedirectResponse("/account?done=yes", 303)


@router.get("/new-passphrase/{token}")
def new_passphrase_page(request: Request, token: str) -> Response:
    """The form in which the owner of a link chooses a passphrase."""
    person = _link_owner(request, token)
    return _invalid_link_page(request) if person is None else _link_page(request, token, person)


@router.post("/new-passphrase/{token}")
def submit_new_passphrase(request: Request, token: str, passphrase: Passphrase) -> Response:
    """Changes the passphrase, and signs in. The link, and all other sessions of that person, end."""
    request.app.state.limits.count_attempt(address_of(request))
    person = _link_owner(request, token)
    if person is None:
        return _invalid_link_page(request)
    try:
        _change(request, person, passphrase)
    except BadPassphraseError as error:
        return _link_page(request, token, person, 422, error_sentence(error))
    return RedirectResponse("/", 303)


def passphrase_link(settings: Settings, person: Person) -> str:
    """The path of a link by which a person chooses a new passphrase, once and within LINK_SECONDS."""
    return f"/new-passphrase/{_signer(settings).dumps([person.id, mark_of(person)])}"


def _signer(settings: Settings) -> itsdangerous.URLSafeTimedSerializer:
    return itsdangerous.URLSafeTimedSerializer(settings.secret, salt="hch passphrase link")


def _link_owner(request: Request, token: str) -> Person | None:
    """The person whose passphrase a link may change; None if it was used or has expired."""
    settings = settings_of(request)
    try:
        id_, mark = _signer(settings).loads(token, max_age=LINK_SECONDS)
    except (itsdangerous.BadData, TypeError, ValueError):
        return None
    person = settings.store.read(get_person, id_)
    return person if person is not None and person.active and mark_of(person) == mark else None


def _change(request: Request, person: Person, passphrase: str) -> None:
    settings = settings_of(request)
    settings.store.write(set_passphrase, person.id, hash_passphrase(passphrase), time.time())
    updated = settings.store.read(get_person, person.id)
    assert updated is not None
    sign_in(request, updated)


def _link_page(request: Request, token: str, person: Person, status: int = 200, problem: str = "") -> Response:
    return page(request, "new_passphrase.html", status, token=token, name=person.name, problem=problem)


def _invalid_link_page(request: Request) -> Response:
    text = "This link has been used, or has run out. Ask whoever sent it for a new one."
    return page(request, "error.html", 404, title="No longer open", text=text)
