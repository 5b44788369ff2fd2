"""The work page: a question, its context as H may see it, what was asked so far; and H asks, replies or passes."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from hch.people.store import desk
from hch.people.store.acting import Receipt, submit
from hch.people.store.items import CONSULTING, OPEN, WORK, Item, load_item
from hch.people.store.people import Person
from hch.people.store.projects import Project, get_project
from hch.people.store.refusals import NOTHING_WRITTEN, Refusal, Writing
from hch.serving.pages import desk as desk_routes
from hch.serving.pages import wording
from hch.serving.pages.changes import changes
from hch.serving.pages.desk import Done, closed_values, form_values, found, opened_page
from hch.serving.pages.errors import wants_page
from hch.serving.pages.forms import MOST_ASKS, Submission, WorkspaceNumber
from hch.serving.pages.lately import just_done, submitted, submitted_lately
from hch.serving.pages.pages import page
from hch.serving.pages.refusing import refused
from hch.serving.pages.sessions import Answerer
from hch.serving.pages.settings import Settings
from hch.serving.pages.shown import is_news, note_shown
from hch.serving.pages.views import sight
from hch.types import Ask, Pass, Reply

router = APIRouter()
router.include_router(desk_routes.router)


@router.get("/work")
def next_work(request: Request, person: Answerer, done: Done = None) -> Response:
    """Takes the next workspace and leads there; where there is none, says what is under way."""
    settings: Settings = request.app.state.settings
    taken = settings.store.write(desk.take, person.id, [WORK], time.time())
    if taken is None:
        return page(request, "work_none.html", nothing=True, **settings.store.read(_under_way, person, done))
    return RedirectResponse(f"/work/{taken}{'' if done is None else f'?done={done}'}", 303)


@router.get("/work/lately")
def lately(request: Request, person: Answerer, done: Done = None) -> Response:
    """What somebody has under way and has submitted lately; takes nothing."""
    settings: Settings = request.app.state.settings
    return page(request, "work_none.html", nothing=False, **settings.store.read(_under_way, person, done))


@router.get("/work/waiting")
def waiting(request: Request, person: Answerer) -> Response:
    """Whether there is something to take, for a page that tells its reader."""
    settings: Settings = request.app.state.settings
    return JSONResponse({"waits": settings.store.read(desk.has_work, person.id, [WORK], time.time())})


@router.get("/work/{id_}")
def work(request: Request, person: Answerer, id_: WorkspaceNumber, done: Done = None) -> Response:
    """The page of a workspace, for whoever holds it."""
    return _page(request, person, id_, done=done)


@router.get("/work/{id_}/workspace")
def workspace(request: Request, person: Answerer, id_: WorkspaceNumber) -> Response:
    """The part of the page that changes when answers come: consultations, what is waited for, the budget left."""
    settings: Settings = request.app.state.settings
    values = settings.store.read(_opened, person, id_, time.time(), is_page=False)
    if "closed" in values:
        raise HTTPException(409, "You do not hold this any more.")
    if settings.store.read(is_news, person.id, id_, values["shown"]):
        settings.store.write(note_shown, person.id, id_, values["shown"], time.time())
    return page(request, "work_workspace.html", **values)


@router.post("/work/{id_}")
def submits(request: Request, person: Answerer, id_: WorkspaceNumber, sent: Annotated[Submission, Form()]) -> Response:
    """Asks, replies or passes, once for each token. Refusals leave all that was written in the fields."""
    settings: Settings = request.app.state.settings
    done, draft_revision = settings.store.write(_submitted, person, id_, sent, time.time())
    if isinstance(done, Receipt):
        where = f"/work/{id_}" if done.state in (OPEN, CONSULTING) else f"/work?done={id_}"
        return RedirectResponse(where, 303) if wants_page(request) else JSONResponse({"next": where})
    if not wants_page(request):
        return refused(done, draft_revision)
    return _page(request, person, id_, refusal=done, writing=sent.writing)


def _page(
    request: Request,
    person: Person,
    id_: int,
    *,
    done: int | None = None,
    refusal: Refusal | None = None,
    writing: Writing | None = None,
) -> Response:
    settings: Settings = request.app.state.settings
    values = settings.store.write(_opened, person, id_, time.time(), done=done)
    return opened_page(request, "work", values, refusal, writing)


def _opened(
    connection: Connection, person: Person, id_: int, now: float, *, done: int | None = None, is_page: bool = True
) -> dict[str, Any]:
    """What the page shows; for somebody who does not hold the workspace, why it is closed.

    A page is written down as shown here; whoever shows a part of one sees to that itself.
    """
    item = found(connection, person, id_, (WORK,))
    if item.holder != person.id:
        return closed_values(connection, person, item, now)
    project = get_project(connection, item.project)
    seen = sight(item, project.rules)
    shown = seen.text if not item.suggestion else f"{seen.text}\nsuggestion: {item.suggestion}"
    if is_page:
        note_shown(connection, person.id, id_, shown, now)
    return {
        **form_values(connection, person, item, now, is_page=is_page),
        "sight": seen,
        "shown": shown,
        "changes": changes(connection, item),
        "waits": item.state == CONSULTING,
        "asked": submitted(connection, item, now) if item.state == CONSULTING else None,
        "suggestion": item.suggestion or "",
        "done": just_done(connection, person.id, done, (WORK,), now),
        **_project_values(item, project),
    }


def _project_values(item: Item, project: Project) -> dict[str, Any]:
    """What a project's rules say of a workspace, in words."""
    budget = item.workspace.budget
    most = MOST_ASKS if budget is None else int(min(MOST_ASKS, budget.consultations)) if budget.depth >= 1 else 0
    return {
        "project": project.rules.title or project.name,
        "most_asks": most,
        "words_left": None if budget is None or budget.words == float("inf") else int(budget.words),
        "clock": wording.clock,
        "left": wording.left_in_words(budget),
        "other_side": wording.other_side(project.rules),
        "other_sees": wording.other_sides_view(project.rules, budget, len(item.question.context.facts)),
    }


def _under_way(connection: Connection, person: Person, done: int | None) -> dict[str, Any]:
    held = [item for item in desk.held_items(connection, person.id) if item.kind == WORK]
    asked = [item for item in held if item.state == CONSULTING]
    now = time.time()
    return {
        "open": [item for item in held if item.state == OPEN],
        "asked": asked,
        "waiting": sum(pending.answer is None for item in asked for pending in item.pending),
        "clock": wording.clock,
        "submitted": submitted_lately(connection, person.id, (WORK,), now),
        "done": just_done(connection, person.id, done, (WORK,), now),
    }


def _submitted(
    connection: Connection, person: Person, id_: int, sent: Submission, now: float
) -> tuple[Receipt | Refusal, int]:
    """Carries a submission out; with it comes the revision of the draft, for whoever is refused."""
    found(connection, person, id_, (WORK,))
    action, rest = _action(sent)
    known = {"revision": sent.revision, "draft_revision": sent.draft_revision}
    done = submit(connection, person.id, id_, action, sent.token, now=now, **known, draft=rest)
    item = load_item(connection, id_)
    return done, 0 if item is None else item.draft_revision


def _action(sent: Submission) -> tuple[Ask | Reply | Pass, Writing]:
    """What was decided, and what stays in the fields after it."""
    match sent.action:
        case "ask":
            return Ask(sent.questions), Writing(sent.reply, (), sent.reason)
        case "reply":
            return Reply(sent.reply), NOTHING_WRITTEN
        case "pass":
            return Pass(sent.reason), NOTHING_WRITTEN
