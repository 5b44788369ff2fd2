"""Projects: their rules in words, their questions, and their progress. For researchers."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Form, HTTPException, Request, UploadFile
from sqlalchemy import Connection, func, select
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from hch.people.store.answers import change_rules
from hch.people.store.database import StoreError
from hch.people.store.importing import import_questions
from hch.people.store.items import CANCELLED, ENDED, WORK
from hch.people.store.posting import post_roots
from hch.people.store.projects import Project, Rules, all_projects, get_project, make_project
from hch.people.store.tables import workspaces
from hch.serving.pages.errors import error_sentence
from hch.serving.pages.forms import WorkspaceNumber, normalize_breaks
from hch.serving.pages.rules_form import (
    CHOICES,
    LABELS,
    RulesError,
    form_fields,
    read_fields,
    rule_sentences,
    rules_from,
)  # fmt: skip
from hch.serving.pages.security import MOST_UPLOAD_BYTES
from hch.serving.pages.sessions import FOR_RESEARCHERS
from hch.serving.pages.settings import settings_of
from hch.serving.pages.templating import page
from hch.text.question_files import FileError, Kind
from hch.types import Context, Question

router = APIRouter(dependencies=[FOR_RESEARCHERS])

ProjectNumber = WorkspaceNumber
MOST_SHOWN = 100
"""Rows of a file that could not be read, and are listed."""

DONE = {
    "rules": "The rules are changed.",
    "added": "The question is added.",
    "there": "That question is there already.",
}
"""Messages by the keys that addresses hold: a link cannot put words of its own on the page."""


class Progress(msgspec.Struct):
    """Counts of a project's own questions, of the sub-questions below them, and of verdicts."""

    questions: int = 0
    questions_ended: int = 0
    below: int = 0
    below_ended: int = 0
    verdicts: int = 0
    verdicts_ended: int = 0

    @property
    def to_answer(self) -> int:
        return self.questions + self.below - self.questions_ended - self.below_ended

    @property
    def to_judge(self) -> int:
        return self.verdicts - self.verdicts_ended


def progress(connection: Connection, project: int | None = None) -> defaultdict[int, Progress]:
    """The progress of each project, or of this one alone; a project without questions has counts of zero."""
    w = workspaces.c
    by_project = defaultdict[int, Progress](Progress)
    query = select(w.project_id, w.root, w.kind, w.state, func.count()).where(w.state != CANCELLED)
    if project is not None:
        query = query.where(w.project_id == project)
    for id_, root, kind, state, count in connection.execute(query.group_by(w.project_id, w.root, w.kind, w.state)):
        counts, name = by_project[id_], "verdicts" if kind != WORK else "questions" if root else "below"
        setattr(counts, name, getattr(counts, name) + count)
        if state in ENDED:
            setattr(counts, f"{name}_ended", getattr(counts, f"{name}_ended") + count)
    return by_project


@router.get("/projects")
def projects(request: Request) -> Response:
    """All projects, and a form to make one."""
    return _projects_page(request)


@router.post("/projects")
async def create_project(request: Request) -> Response:
    """Makes a project."""
    form = await request.form()
    fields = read_fields(form)
    name = value.strip() if isinstance(value := form.get("name"), str) else ""
    try:
        if len(name) > 200:
            raise RulesError("a name has at most 200 letters")
        rules = rules_from(fields)
        project = await run_in_threadpool(settings_of(request).store.write, make_project, name, rules, now=time.time())
    except (StoreError, RulesError) as error:
        return await run_in_threadpool(
            _projects_page, request, 422, name=name, typed=fields, problem=error_sentence(error)
        )
    return RedirectResponse(f"/projects/{project.id}", 303)


@router.get("/projects/{id_}")
def project(request: Request, id_: ProjectNumber, done: str = "") -> Response:
    """A project: its rules, its questions and its progress."""
    return _project_page(request, id_, done=DONE.get(done, ""))


@router.post("/projects/{id_}/rules")
async def update_rules(request: Request, id_: ProjectNumber) -> Response:
    """Gives a project other rules."""
    fields = read_fields(await request.form())
    await run_in_threadpool(_require_project, request, id_)
    try:
        rules = rules_from(fields)
    except RulesError as error:
        return await run_in_threadpool(_project_page, request, id_, 422, typed=fields, problem=error_sentence(error))
    await run_in_threadpool(settings_of(request).store.write, change_rules, id_, rules, time.time())
    return RedirectResponse(f"/projects/{id_}?done=rules", 303)


@router.post("/projects/{id_}/questions")
def add_question(
    request: Request,
    id_: ProjectNumber,
    *,
    question: Annotated[str, Form(max_length=20_000)],
    context: Annotated[str, Form(max_length=1_000_000)] = "",
    gold: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Adds one question. Parts of the context are separated by lines of three dashes."""
    settings = settings_of(request)
    project = _require_project(request, id_)
    if not question.strip():
        fields = {"question": question, "context": context, "gold": gold}
        return _project_page(request, id_, 422, problem="A question needs some words.", written=fields)
    root = Question(normalize_breaks(question).strip(), Context(_parts(normalize_breaks(context))))
    posted = settings.store.write(post_roots, project, [root], time.time(), [normalize_breaks(gold).strip() or None])
    return RedirectResponse(f"/projects/{id_}?done={'added' if posted.new else 'there'}", 303)


@router.post("/projects/{id_}/upload")
def upload_questions(request: Request, id_: ProjectNumber, file: UploadFile) -> Response:
    """Adds the questions of a JSONL or CSV file; those that cannot be read are listed by line."""
    project = _require_project(request, id_)
    kinds: tuple[Kind, ...] = ("jsonl", "csv")
    kind = next((kind for kind in kinds if (file.filename or "").lower().endswith(f".{kind}")), None)
    try:
        if kind is None:
            raise StoreError("expected a file whose name ends in .jsonl or .csv")
        imported = import_questions(settings_of(request).store, project, file.file, kind)
    except (StoreError, FileError) as error:
        return _project_page(request, id_, 422, problem=error_sentence(error))
    return _project_page(request, id_, imported=imported)


def _require_project(request: Request, id_: int) -> Project:
    """A project. Raises HTTPException if there is none."""
    try:
        return settings_of(request).store.read(get_project, id_)
    except StoreError:
        raise HTTPException(404) from None


def _parts(context: str) -> tuple[str, ...]:
    """The parts of a context, separated by lines of three dashes; empty ones are left out."""
    parts = [part.strip("\n") for part in f"\n{context}\n".split("\n---\n")]
    return tuple(part for part in parts if part.strip())


def _projects_page(request: Request, status: int = 200, **values: Any) -> Response:
    settings = settings_of(request)
    projects, by_project = settings.store.read(lambda connection: (all_projects(connection), progress(connection)))
    return page(
        request,
        "projects.html",
        status,
        projects=[(project, by_project[project.id]) for project in projects],
        choices=CHOICES,
        labels=LABELS,
        model=settings.model,
        **{"name": "", "problem": "", "typed": form_fields(Rules()), **values},
    )


def _project_page(request: Request, id_: int, status: int = 200, **values: Any) -> Response:
    settings = settings_of(request)
    project = _require_project(request, id_)
    defaults: dict[str, Any] = {"problem": "", "done": "", "imported": None, "written": {}}
    return page(
        request,
        "project.html",
        status,
        project=project,
        progress=settings.store.read(progress, id_)[id_],
        sentences=rule_sentences(project.rules),
        choices=CHOICES,
        labels=LABELS,
        model=settings.model,
        most_bytes=MOST_UPLOAD_BYTES,
        most_shown=MOST_SHOWN,
        **{**defaults, "typed": form_fields(project.rules), "changing": "typed" in values, **values},
    )
