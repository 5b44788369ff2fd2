"""The first page: what there is to do for whoever looks at it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import Connection, func, select
from starlette.responses import RedirectResponse, Response

from hch.store.desk import held_by
from hch.store.items import CONSULTING, OPEN, WORK
from hch.store.people import Person
from hch.store.projects import all_projects
from hch.store.tables import workspaces
from hch.web.pages import page
from hch.web.sessions import SignedIn
from hch.web.settings import Settings

router = APIRouter()


@router.get("/")
def home(request: Request, person: SignedIn) -> Response:
    """What is under way, and what waits."""
    settings: Settings = request.app.state.settings
    return page(request, "home.html", **settings.store.read(overview, person))


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


def overview(connection: Connection, person: Person) -> dict[str, Any]:
    """What a person has under way, and how much waits for anybody by project and kind."""
    held = held_by(connection, person.id)
    w = workspaces.c
    query = select(w.project_id, w.kind, func.count()).where(w.state == OPEN, w.holder_id.is_(None))
    waiting: dict[int, dict[str, int]] = {}
    for project, kind, count in connection.execute(query.group_by(w.project_id, w.kind)):
        waiting.setdefault(project, {})[WORK if kind == WORK else "judge"] = count
    projects = [
        {"project": project, "work": waiting.get(project.id, {}).get(WORK, 0), "judge": _judged(waiting, project.id)}
        for project in all_projects(connection)
    ]
    return {
        "held": [item for item in held if item.state == OPEN],
        "consulting": [item for item in held if item.state == CONSULTING],
        "projects": projects,
        "work": sum(each["work"] for each in projects),
        "judge": sum(each["judge"] for each in projects),
    }


def _judged(waiting: dict[int, dict[str, int]], project: int) -> int:
    return waiting.get(project, {}).get("judge", 0)
