"""What working and judging share: drafts, signs of life, putting back, skipping, and taking back what was submitted."""

from __future__ import annotations

import time
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from hch.people.store import desk
from hch.people.store.drafts import Draft, draft_history, latest_draft, save_draft
from hch.people.store.items import CONSULTING, WORK, Item, load_item
from hch.people.store.people import Person
from hch.people.store.refusals import NOTHING_WRITTEN, Refusal, Writing
from hch.people.store.withdrawing import withdraw
from hch.serving.pages.errors import said
from hch.serving.pages.forms import MOST_NUMBER, DraftSent, Short, Touch, WorkspaceNumber
from hch.serving.pages.lately import submitted
from hch.serving.pages.pages import page
from hch.serving.pages.refusing import STATUS, not_yours, refused, written
from hch.serving.pages.sessions import SignedIn
from hch.serving.pages.settings import Settings
from hch.serving.pages.wording import clock

router = APIRouter(prefix="/desk")

Done = Annotated[int | None, Query(ge=1, le=MOST_NUMBER)]
"""The number of the workspace that was ended just before."""

WORKERS, JUDGES = ("answerer", "researcher"), ("judge", "researcher")


@router.get("/{id_}/draft")
def drafts(request: Request, person: SignedIn, id_: WorkspaceNumber) -> Response:
    """All that a person has saved in a workspace, oldest first: the steps of undo."""
    settings: Settings = request.app.state.settings
    found = settings.store.read(draft_history, person.id, id_)
    return JSONResponse({"drafts": [written(draft.content) for draft in found]})


@router.post("/{id_}/draft")
def saves_draft(request: Request, person: SignedIn, id_: WorkspaceNumber, sent: DraftSent) -> Response:
    """Saves a draft. What it answers is said only once the draft is in the store for good."""
    settings: Settings = request.app.state.settings
    saved, revision = settings.store.write(_saved, person, id_, sent, time.time())
    if isinstance(saved, Refusal):
        return refused(saved, revision)
    return JSONResponse({"revision": saved.revision, "at": saved.at})


@router.post("/{id_}/touch")
def touches(request: Request, person: SignedIn, id_: WorkspaceNumber, sent: Touch) -> Response:
    """A sign of life: how many seconds somebody has worked here, or that they no longer hold it."""
    settings: Settings = request.app.state.settings
    seconds = settings.store.write(desk.touch, person.id, id_, time.time(), paused=sent.paused)
    if seconds is None:
        item = settings.store.read(load_item, id_)
        return refused(Refusal("missing", "There is no such workspace.") if item is None else not_yours(item.ended))
    return JSONResponse({"seconds": seconds})


@router.post("/{id_}/release")
def releases(request: Request, person: SignedIn, id_: WorkspaceNumber) -> Response:
    """Puts a workspace back, for anybody."""
    settings: Settings = request.app.state.settings
    item = _to_act_in(settings, person, id_)
    settings.store.write(desk.release, person.id, id_, time.time())
    return RedirectResponse(f"{page_of(item)}/lately", 303)


@router.post("/{id_}/skip")
def skips(request: Request, person: SignedIn, id_: WorkspaceNumber, reason: Annotated[Short, Form()] = "") -> Response:
    """Puts a workspace back for others; this person does not get it again."""
    settings: Settings = request.app.state.settings
    item = _to_act_in(settings, person, id_)
    settings.store.write(desk.skip, person.id, id_, reason, time.time())
    return RedirectResponse(page_of(item), 303)


@router.post("/{id_}/withdraw")
def withdraws(request: Request, person: SignedIn, id_: WorkspaceNumber) -> Response:
    """Takes back what a person last submitted in a workspace, and leads them there."""
    settings: Settings = request.app.state.settings
    item = _to_act_in(settings, person, id_)
    refusal = settings.store.write(_withdrawn, person, id_, time.time())
    if refusal is not None:
        return said(request, STATUS[refusal.why], "Too late" if refusal.why == "late" else "Not here", refusal.message)
    return RedirectResponse(f"{page_of(item)}/{id_}", 303)


def page_of(item: Item) -> str:
    """The address under which workspaces of this kind are worked on."""
    return "/work" if item.kind == WORK else "/judge"


def found(connection: Connection, person: Person, id_: int, kinds: tuple[str, ...]) -> Item:
    """The workspace with this number, if it is of one of these kinds and for people like this. HTTPException else."""
    item = load_item(connection, id_)
    if item is None or item.kind not in kinds:
        raise HTTPException(404)
    if person.role not in (WORKERS if item.kind == WORK else JUDGES):
        raise HTTPException(403)
    return item


def form_values(
    connection: Connection, person: Person, item: Item, now: float, *, is_page: bool = True
) -> dict[str, Any]:
    """What a form is made with: what is known when it is made, the draft, and the token of the submission.

    To load a page is a sign of life; to load a part of it anew is not.
    """
    seconds = desk.touch(connection, person.id, item.id, now) if is_page else item.active_seconds
    draft = latest_draft(connection, person.id, item.id)
    return {
        "id": item.id,
        "revision": item.revision,
        "draft_revision": item.draft_revision,
        "draft": draft.content if draft else NOTHING_WRITTEN,
        "saved_at": draft.at if draft and draft.content != NOTHING_WRITTEN else None,
        "token": str(uuid.uuid4()),
        "seconds": seconds or 0.0,
        "clock": clock,
    }


def closed_values(connection: Connection, person: Person, item: Item, now: float) -> dict[str, Any]:
    """Why somebody cannot go on in a workspace; what they submitted there, or else had written."""
    mine = item.person == person.id and (item.ended or item.state == CONSULTING)
    draft = latest_draft(connection, person.id, item.id)
    return {
        "closed": item.state if item.ended else "held" if item.holder is not None else "free",
        "clock": clock,
        "done": submitted(connection, item, now) if mine else None,
        "draft": NOTHING_WRITTEN if draft is None or mine else draft.content,
    }


def opened_page(
    request: Request, name: str, values: dict[str, Any], refusal: Refusal | None, writing: Writing | None
) -> Response:
    """The page of a workspace, what was refused in words, what was written in the fields; or why it is closed."""
    problem = "" if refusal is None else refusal.message
    status = 200 if refusal is None else STATUS[refusal.why]
    if "closed" not in values:
        kept = values["draft"] if writing is None else writing
        return page(request, f"{name}.html", status, **{**values, "problem": problem, "draft": kept})
    if refusal is None and values["done"] is None:
        status = 403
    kept = writing if writing is not None and values["done"] is None else values["draft"]
    return page(request, f"{name}_closed.html", status, **{**values, "problem": problem, "draft": kept})


def _to_act_in(settings: Settings, person: Person, id_: int) -> Item:
    return settings.store.read(found, person, id_, ("work", "rate", "choose"))


def _saved(
    connection: Connection, person: Person, id_: int, sent: DraftSent, now: float
) -> tuple[Draft | Refusal, int]:
    """The draft as saved; or the refusal, and which revision is the present one."""
    saved = save_draft(connection, person.id, id_, sent.revision, sent.writing, now=now)
    item = load_item(connection, id_) if isinstance(saved, Refusal) else None
    return saved, 0 if item is None else item.draft_revision


def _withdrawn(connection: Connection, person: Person, id_: int, now: float) -> Refusal | None:
    before = load_item(connection, id_)
    refusal = withdraw(connection, person.id, id_, now)
    if refusal is None and before is not None and before.state == CONSULTING and before.holder is None:
        # Who had put it back while waiting for answers has it again.
        return desk.take_this(connection, person.id, id_, now)
    return refusal
