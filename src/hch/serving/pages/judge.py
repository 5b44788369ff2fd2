"""The judge page: an answer to rate, or two to choose from; without names, in a random order for each judge."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy import Connection
from starlette.responses import Response

from hch.people.store.desk import items_held_by
from hch.people.store.items import CHOOSE, OPEN, RATE, Item
from hch.people.store.judging import HIGHEST, LOWEST, Verdict, give_verdict
from hch.people.store.people import Person
from hch.people.store.projects import Rules, get_project
from hch.people.store.refusals import Refusal, Writing
from hch.serving.pages.desk import (
    Done,
    form_values,
    recent_values,
    require_item,
    revocable_submission,
    submission_response,
    take_next,
    unavailable_values,
    waits_response,
    workspace_page,
)  # fmt: skip
from hch.serving.pages.forms import VerdictForm, WorkspaceNumber
from hch.serving.pages.sessions import Judge
from hch.serving.pages.settings import settings_of
from hch.serving.pages.templating import page
from hch.serving.pages.views import check_quotes, number_facts, record_view
from hch.text.render import label_text
from hch.text.views import view_for, visible_facts
from hch.types import NOTHING

router = APIRouter()

KINDS = (RATE, CHOOSE)
CHOICES: dict[str, int | None] = {"first": 0, "second": 1, "none": None}


@router.get("/judge")
def next_judging(request: Request, person: Judge, done: Done = None) -> Response:
    """Takes the next answer to judge and leads there; if there is none, says so."""
    return take_next(request, person, KINDS, "/judge", done) or _list_page(request, person, done, nothing=True)


@router.get("/judge/lately")
def recent_judging(request: Request, person: Judge, done: Done = None) -> Response:
    """What somebody judged within a day; takes nothing."""
    return _list_page(request, person, done, nothing=False)


@router.get("/judge/waiting")
def judging_waits(request: Request, person: Judge) -> Response:
    """Whether there is something to judge, for a page that tells its reader."""
    return waits_response(request, person, KINDS)


@router.get("/judge/{id_}")
def judge(request: Request, person: Judge, id_: WorkspaceNumber, done: Done = None) -> Response:
    """The page of the answers to judge, for the judge who holds them."""
    return _page(request, person, id_, done=done)


@router.post("/judge/{id_}")
def submit_verdict(
    request: Request, person: Judge, id_: WorkspaceNumber, form: Annotated[VerdictForm, Form()]
) -> Response:
    """Submits a verdict, once for each token."""
    refusal, draft_revision = settings_of(request).store.write(_submit, person, id_, form, time.time())
    response = submission_response(request, refusal, draft_revision, f"/judge?done={id_}")
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
    values = settings_of(request).store.write(_page_values, person, id_, time.time(), done)
    return workspace_page(request, "judge", values, refusal, writing)


def _page_values(connection: Connection, person: Person, id_: int, now: float, done: int | None) -> dict[str, Any]:
    """The values of the page, recorded as shown; for somebody who does not hold it, why it is unavailable."""
    item = require_item(connection, person, id_, KINDS)
    if item.holder != person.id:
        return unavailable_values(connection, person, item, now)
    project = get_project(connection, item.project)
    facts, answers = facts_for_judge(item, project.rules), answers_on_page(item)
    view = view_for(NOTHING, project.rules.view, project.rules.readers_see_all)
    # A quote can be absent only from a context that the judge sees in full.
    quotes = [check_quotes(answer, facts) if view == "everything" and facts else [] for answer in answers]
    record_view(connection, person.id, id_, judge_text(item.question.text, facts, answers), now)
    return {
        **form_values(connection, person, item, now),
        "kind": item.kind,
        "question": item.question.text,
        "view": view,
        "facts": number_facts(facts),
        "fact_count": len(item.question.context.facts),
        "answers": answers,
        "quotes": quotes,
        "ratings": range(LOWEST, HIGHEST + 1),
        "project": project.rules.title or project.name,
        "done": revocable_submission(connection, person, done, KINDS, now),
    }


def facts_for_judge(item: Item, rules: Rules) -> list[str]:
    """The facts that a judge sees: those of a person who can ask nobody."""
    return visible_facts(item.question.context, view_for(NOTHING, rules.view, rules.readers_see_all))


def answers_on_page(item: Item) -> list[str]:
    """The answers to judge, in the order in which this judge sees them."""
    assert item.material is not None, "a workspace to judge comes with its answers"
    answers: list[str] = item.material["answers"]
    order: list[int] = item.material.get("order", list(range(len(answers))))
    return [answers[place] for place in order]


def judge_text(question: str, facts: list[str], answers: list[str]) -> str:
    """All that a judge sees, as one text to be recorded."""
    fact_lines = [label_text(f"fact {number}", text) for number, text in enumerate(facts, 1)]
    answer_lines = [label_text(f"answer {number}", text) for number, text in enumerate(answers, 1)]
    return "\n".join([*fact_lines, label_text("question", question), *answer_lines])


def verdict_from(kind: str, form: VerdictForm) -> Verdict | Refusal:
    """The verdict of a form, or why it has none."""
    if kind == CHOOSE:
        if form.reply not in CHOICES:
            message = "Choose the first or the second answer, or say that there is no difference."
            return Refusal("empty", message, yours=form.writing)
        return Verdict(choice=CHOICES[form.reply], reason=form.reason)
    rating = int(form.reply) if form.reply.isascii() and form.reply.isdecimal() else None
    return Verdict(rating=rating, reason=form.reason)


def _list_page(request: Request, person: Person, done: int | None, *, nothing: bool) -> Response:
    settings = settings_of(request)
    return page(request, "judge_none.html", nothing=nothing, **settings.store.read(_list_values, person, done))


def _list_values(connection: Connection, person: Person, done: int | None) -> dict[str, Any]:
    items = items_held_by(connection, person.id)
    return {
        "open": [item for item in items if item.kind in KINDS and item.state == OPEN],
        **recent_values(connection, person, KINDS, done, time.time()),
    }


def _submit(
    connection: Connection, person: Person, id_: int, form: VerdictForm, now: float
) -> tuple[Refusal | None, int]:
    """Carries a verdict out: the refusal if any, and the revision of the draft."""
    item = require_item(connection, person, id_, KINDS)
    result = verdict_from(item.kind, form)
    if isinstance(result, Verdict):
        verdict = give_verdict(connection, person.id, id_, result, form.token, now=now)
        return (verdict if isinstance(verdict, Refusal) else None), item.draft_revision
    return result, item.draft_revision
