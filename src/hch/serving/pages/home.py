"""The first page: what there is to do for the person who looks at it."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import Connection, func, or_, select
from starlette.responses import RedirectResponse, Response

from hch.people.store.desk import items_held_by, may_be_taken
from hch.people.store.items import CHOOSE, CONSULTING, OPEN, RATE, WORK
from hch.people.store.people import Person
from hch.people.store.projects import all_projects
from hch.people.store.tables import workspaces
from hch.serving.pages.projects import progress
from hch.serving.pages.sessions import SignedIn
from hch.serving.pages.settings import settings_of
from hch.serving.pages.templating import page

router = APIRouter()

MOST_COUNTED = 100
"""A longer queue is not counted further: the count takes time, and nobody needs it."""


@router.get("/")
def home(request: Request, person: SignedIn) -> Response:
    """What the person has under way, and what waits."""
    settings = settings_of(request)
    return page(request, "home.html", most=MOST_COUNTED, **settings.store.read(overview, person, time.time()))


@router.get("/theme/{name}", include_in_schema=False)
def theme(request: Request, name: str) -> Response:
    """Light, dark, or as the device has it; kept in a cookie of its own."""
    back = request.headers.get("referer", "/")
    response = RedirectResponse("/" if not back.startswith(str(request.base_url)) else back, 303)
    if name in ("light", "dark"):
        response.set_cookie("theme", name, max_age=31536000, samesite="lax", httponly=True)
    else:
        response.delete_cookie("theme")
    return response


def overview(connection: Connection, person: Person, now: float) -> dict[str, Any]:
    """What a person has under way, how much waits that they may take, and for researchers the progress of projects."""
    items = items_held_by(connection, person.id)
    is_researcher = person.role == "researcher"
    by_project = progress(connection) if is_researcher else {}
    projects = all_projects(connection) if is_researcher else []
    return {
        "held": [item for item in items if item.state == OPEN],
        "consulting": [item for item in items if item.state == CONSULTING],
        "work": _count_waiting(connection, person, (WORK,), now) if person.role != "judge" else 0,
        "judge": _count_waiting(connection, person, (RATE, CHOOSE), now) if person.role != "answerer" else 0,
        "projects": [(project, by_project[project.id]) for project in projects],
    }


def _count_waiting(connection: Connection, person: Person, kinds: tuple[str, ...], now: float) -> int:
    """How many workspaces a person could take now, counted up to MOST_COUNTED."""
    w = workspaces.c
    free = or_(w.holder_id.is_(None), w.lease_until < now)
    some = select(w.id).where(w.state == OPEN, w.kind.in_(kinds), free, may_be_taken(person.id)).limit(MOST_COUNTED)
    return connection.execute(select(func.count()).select_from(some.subquery())).scalar_one()
