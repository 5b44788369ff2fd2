"""What working and judging share: the page of a workspace, drafts, signs of life, putting back and taking back."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Form, Query, Request
from sqlalchemy import Connection, func, select
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from hch.people.store import desk
from hch.people.store.drafts import Draft, draft_history, latest_draft, save_draft
from hch.people.store.items import CONSULTING, ENDED, RATE, WORK, Item, load_item, load_items
from hch.people.store.judging import TIE
from hch.people.store.people import Person
from hch.people.store.projects import get_project
from hch.people.store.refusals import NOTHING_WRITTEN, Refusal, Writing
from hch.people.store.tables import workspaces
from hch.people.store.withdrawing import withdraw
from hch.serving.pages.errors import REFUSAL_STATUS, error_response, refusal_response, wants_page, writing_record
from hch.serving.pages.forms import MOST_NUMBER, DraftForm, Short, TouchForm, WorkspaceNumber
from hch.serving.pages.sessions import SignedIn
from hch.serving.pages.settings import settings_of
from hch.serving.pages.templating import page
from hch.types import Outcome

router = APIRouter(prefix="/desk")

Done = Annotated[int | None, Query(ge=1, le=MOST_NUMBER)]
"""The number of the workspace that the person has just ended."""

WORKERS, JUDGES = ("answerer", "researcher"), ("judge", "researcher")
RECENT_SECONDS = 24 * 3600.0
MOST_LISTED = 20


class PastSubmission(msgspec.Struct, frozen=True):
    """What a person submitted in a workspace, and for how many seconds they can still take it back.

    ``what`` says what they did (“You replied”), ``text`` what they wrote.
    """

    id: int
    kind: str
    question: str
    what: str
    text: str
    at: float
    seconds_left: float


@router.get("/{id_}/draft")
def list_drafts(request: Request, person: SignedIn, id_: WorkspaceNumber) -> Response:
    """All drafts of a person in a workspace, oldest first: the steps of undo."""
    drafts = settings_of(request).store.read(draft_history, person.id, id_)
    return JSONResponse({"drafts": [writing_record(draft.content) for draft in drafts]})


@router.post("/{id_}/draft")
def post_draft(request: Request, person: SignedIn, id_: WorkspaceNumber, form: DraftForm) -> Response:
    """Saves a draft. The response says so only once the store has committed it."""
    draft, revision = settings_of(request).store.write(_save, person, id_, form, time.time())
    if isinstance(draft, Refusal):
        return refusal_response(draft, revision)
    return JSONResponse({"revision": draft.revision, "at": draft.at})


@router.post("/{id_}/touch")
def post_touch(request: Request, person: SignedIn, id_: WorkspaceNumber, form: TouchForm) -> Response:
    """A sign of life: the seconds of work so far, or a refusal if the person no longer holds the workspace."""
    settings = settings_of(request)
    seconds = settings.store.write(desk.touch, person.id, id_, time.time(), paused=form.paused)
    if seconds is not None:
        return JSONResponse({"seconds": seconds})
    item = settings.store.read(load_item, id_)
    if item is None:
        return refusal_response(Refusal("missing", "There is no such workspace."))
    if item.ended:
        return refusal_response(Refusal("ended", "This is done."))
    return refusal_response(Refusal("held", "You do not hold this now: it is somebody else’s turn."))


@router.post("/{id_}/release")
def release(request: Request, person: SignedIn, id_: WorkspaceNumber) -> Response:
    """Puts a workspace back, for anybody."""
    settings = settings_of(request)
    item = settings.store.read(require_item, person, id_)
    settings.store.write(desk.release, person.id, id_, time.time())
    return RedirectResponse(f"{path_of(item)}/lately", 303)


@router.post("/{id_}/skip")
def skip(request: Request, person: SignedIn, id_: WorkspaceNumber, reason: Annotated[Short, Form()] = "") -> Response:
    """Puts a workspace back for others; this person does not get it again."""
    settings = settings_of(request)
    item = settings.store.read(require_item, person, id_)
    settings.store.write(desk.skip, person.id, id_, reason, time.time())
    return RedirectResponse(path_of(item), 303)


@router.post("/{id_}/withdraw")
def take_back(request: Request, person: SignedIn, id_: WorkspaceNumber) -> Response:
    """Takes back what a person last submitted in a workspace, and leads them there."""
    settings = settings_of(request)
    item = settings.store.read(require_item, person, id_)
    refusal = settings.store.write(_take_back, person, id_, time.time())
    if refusal is not None:
        title = "Too late" if refusal.why == "late" else "Not here"
        return error_response(request, REFUSAL_STATUS[refusal.why], title, refusal.message)
    return RedirectResponse(f"{path_of(item)}/{id_}", 303)


def path_of(item: Item) -> str:
    """The path of the pages for workspaces of this kind."""
    return "/work" if item.kind == WORK else "/judge"


def require_item(connection: Connection, person: Person, id_: int, kinds: Sequence[str] = ()) -> Item:
    """The workspace with this number. Raises HTTPException unless its kind is one of ``kinds``, and fits the role."""
    item = load_item(connection, id_)
    if item is None or (kinds and item.kind not in kinds):
        raise HTTPException(404)
    if person.role not in (WORKERS if item.kind == WORK else JUDGES):
        raise HTTPException(403)
    return item


def take_next(request: Request, person: Person, kinds: Sequence[str], path: str, done: int | None) -> Response | None:
    """Takes the next workspace of these kinds, and leads there; None if there is none."""
    id_ = settings_of(request).store.write(desk.take, person.id, list(kinds), time.time())
    return None if id_ is None else RedirectResponse(f"{path}/{id_}{'' if done is None else f'?done={done}'}", 303)


def waits_response(request: Request, person: Person, kinds: Sequence[str]) -> Response:
    """Whether a person could take a workspace of these kinds, for a page that tells its reader."""
    return JSONResponse({"waits": settings_of(request).store.read(desk.has_work, person.id, list(kinds), time.time())})


def form_values(
    connection: Connection, person: Person, item: Item, now: float, *, is_page: bool = True
) -> dict[str, Any]:
    """The values of a form: what the page knows of the workspace, the draft, and the token of the submission.

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
    }


def unavailable_values(connection: Connection, person: Person, item: Item, now: float) -> dict[str, Any]:
    """Why somebody cannot go on in a workspace, with what they submitted there, or else the draft they left."""
    is_mine = item.person == person.id and (item.ended or item.state == CONSULTING)
    draft = latest_draft(connection, person.id, item.id)
    return {
        "closed": item.state if item.ended else "held" if item.holder is not None else "free",
        "done": last_submission(connection, item, now) if is_mine else None,
        "draft": NOTHING_WRITTEN if draft is None or is_mine else draft.content,
    }


def workspace_page(
    request: Request, name: str, values: dict[str, Any], refusal: Refusal | None, writing: Writing | None
) -> Response:
    """The page of a workspace, or of why it is unavailable. ``writing`` was refused, and stays in the fields."""
    problem = "" if refusal is None else refusal.message
    status = 200 if refusal is None else REFUSAL_STATUS[refusal.why]
    if "closed" not in values:
        draft = values["draft"] if writing is None else writing
        return page(request, f"{name}.html", status, **{**values, "problem": problem, "draft": draft})
    if refusal is None and values["done"] is None:
        status = 403
    draft = writing if writing is not None and values["done"] is None else values["draft"]
    return page(request, f"{name}_closed.html", status, **{**values, "problem": problem, "draft": draft})


def submission_response(
    request: Request, refusal: Refusal | None, draft_revision: int, next_path: str
) -> Response | None:
    """The response to a submission: the way on, or to a script its refusal. None if a page must show the refusal."""
    if refusal is None:
        return RedirectResponse(next_path, 303) if wants_page(request) else JSONResponse({"next": next_path})
    return None if wants_page(request) else refusal_response(refusal, draft_revision)


def recent_values(
    connection: Connection, person: Person, kinds: Sequence[str], done: int | None, now: float
) -> dict[str, Any]:
    """What a person submitted within a day, newest first, and what they have just ended and can still take back."""
    w = workspaces.c
    submitted_at = func.coalesce(w.ended_at, w.asked_at)
    query = (
        select(w.id)
        .where(w.person_id == person.id, w.kind.in_(kinds), w.state.in_((*ENDED, CONSULTING)))
        .where(submitted_at > now - RECENT_SECONDS)
        .order_by(submitted_at.desc(), w.id.desc())
        .limit(MOST_LISTED)
    )
    items = load_items(connection, list(connection.execute(query).scalars()))
    return {
        "submitted": [last_submission(connection, item, now) for item in items],
        "done": revocable_submission(connection, person, done, kinds, now),
    }


def revocable_submission(
    connection: Connection, person: Person, id_: int | None, kinds: Sequence[str], now: float
) -> PastSubmission | None:
    """What a person ended in this workspace, if they did and can still take it back."""
    item = None if id_ is None else load_item(connection, id_)
    if item is None or item.person != person.id or item.kind not in kinds or not item.ended:
        return None
    submission = last_submission(connection, item, now)
    return submission if submission.seconds_left > 0 else None


def last_submission(connection: Connection, item: Item, now: float) -> PastSubmission:
    """What was last submitted in a workspace that has ended or waits for answers."""
    rules = get_project(connection, item.project).rules
    at = (item.ended_at if item.ended else item.asked_at) or 0.0
    has_answers = any(pending.answer is not None for pending in item.pending)
    left = 0.0 if item.stale or has_answers else max(0.0, at + rules.withdraw_seconds - now)
    what, text = _submission_text(item)
    return PastSubmission(item.id, item.kind, item.question.text, what, text, at, left)


def _submission_text(item: Item) -> tuple[str, str]:
    """What a person did, and what they wrote."""
    if item.state == CONSULTING:
        return "You asked", "\n".join(pending.question.text for pending in item.pending)
    if item.kind == RATE:
        return "You rated the answer", f"{item.text} of 10"
    if item.kind != WORK:
        assert item.material is not None
        if item.text == TIE:
            return "You chose", "no difference"
        return "You chose", str(item.material["answers"][int(item.text)])
    if item.state == Outcome.PASSED:
        return "You passed", item.reason
    return "You replied", item.text


def _save(connection: Connection, person: Person, id_: int, form: DraftForm, now: float) -> tuple[Draft | Refusal, int]:
    """The saved draft; or the refusal, and the revision of the present draft."""
    draft = save_draft(connection, person.id, id_, form.revision, form.writing, now=now)
    item = load_item(connection, id_) if isinstance(draft, Refusal) else None
    return draft, 0 if item is None else item.draft_revision


def _take_back(connection: Connection, person: Person, id_: int, now: float) -> Refusal | None:
    before = load_item(connection, id_)
    refusal = withdraw(connection, person.id, id_, now)
    if refusal is None and before is not None and before.state == CONSULTING and before.holder is None:
        # A person who had put it back while waiting for answers holds it again.
        return desk.take_this(connection, person.id, id_, now)
    return refusal
