"""Projects: making one, its rules in words, its questions, and how far it has come. For researchers."""

from __future__ import annotations

import time
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Form, HTTPException, Request, UploadFile
from sqlalchemy import Connection, func, select
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from hch.store.database import StoreError
from hch.store.items import ENDED, WORK
from hch.store.posting import post_roots
from hch.store.projects import Project, Rules, all_projects, change_rules, get_project, make_project
from hch.store.tables import workspaces
from hch.types import Context, Question
from hch.web.pages import page
from hch.web.sessions import Researcher
from hch.web.settings import Settings

router = APIRouter()

CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "other_side": (
        ("people", "other people of this project"),
        ("model", "the model that this server runs"),
        ("run", "the training run that the project belongs to"),
    ),
    "view": (
        ("everything", "all of it"),
        ("contents", "a table of contents: the first line of each part"),
        ("nothing", "nothing of it"),
    ),
    "judging": (
        ("none", "nobody"),
        ("rate", "judges, who rate each answer from 0 to 10"),
        ("choose", "judges, who choose between two answers"),
    ),
}


@router.get("/projects")
def projects(request: Request, person: Researcher) -> Response:  # noqa: ARG001 - whoever may come
    """All projects, and a form to make one."""
    settings: Settings = request.app.state.settings
    found = settings.store.read(_all_with_progress)
    return page(request, "projects.html", projects=found, rules=Rules(), choices=CHOICES, name="", problem="")


@router.post("/projects")
async def makes_project(request: Request, person: Researcher) -> Response:  # noqa: ARG001
    """Makes a project."""
    settings: Settings = request.app.state.settings
    form = await request.form()
    name = str(form.get("name", "")).strip()
    try:
        rules = rules_from(form)
        project = await run_in_threadpool(settings.store.write, make_project, name[:200], rules, now=time.time())
    except (StoreError, ValueError) as error:
        found = await run_in_threadpool(settings.store.read, _all_with_progress)
        values = {"projects": found, "rules": Rules(), "choices": CHOICES, "name": name, "problem": _sentence(error)}
        return page(request, "projects.html", 422, **values)
    return RedirectResponse(f"/projects/{project.id}", 303)


@router.get("/projects/{id}")
def project(request: Request, id: int, person: Researcher, added: str = "") -> Response:  # noqa: A002, ARG001
    """A project: its rules, its questions, and how far it has come."""
    return _project_page(request, id, added=added)


@router.post("/projects/{id}/rules")
async def changes_rules(request: Request, id: int, person: Researcher) -> Response:  # noqa: A002, ARG001
    """Gives a project other rules."""
    settings: Settings = request.app.state.settings
    form = await request.form()
    try:
        rules = rules_from(form)
    except ValueError as error:
        return await run_in_threadpool(_project_page, request, id, problem=_sentence(error), status=422)
    await run_in_threadpool(settings.store.read, get_project, id)
    await run_in_threadpool(settings.store.write, change_rules, id, rules, time.time())
    return RedirectResponse(f"/projects/{id}?added=The+rules+are+changed.", 303)


@router.post("/projects/{id}/questions")
def adds_question(
    request: Request,
    id: int,  # noqa: A002
    person: Researcher,  # noqa: ARG001
    *,
    question: Annotated[str, Form(max_length=20_000)],
    context: Annotated[str, Form(max_length=1_000_000)] = "",
    gold: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Adds one question. Parts of the context are separated by lines of three dashes."""
    settings: Settings = request.app.state.settings
    if not question.strip():
        return _project_page(request, id, problem="A question needs some words.", status=422)
    parts = [part.strip("\n") for part in f"\n{context.replace(chr(13), '')}\n".split("\n---\n")]
    asked = Question(question.strip(), Context(tuple(part for part in parts if part.strip())))
    found = settings.store.read(get_project, id)
    posted = settings.store.write(post_roots, found, [asked], time.time(), [gold.strip() or None])
    said = "The+question+is+added." if posted.new else "That+question+is+there+already."
    return RedirectResponse(f"/projects/{id}?added={said}", 303)


@router.post("/projects/{id}/upload")
def uploads(request: Request, id: int, person: Researcher, file: UploadFile) -> Response:  # noqa: A002, ARG001
    """Adds the questions of a JSONL or CSV file; those that cannot be read are listed by line."""
    from hch.store.importing import import_questions

    settings: Settings = request.app.state.settings
    name = (file.filename or "").lower()
    if not name.endswith((".jsonl", ".csv")):
        return _project_page(request, id, problem="Expected a file whose name ends in .jsonl or .csv.", status=422)
    found = settings.store.read(get_project, id)
    try:
        imported = import_questions(settings.store, found, file.file, "csv" if name.endswith(".csv") else "jsonl")
    except StoreError as error:
        return _project_page(request, id, problem=_sentence(error), status=422)
    return _project_page(request, id, imported=imported)


def rules_from(form: Any) -> Rules:
    """The rules that a form spells. Raises ValueError, in words."""
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(Rules):
        sent = form.get(field.name)
        sent = sent.strip() if isinstance(sent, str) else ""
        if field.type is bool:
            values[field.name] = sent == "on"
        elif field.name in ("title", "about"):
            values[field.name] = sent[:2000]
        elif field.name in CHOICES:
            if sent not in [name for name, _ in CHOICES[field.name]]:
                raise ValueError(f"choose one of what is offered for “{LABELS[field.name]}”")
            values[field.name] = sent
        else:
            values[field.name] = _number(field.name, sent)
    return Rules(**values)


LABELS = {
    "other_side": "who answers",
    "view": "what is seen",
    "judging": "who judges",
    "depth": "levels below a question",
    "consultations": "questions below a question",
    "words": "words below a question",
    "copies": "people to each question",
    "judges": "judges to each answer",
    "lease_seconds": "minutes without a sign of life",
    "withdraw_seconds": "minutes to take back",
}
LIMITS = {"depth": (0, 20), "copies": (1, 20), "judges": (1, 20), "consultations": (0, 100_000), "words": (0, 10**9)}
OPTIONAL = ("consultations", "words")
IN_MINUTES = ("lease_seconds", "withdraw_seconds")


def _number(name: str, sent: str) -> Any:
    if not sent and name in OPTIONAL:
        return None
    try:
        found = float(sent) if name in IN_MINUTES else int(sent)
    except ValueError:
        raise ValueError(f"“{LABELS[name]}” needs a number") from None
    if name in IN_MINUTES:
        if not 0 <= found <= 60 * 24 * 30:
            raise ValueError(f"“{LABELS[name]}” are from 0 to 43200")
        return found * 60
    least, most = LIMITS[name]
    if not least <= found <= most:
        raise ValueError(f"“{LABELS[name]}” are from {least} to {most}")
    return found


def _project_page(request: Request, id_: int, status: int = 200, **values: Any) -> Response:
    settings: Settings = request.app.state.settings
    try:
        found = settings.store.read(get_project, id_)
    except StoreError:
        raise HTTPException(404) from None
    progress = settings.store.read(_progress, found.id)
    shown = {"problem": "", "added": "", "imported": None, **values}
    return page(request, "project.html", status, project=found, progress=progress, choices=CHOICES, **shown)


def _all_with_progress(connection: Connection) -> list[tuple[Project, dict[str, int]]]:
    return [(project, _progress(connection, project.id)) for project in all_projects(connection)]


def _progress(connection: Connection, project: int) -> dict[str, int]:
    """How many of a project's root questions there are, and how many have ended; all workspaces and verdicts too."""
    w = workspaces.c
    counted: dict[str, int] = dict.fromkeys(("roots", "ended", "waiting", "below", "judged", "to_judge"), 0)
    query = select(w.root, w.kind, w.state, func.count()).where(w.project_id == project)
    for root, kind, state, count in connection.execute(query.group_by(w.root, w.kind, w.state)):
        ended = state in ENDED
        if kind != WORK:
            counted["judged" if ended else "to_judge"] += count
        elif root:
            counted["roots"] += count
            counted["ended"] += count if ended else 0
        else:
            counted["below"] += count
            counted["waiting"] += 0 if ended else count
    return counted


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
