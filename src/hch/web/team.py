"""The team: who takes part, who holds what, how much they did and how far they agree. For researchers."""

from __future__ import annotations

import time
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Form, HTTPException, Request
from sqlalchemy import Connection, func, select
from starlette.responses import RedirectResponse, Response

from hch.store.desk import take_away
from hch.store.items import CONSULTING, ENDED, OPEN, Item, load_items
from hch.store.people import ROLES, Role, all_invites, all_people, change_person, get_person, make_invite
from hch.store.projects import all_projects
from hch.store.tables import skips, workspaces
from hch.web.pages import page
from hch.web.sessions import Researcher
from hch.web.settings import Settings

router = APIRouter()

MOST_HELD = 500


@router.get("/team")
def team(request: Request, person: Researcher) -> Response:  # noqa: ARG001 - whoever may come
    """Everybody, their work, and open invitations."""
    return _team_page(request)


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
    now = time.time()
    token = settings.store.write(make_invite, chosen, now, note=note.strip(), created_by=person.id)
    return _team_page(request, link=f"{str(request.base_url).rstrip('/')}/join/{token}", role=chosen)


@router.post("/team/people/{id}")
def changes_person(
    request: Request,
    id: int,  # noqa: A002
    person: Researcher,
    role: Annotated[str, Form()],
    active: Annotated[str, Form()] = "",
) -> Response:
    """Gives somebody another role, or ends or renews their access. Nobody can lock themselves out."""
    settings: Settings = request.app.state.settings
    if settings.store.read(get_person, id) is None:
        raise HTTPException(404)
    if id == person.id:
        raise HTTPException(422, "You cannot change your own role or access: ask another researcher.")
    settings.store.write(change_person, id, time.time(), role=_role(role), active=active == "on")
    return RedirectResponse("/team", 303)


@router.post("/team/release/{id}")
def takes_away(request: Request, id: int, person: Researcher) -> Response:  # noqa: A002
    """Puts a workspace that somebody holds back for others; what they wrote is kept."""
    settings: Settings = request.app.state.settings
    settings.store.write(take_away, id, person.id, time.time())
    return RedirectResponse("/team", 303)


def _role(sent: str) -> Role:
    for role in get_args(Role):
        if sent == role:
            return role  # type: ignore[no-any-return]
    raise HTTPException(422, f"There is no role “{sent[:40]}”: there are {', '.join(ROLES)}.")


def _team_page(request: Request, **values: Any) -> Response:
    settings: Settings = request.app.state.settings
    found = settings.store.read(_overview)
    return page(request, "team.html", roles=ROLES, now=time.time(), **found, **{"link": "", "role": "", **values})


def _overview(connection: Connection) -> dict[str, Any]:
    from hch.store.agreement import agreement

    everybody = all_people(connection)
    names = {person.id: person.name for person in everybody}
    w = workspaces.c
    done = select(w.person_id, func.count(), func.sum(w.active_seconds)).where(w.state.in_(ENDED))
    work = {id_: (count, seconds or 0.0) for id_, count, seconds in connection.execute(done.group_by(w.person_id))}
    skipped = select(skips.c.person_id, func.count()).group_by(skips.c.person_id)
    return {
        "people": everybody,
        "names": names,
        "work": work,
        "skipped": {row[0]: row[1] for row in connection.execute(skipped)},
        "invites": [invite for invite in all_invites(connection) if invite.used_by is None],
        "held": _held(connection),
        "agreements": [(project, agreement(connection, project.id)) for project in all_projects(connection)],
    }


def _held(connection: Connection) -> list[Item]:
    w = workspaces.c
    query = select(w.id).where(w.holder_id.is_not(None), w.state.in_((OPEN, CONSULTING)))
    return load_items(connection, list(connection.execute(query.order_by(w.lease_until).limit(MOST_HELD)).scalars()))
