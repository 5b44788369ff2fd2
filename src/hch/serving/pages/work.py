"""The work page: a question, its visible context and the consultations so far; and H asks, replies or passes."""

from __future__ import annotations

import math
import time
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from hch.people.store.acting import submit
from hch.people.store.desk import items_held_by
from hch.people.store.items import CONSULTING, OPEN, WORK, Item, load_item
from hch.people.store.people import Person
from hch.people.store.projects import Project, get_project
from hch.people.store.refusals import NOTHING_WRITTEN, Refusal, Writing
from hch.serving.pages import desk
from hch.serving.pages.desk import (
    Done,
    form_values,
    last_submission,
    recent_values,
    require_item,
    revocable_submission,
    submission_response,
    take_next,
    unavailable_values,
    waits_response,
    workspace_page,
)  # fmt: skip
from hch.serving.pages.formatting import budget_sentences, other_side, other_sides_view
from hch.serving.pages.forms import MOST_ASKS, SubmissionForm, WorkspaceNumber
from hch.serving.pages.sessions import Answerer
from hch.serving.pages.settings import settings_of
from hch.serving.pages.templating import page
from hch.serving.pages.views import is_new_to, list_changes, record_view, workspace_view
from hch.types import Ask, Pass, Reply

router = APIRouter()
router.include_router(desk.router)

KINDS = (WORK,)


@router.get("/work")
def next_work(request: Request, person: Answerer, done: Done = None) -> Response:
    """Takes the next workspace and leads there; if there is none, says what is under way."""
    return take_next(request, person, KINDS, "/work", done) or _list_page(request, person, done, nothing=True)


@router.get("/work/lately")
def recent_work(request: Request, person: Answerer, done: Done = None) -> Response:
    """What somebody has under way and submitted within a day; takes nothing."""
    return _list_page(request, person, done, nothing=False)


@router.get("/work/waiting")
def work_waits(request: Request, person: Answerer) -> Response:
    """Whether there is something to take, for a page that tells its reader."""
    return waits_response(request, person, KINDS)


@router.get("/work/{id_}")
def work(request: Request, person: Answerer, id_: WorkspaceNumber, done: Done = None) -> Response:
    """The page of a workspace, for its holder."""
    return _page(request, person, id_, done=done)


@router.get("/work/{id_}/workspace")
def workspace(request: Request, person: Answerer, id_: WorkspaceNumber) -> Response:
    """The part of the page that changes when answers come: consultations, missing answers, the budget left."""
    settings = settings_of(request)
    values = settings.store.read(_page_values, person, id_, time.time(), is_page=False)
    if "closed" in values:
        raise HTTPException(409, "You do not hold this any more.")
    # Most reloads show nothing new, and a read does not wait for others who write.
    if settings.store.read(is_new_to, person.id, id_, values["shown"]):
        settings.store.write(record_view, person.id, id_, values["shown"], time.time())
    return page(request, "work_workspace.html", **values)


@router.post("/work/{id_}")
def submit_action(
    request: Request, person: Answerer, id_: WorkspaceNumber, form: Annotated[SubmissionForm, Form()]
) -> Response:
    """Asks, replies or passes, once for each token. A refusal leaves all texts in the fields."""
    refusal, next_path, draft_revision = settings_of(request).store.write(_submit, person, id_, form, time.time())
    response = submission_response(request, refusal, draft_revision, next_path)
    return response or _page(request, person, id_, refusal=refusal, writing=form.writing)


def _page(
    request: Request,
    person: Person,
    id_: int,
    *,
    done: int | None = None,
    refusal: Refusal | None = None,
    writing: Writing | None = None,
) -> Response:
    values = settings_of(request).store.write(_page_values, person, id_, time.time(), done=done)
    return workspace_page(request, "work", values, refusal, writing)


def _page_values(
    connection: Connection, person: Person, id_: int, now: float, *, done: int | None = None, is_page: bool = True
) -> dict[str, Any]:
    """The values of the page; for somebody who does not hold the workspace, why it is unavailable.

    A whole page is recorded as shown here; the caller records a part of one.
    """
    item = require_item(connection, person, id_, KINDS)
    if item.holder != person.id:
        return unavailable_values(connection, person, item, now)
    project = get_project(connection, item.project)
    view = workspace_view(item, project.rules)
    shown = view.text if not item.suggestion else f"{view.text}\nsuggestion: {item.suggestion}"
    if is_page:
        record_view(connection, person.id, id_, shown, now)
    return {
        **form_values(connection, person, item, now, is_page=is_page),
        "workspace": view,
        "shown": shown,
        "changes": list_changes(connection, item),
        "waits": item.state == CONSULTING,
        "asked": last_submission(connection, item, now) if item.state == CONSULTING else None,
        "suggestion": item.suggestion or "",
        "done": revocable_submission(connection, person, done, KINDS, now),
        **_project_values(item, project),
    }


def _project_values(item: Item, project: Project) -> dict[str, Any]:
    """The limits of a project's rules for a workspace, in words."""
    budget = item.workspace.budget
    most = MOST_ASKS if budget is None else int(min(MOST_ASKS, budget.consultations)) if budget.depth >= 1 else 0
    return {
        "project": project.rules.title or project.name,
        "most_asks": most,
        "words_left": None if budget is None or math.isinf(budget.words) else int(budget.words),
        "left": budget_sentences(budget),
        "other_side": other_side(project.rules),
        "other_sees": other_sides_view(project.rules, budget, len(item.question.context.facts)),
    }


def _list_page(request: Request, person: Person, done: int | None, *, nothing: bool) -> Response:
    settings = settings_of(request)
    return page(request, "work_none.html", nothing=nothing, **settings.store.read(_list_values, person, done))


def _list_values(connection: Connection, person: Person, done: int | None) -> dict[str, Any]:
    items = [item for item in items_held_by(connection, person.id) if item.kind == WORK]
    consulting = [item for item in items if item.state == CONSULTING]
    return {
        "open": [item for item in items if item.state == OPEN],
        "asked": consulting,
        "waiting": sum(pending.answer is None for item in consulting for pending in item.pending),
        **recent_values(connection, person, KINDS, done, time.time()),
    }


def _submit(
    connection: Connection, person: Person, id_: int, form: SubmissionForm, now: float
) -> tuple[Refusal | None, str, int]:
    """Carries a submission out: the refusal if any, the path to go on to, and the revision of the draft."""
    require_item(connection, person, id_, KINDS)
    action, rest = _action(form)
    revisions = {"revision": form.revision, "draft_revision": form.draft_revision}
    result = submit(connection, person.id, id_, action, form.token, now=now, **revisions, draft=rest)
    item = load_item(connection, id_)
    draft_revision = 0 if item is None else item.draft_revision
    if isinstance(result, Refusal):
        return result, "", draft_revision
    return None, f"/work/{id_}" if result.state in (OPEN, CONSULTING) else f"/work?done={id_}", draft_revision


def _action(form: SubmissionForm) -> tuple[Ask | Reply | Pass, Writing]:
    """The action of H, and what stays in the fields after it."""
    match form.action:
        case "ask":
            return Ask(form.questions), Writing(form.reply, (), form.reason)
        case "reply":
            return Reply(form.reply), NOTHING_WRITTEN
        case "pass":
            return Pass(form.reason), NOTHING_WRITTEN
