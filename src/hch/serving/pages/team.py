"""The team: who takes part, who holds what, how much they did and how far they agree. For researchers."""

from __future__ import annotations

import time
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Form, HTTPException, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from hch.people.store.desk import held_items, take_away
from hch.people.store.events import record_event
from hch.people.store.people import ROLES, Person, Role, change_person, end_invite, get_person, make_invite
from hch.serving.pages.account import LINK_SECONDS, passphrase_link
from hch.serving.pages.forms import WorkspaceNumber
from hch.serving.pages.pages import page
from hch.serving.pages.sessions import FOR_RESEARCHERS, Researcher
from hch.serving.pages.settings import Settings
from hch.serving.pages.team_figures import figures, holders

router = APIRouter(dependencies=[FOR_RESEARCHERS])


@router.get("/team")
def team(request: Request) -> Response:
    """Everybody, their work, and open invitations."""
    return _team_page(request)


@router.get("/team/held")
def held(request: Request) -> Response:
    """Who holds what: the part of the page that changes by itself."""
    settings: Settings = request.app.state.settings
    return page(request, "team_held.html", now=time.time(), **settings.store.read(holders))


@router.post("/team/invite")
def invites(
    request: Request,
    person: Researcher,
    role: Annotated[str, Form()],
    note: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Makes an invite link, which is shown this once."""
    settings: Settings = request.app.state.settings
    chosen = _role(role)
    token = settings.store.write(make_invite, chosen, time.time(), note=note.strip(), created_by=person.id)
    about = f"A link for one {chosen}. It works once, for seven days, and is shown this once:"
    return _team_page(request, link=_whole(request, f"/join/{token}"), about=about)


@router.post("/team/invites/{id_}/end")
def ends_invite(request: Request, id_: WorkspaceNumber, person: Researcher) -> Response:
    """Ends an invitation that has not been used, such as one that went to the wrong person."""
    settings: Settings = request.app.state.settings
    settings.store.write(end_invite, id_, person.id, time.time())
    return RedirectResponse("/team", 303)


@router.post("/team/people/{id_}")
def changes_person(
    request: Request,
    id_: WorkspaceNumber,
    person: Researcher,
    role: Annotated[str, Form()],
    active: Annotated[str, Form()] = "",
) -> Response:
    """Gives somebody another role, or ends or renews their access. Nobody can lock themselves out."""
    settings: Settings = request.app.state.settings
    _other(request, id_, person)
    settings.store.write(_change, id_, _role(role), active == "on", by=person.id, now=time.time())
    return RedirectResponse("/team", 303)


@router.post("/team/people/{id_}/passphrase")
def makes_passphrase_link(request: Request, id_: WorkspaceNumber, person: Researcher) -> Response:
    """Makes a link by which somebody who has forgotten their passphrase chooses a new one. It is shown this once."""
    settings: Settings = request.app.state.settings
    other = _other(request, id_, person)
    settings.store.write(_noted, id_, person.id, time.time())
    days = LINK_SECONDS // (24 * 3600)
    about = (
        f"By this link {other.name} chooses a new passphrase. It works once, for {days} days, and is shown this once:"
    )
    return _team_page(request, link=_whole(request, passphrase_link(settings, other)), about=about)


@router.post("/team/release/{id_}")
def takes_away(request: Request, id_: WorkspaceNumber, person: Researcher) -> Response:
    """Puts a workspace that somebody holds back for others; what they wrote is kept."""
    settings: Settings = request.app.state.settings
    settings.store.write(take_away, id_, person.id, time.time())
    return RedirectResponse("/team", 303)


def _noted(connection: Connection, id_: int, by: int, now: float) -> None:
    record_event(connection, "passphrase link made", now, person=id_, by=by)


def _change(connection: Connection, id_: int, role: Role, active: bool, *, by: int, now: float) -> None:
    """Changes a person; what somebody holds who is away for good goes to others."""
    change_person(connection, id_, now, role=role, active=active)
    if not active:
        for item in held_items(connection, id_):
            take_away(connection, item.id, by, now)


def _other(request: Request, id_: int, person: Person) -> Person:
    """Somebody else. Raises HTTPException where there is nobody, or it is oneself."""
    settings: Settings = request.app.state.settings
    found = settings.store.read(get_person, id_)
    if found is None:
        raise HTTPException(404)
    if found.id == person.id:
        raise HTTPException(422, "You cannot change your own role or access: ask another researcher.")
    return found


def _role(sent: str) -> Role:
    for role in get_args(Role):
        if sent == role:
            return role  # type: ignore[no-any-return]
    raise HTTPException(422, f"There is no role “{sent[:40]}”: there are {', '.join(ROLES)}.")


def _whole(request: Request, path: str) -> str:
    """The address of a path, by the name that the researcher's browser knows this server by."""
    settings: Settings = request.app.state.settings
    base = request.base_url.replace(scheme="https") if settings.secure_cookies else request.base_url
    return f"{str(base).rstrip('/')}{path}"


def _team_page(request: Request, **values: Any) -> Response:
    settings: Settings = request.app.state.settings
    shown = {"link": "", "about": "", **values}
    return page(request, "team.html", roles=ROLES, now=time.time(), **settings.store.read(figures), **shown)
