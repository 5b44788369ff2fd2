"""The judge page: an answer to be rated, or two to choose from; blind, in the order that was drawn for this judge."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy import Connection
from starlette.responses import JSONResponse, RedirectResponse, Response

from hch.people.store import desk
from hch.people.store.items import CHOOSE, OPEN, RATE, Item
from hch.people.store.judging import HIGHEST, LOWEST, Judged, Verdict, give_verdict
from hch.people.store.people import Person
from hch.people.store.projects import Rules, get_project
from hch.people.store.refusals import Refusal, Writing
from hch.serving.pages import wording
from hch.serving.pages.desk import Done, closed_values, form_values, found, opened_page
from hch.serving.pages.errors import wants_page
from hch.serving.pages.forms import VerdictSent, WorkspaceNumber
from hch.serving.pages.lately import just_done, submitted_lately
from hch.serving.pages.pages import page
from hch.serving.pages.quoted import quotes_in
from hch.serving.pages.refusing import refused
from hch.serving.pages.sessions import Judge
from hch.serving.pages.settings import Settings
from hch.serving.pages.shown import note_shown
from hch.serving.pages.views import facts_seen
from hch.text.render import label_text
from hch.text.views import view_for, visible_facts
from hch.types import NOTHING

router = APIRouter()

KINDS = (RATE, CHOOSE)
CHOICES: dict[str, int | None] = {"first": 0, "second": 1, "none": None}


@router.get("/judge")
def next_judging(request: Request, person: Judge, done: Done = None) -> Response:
    """Takes the next answer to judge and leads there; where there is none, says so."""
    settings: Settings = request.app.state.settings
    taken = settings.store.write(desk.take, person.id, KINDS, time.time())
    if taken is None:
        return page(request, "judge_none.html", nothing=True, **settings.store.read(_under_way, person, done))
    return RedirectResponse(f"/judge/{taken}{'' if done is None else f'?done={done}'}", 303)


@router.get("/judge/lately")
def lately(request: Request, person: Judge, done: Done = None) -> Response:
    """What somebody has judged lately; takes nothing."""
    settings: Settings = request.app.state.settings
    return page(request, "judge_none.html", nothing=False, **settings.store.read(_under_way, person, done))


@router.get("/judge/waiting")
def waiting(request: Request, person: Judge) -> Response:
    """Whether there is something to judge, for a page that tells its reader."""
    settings: Settings = request.app.state.settings
    return JSONResponse({"waits": settings.store.read(desk.has_work, person.id, KINDS, time.time())})


@router.get("/judge/{id_}")
def judge(request: Request, person: Judge, id_: WorkspaceNumber, done: Done = None) -> Response:
    """The page of what is to be judged, for whoever holds it."""
    return _page(request, person, id_, done=done)


@router.post("/judge/{id_}")
def judges(request: Request, person: Judge, id_: WorkspaceNumber, sent: Annotated[VerdictSent, Form()]) -> Response:
    """Takes a verdict, once for each token."""
    settings: Settings = request.app.state.settings
    judged, draft_revision = settings.store.write(_judged, person, id_, sent, time.time())
    if isinstance(judged, Judged):
        where = f"/judge?done={id_}"
        return RedirectResponse(where, 303) if wants_page(request) else JSONResponse({"next": where})
    if not wants_page(request):
        return refused(judged, draft_revision)
    return _page(request, person, id_, refusal=judged, writing=sent.writing)


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
    values = settings.store.write(_opened, person, id_, time.time(), done)
    return opened_page(request, "judge", values, refusal, writing)


def _opened(connection: Connection, person: Person, id_: int, now: float, done: int | None) -> dict[str, Any]:
    """What the page shows, written down as shown; for somebody who does not hold it, why it is closed."""
    item = found(connection, person, id_, KINDS)
    if item.holder != person.id:
        return closed_values(connection, person, item, now)
    project = get_project(connection, item.project)
    facts, answers = facts_for_judge(item, project.rules), answers_on_page(item)
    view = view_for(NOTHING, project.rules.view, project.rules.readers_see_all)
    # Only of what the judge sees in full can be said that it is not there.
    quotes = [quotes_in(answer, facts) if view == "everything" and facts else [] for answer in answers]
    note_shown(connection, person.id, id_, shown_to_judge(item.question.text, facts, answers), now)
    return {
        **form_values(connection, person, item, now),
        "kind": item.kind,
        "question": item.question.text,
        "view": view,
        "facts": facts_seen(facts),
        "fact_count": len(item.question.context.facts),
        "answers": answers,
        "quotes": quotes,
        "ratings": range(LOWEST, HIGHEST + 1),
        "project": project.rules.title or project.name,
        "done": just_done(connection, person.id, done, KINDS, now),
    }


def facts_for_judge(item: Item, rules: Rules) -> list[str]:
    """What a judge sees of the context. A judge can ask nobody, so the rule for those who cannot holds."""
    return visible_facts(item.question.context, view_for(NOTHING, rules.view, rules.readers_see_all))


def answers_on_page(item: Item) -> list[str]:
    """The answers to be judged, in the order in which this judge sees them."""
    assert item.material is not None, "what is judged comes with its answers"
    answers: list[str] = item.material["answers"]
    order: list[int] = item.material.get("order", list(range(len(answers))))
    return [answers[place] for place in order]


def shown_to_judge(question: str, facts: list[str], answers: list[str]) -> str:
    """All that a judge sees, as one text to be written down."""
    numbered = [label_text(f"fact {number}", text) for number, text in enumerate(facts, 1)]
    judged = [label_text(f"answer {number}", text) for number, text in enumerate(answers, 1)]
    return "\n".join([*numbered, label_text("question", question), *judged])


def verdict_from(kind: str, sent: VerdictSent) -> Verdict | Refusal:
    """The verdict that was sent, or why it is none."""
    if kind == CHOOSE:
        if sent.reply not in CHOICES:
            message = "Choose the first or the second answer, or say that there is no difference."
            return Refusal("empty", message, yours=sent.writing)
        return Verdict(choice=CHOICES[sent.reply], reason=sent.reason)
    rating = int(sent.reply) if sent.reply.isascii() and sent.reply.isdecimal() else None
    return Verdict(rating=rating, reason=sent.reason)


def _judged(
    connection: Connection, person: Person, id_: int, sent: VerdictSent, now: float
) -> tuple[Judged | Refusal, int]:
    item = found(connection, person, id_, KINDS)
    verdict = verdict_from(item.kind, sent)
    if isinstance(verdict, Refusal):
        return verdict, item.draft_revision
    return give_verdict(connection, person.id, id_, verdict, sent.token, now=now), item.draft_revision


def _under_way(connection: Connection, person: Person, done: int | None) -> dict[str, Any]:
    held = [item for item in desk.held_items(connection, person.id) if item.kind in KINDS and item.state == OPEN]
    now = time.time()
    return {
        "open": held,
        "clock": wording.clock,
        "submitted": submitted_lately(connection, person.id, KINDS, now),
        "done": just_done(connection, person.id, done, KINDS, now),
    }
