"""Projects: making one, its rules in words, its questions, and how far it has come. For researchers."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from hch.people.store.answers import change_rules
from hch.people.store.database import StoreError
from hch.people.store.importing import import_questions
from hch.people.store.posting import post_roots
from hch.people.store.projects import Project, Rules, all_projects, get_project, make_project
from hch.serving.pages.errors import in_words
from hch.serving.pages.forms import WorkspaceNumber
from hch.serving.pages.guard import MOST_UPLOAD_BYTES
from hch.serving.pages.pages import page
from hch.serving.pages.progress import progress
from hch.serving.pages.rules_form import CHOICES, LABELS, RulesError, as_typed, in_sentences, rules_from, typed_in
from hch.serving.pages.sessions import FOR_RESEARCHERS
from hch.serving.pages.settings import Settings
from hch.text.question_files import FileError, Kind
from hch.types import Context, Question

router = APIRouter(dependencies=[FOR_RESEARCHERS])

ProjectNumber = WorkspaceNumber
MOST_SHOWN = 100
"""Rows of a file that could not be read."""

DONE = {
    "rules": "The rules are changed.",
    "added": "The question is added.",
    "there": "That question is there already.",
}
"""What has just been done, by what an address says: addresses hold no words that would be shown."""


@router.get("/projects")
def projects(request: Request) -> Response:
    """All projects, and a form to make one."""
    return _projects_page(request)


@router.post("/projects")
async def makes_project(request: Request) -> Response:
    """Makes a project."""
    settings: Settings = request.app.state.settings
    form = await request.form()
    typed = typed_in(form)
    name = sent.strip() if isinstance(sent := form.get("name"), str) else ""
    try:
        if len(name) > 200:
            raise RulesError("a name has at most 200 letters")
        rules = rules_from(typed)
        project = await run_in_threadpool(settings.store.write, make_project, name, rules, now=time.time())
    except (StoreError, RulesError) as error:
        return await run_in_threadpool(_projects_page, request, 422, name=name, typed=typed, problem=in_words(error))
    return RedirectResponse(f"/projects/{project.id}", 303)


@router.get("/projects/{id_}")
def project(request: Request, id_: ProjectNumber, done: str = "") -> Response:
    """A project: its rules, its questions, and how far it has come."""
    return _project_page(request, id_, done=DONE.get(done, ""))


@router.post("/projects/{id_}/rules")
async def changes_rules(request: Request, id_: ProjectNumber) -> Response:
    """Gives a project other rules."""
    settings: Settings = request.app.state.settings
    typed = typed_in(await request.form())
    await run_in_threadpool(_found, request, id_)
    try:
        rules = rules_from(typed)
    except RulesError as error:
        return await run_in_threadpool(_project_page, request, id_, 422, typed=typed, problem=in_words(error))
    await run_in_threadpool(settings.store.write, change_rules, id_, rules, time.time())
    return RedirectResponse(f"/projects/{id_}?done=rules", 303)


@router.post("/projects/{id_}/questions")
def adds_question(
    request: Request,
    id_: ProjectNumber,
    *,
    question: Annotated[str, Form(max_length=20_000)],
    context: Annotated[str, Form(max_length=1_000_000)] = "",
    gold: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Adds one question. Parts of the context are separated by lines of three dashes."""
    settings: Settings = request.app.state.settings
    found = _found(request, id_)
    if not question.strip():
        written = {"question": question, "context": context, "gold": gold}
        return _project_page(request, id_, 422, problem="A question needs some words.", written=written)
    asked = Question(_with_plain_breaks(question).strip(), Context(_parts(_with_plain_breaks(context))))
    posted = settings.store.write(post_roots, found, [asked], time.time(), [_with_plain_breaks(gold).strip() or None])
    return RedirectResponse(f"/projects/{id_}?done={'added' if posted.new else 'there'}", 303)


@router.post("/projects/{id_}/upload")
def uploads(request: Request, id_: ProjectNumber, file: UploadFile) -> Response:
    """Adds the questions of a JSONL or CSV file; those that cannot be read are listed by line."""
    settings: Settings = request.app.state.settings
    found = _found(request, id_)
    kinds: tuple[Kind, ...] = ("jsonl", "csv")
    kind = next((kind for kind in kinds if (file.filename or "").lower().endswith(f".{kind}")), None)
    try:
        if kind is None:
            raise StoreError("expected a file whose name ends in .jsonl or .csv")
        imported = import_questions(settings.store, found, file.file, kind)
    except (StoreError, FileError) as error:
        return _project_page(request, id_, 422, problem=in_words(error))
    return _project_page(request, id_, imported=imported)


def _found(request: Request, id_: int) -> Project:
    """A project. Raises HTTPException where there is none."""
    settings: Settings = request.app.state.settings
    try:
        return settings.store.read(get_project, id_)
    except StoreError:
        raise HTTPException(404) from None


def _with_plain_breaks(text: str) -> str:
    # Forms send line breaks as networks once had them.
    return text.replace("\r\n", "\n")


def _parts(context: str) -> tuple[str, ...]:
    """The parts of a context, which lines of three dashes separate; empty ones are left out."""
    parts = [part.strip("\n") for part in f"\n{context}\n".split("\n---\n")]
    return tuple(part for part in parts if part.strip())


def _projects_page(request: Request, status: int = 200, **values: Any) -> Response:
    settings: Settings = request.app.state.settings
    found, counted = settings.store.read(lambda connection: (all_projects(connection), progress(connection)))
    shown = {"name": "", "problem": "", "typed": as_typed(Rules()), **values}
    known = {"choices": CHOICES, "labels": LABELS, "model": settings.model}
    return page(
        request, "projects.html", status, projects=[(each, counted[each.id]) for each in found], **known, **shown
    )


def _project_page(request: Request, id_: int, status: int = 200, **values: Any) -> Response:
    settings: Settings = request.app.state.settings
    found = _found(request, id_)
    usual: dict[str, Any] = {"problem": "", "done": "", "imported": None, "typed": None, "written": {}}
    shown = {**usual, **values}
    shown["changing"] = shown["typed"] is not None
    shown["typed"] = shown["typed"] or as_typed(found.rules)
    return page(
        request,
        "project.html",
        status,
        project=found,
        progress=settings.store.read(progress, id_)[id_],
        sentences=in_sentences(found.rules),
        choices=CHOICES,
        labels=LABELS,
        model=settings.model,
        most_bytes=MOST_UPLOAD_BYTES,
        most_shown=MOST_SHOWN,
        **shown,
    )
