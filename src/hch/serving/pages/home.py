"""The first page: what there is to do for whoever looks at it."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import Connection, func, or_, select
from starlette.responses import RedirectResponse, Response

from hch.people.store.desk import held_items, may_be_taken
from hch.people.store.items import CHOOSE, CONSULTING, OPEN, RATE, WORK
from hch.people.store.people import Person
from hch.people.store.projects import all_projects
from hch.people.store.tables import workspaces
from hch.serving.pages.pages import page
from hch.serving.pages.progress import progress
from hch.serving.pages.sessions import SignedIn
from hch.serving.pages.settings import Settings

router = APIRouter()

MOST_COUNTED = 100
"""From here on it is not worth anybody's time to know how many."""


@router.get("/")
def home(request: Request, person: SignedIn) -> Response:
    """What is under way, and what waits."""
    settings: Settings = request.app.state.settings
    return page(request, "home.html", most=MOST_COUNTED, **settings.store.read(overview, person, time.time()))


@router.get("/theme/{name}", include_in_schema=False)
def theme(request: Request, name: str) -> Response:
    """Light, dark, or as the device has it; remembered in a cookie of its own, which says nothing else."""
    back = request.headers.get("referer", "/")
    answer = RedirectResponse("/" if not back.startswith(str(request.base_url)) else back, 303)
    if name in ("light", "dark"):
        answer.set_cookie("theme", name, max_age=31536000, samesite="lax", httponly=True)
    else:
        answer.delete_cookie("theme")
    return answer


def overview(connection: Connection, person: Person, now: float) -> dict[str, Any]:
    """What a person has under way, how much waits that they may take, and for researchers how far projects are."""
    held = held_items(connection, person.id)
    is_researcher = person.role == "researcher"
    counted = progress(connection) if is_researcher else {}
    return {
        "held": [item for item in held if item.state == OPEN],
        "consulting": [item for item in held if item.state == CONSULTING],
        "work": _waiting(connection, person, (WORK,), now) if person.role != "judge" else 0,
        "judge": _waiting(connection, person, (RATE, CHOOSE), now) if person.role != "answerer" else 0,
        "projects": [(each, counted[each.id]) for each in all_projects(connection)] if is_researcher else [],
    }


def _waiting(connection: Connection, person: Person, kinds: tuple[str, ...], now: float) -> int:
    """How much waits that a person could take now, counted up to MOST_COUNTED."""
    w = workspaces.c
    free = or_(w.holder_id.is_(None), w.lease_until < now)
    some = select(w.id).where(w.state == OPEN, w.kind.in_(kinds), free, may_be_taken(person.id)).limit(MOST_COUNTED)
    return connection.execute(select(func.count()).select_from(some.subquery())).scalar_one()
