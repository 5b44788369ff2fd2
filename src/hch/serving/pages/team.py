"""The team: its people and invitations, who holds which workspace, how much they did, and how far they agree.

For researchers.
"""

from __future__ import annotations

import time
from typing import Annotated, Any, get_args

import msgspec
from fastapi import APIRouter, Form, HTTPException, Request
from sqlalchemy import Connection, func, select
from starlette.responses import RedirectResponse, Response

from hch.people.store.agreement import Agreement, Measure, agreement
from hch.people.store.desk import items_held_by, take_away
from hch.people.store.events import record_event
from hch.people.store.items import CONSULTING, ENDED, OPEN, load_items
from hch.people.store.people import (
    ROLES,
    Person,
    Role,
    all_invites,
    all_people,
    change_person,
    end_invite,
    get_person,
    make_invite,
)  # fmt: skip
from hch.people.store.projects import Project, all_projects
from hch.people.store.tables import skips, workspaces
from hch.serving.pages.account import LINK_SECONDS, passphrase_link
from hch.serving.pages.forms import WorkspaceNumber
from hch.serving.pages.projects import Progress, progress
from hch.serving.pages.sessions import FOR_RESEARCHERS, Researcher
from hch.serving.pages.settings import settings_of
from hch.serving.pages.templating import page

router = APIRouter(dependencies=[FOR_RESEARCHERS])

MOST_HELD = 500
"""Workspaces that are listed as held."""


class Member(msgspec.Struct, frozen=True):
    """A person and their work: workspaces ended and skipped, and the seconds of work in those that they ended.

    ``right`` of ``known`` counts their answers to questions with a known answer.
    """

    person: Person
    ended: int
    skipped: int
    seconds: float
    right: int
    known: int


class ProjectAgreement(msgspec.Struct, frozen=True):
    """A project, its progress, and how far its people agree: a sentence for each kind of answer."""

    project: Project
    progress: Progress
    agreement: list[str]


@router.get("/team")
def team(request: Request) -> Response:
    """All people with their work, and open invitations."""
    return _team_page(request)


@router.get("/team/held")
def holders(request: Request) -> Response:
    """Who holds which workspace: the part of the page that changes by itself."""
    return page(request, "team_held.html", now=time.time(), **settings_of(request).store.read(holder_values))


@router.post("/team/invite")
def invite(
    request: Request,
    person: Researcher,
    role: Annotated[str, Form()],
    note: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Makes an invite link, which is shown only on this page."""
    settings = settings_of(request)
    invited_as = _require_role(role)
    token = settings.store.write(make_invite, invited_as, time.time(), note=note.strip(), created_by=person.id)
    about = f"A link for one {invited_as}. It works once, for seven days, and is shown this once:"
    return _team_page(request, link=_address(request, f"/join/{token}"), about=about)


@router.post("/team/invites/{id_}/end")
def cancel_invite(request: Request, id_: WorkspaceNumber, person: Researcher) -> Response:
    """Ends an invitation that has not been used, such as one that went to the wrong person."""
    settings_of(request).store.write(end_invite, id_, person.id, time.time())
    return RedirectResponse("/team", 303)


@router.post("/team/people/{id_}")
def update_person(
    request: Request,
    id_: WorkspaceNumber,
    person: Researcher,
    role: Annotated[str, Form()],
    active: Annotated[str, Form()] = "",
) -> Response:
    """Gives somebody another role, or ends or renews their access. Nobody can lock themselves out."""
    _require_other(request, id_, person)
    settings_of(request).store.write(_update, id_, _require_role(role), active == "on", by=person.id, now=time.time())
    return RedirectResponse("/team", 303)


@router.post("/team/people/{id_}/passphrase")
def make_passphrase_link(request: Request, id_: WorkspaceNumber, person: Researcher) -> Response:
    """Makes a link by which somebody who has forgotten their passphrase chooses a new one. It is shown this once."""
    settings = settings_of(request)
    other = _require_other(request, id_, person)
    settings.store.write(_record_link, id_, person.id, time.time())
    days = LINK_SECONDS // (24 * 3600)
    about = (
        f"By this link {other.name} chooses a new passphrase. It works once, for {days} days, and is shown this once:"
    )
    return _team_page(request, link=_address(request, passphrase_link(settings, other)), about=about)


@router.post("/team/release/{id_}")
def release(request: Request, id_: WorkspaceNumber, person: Researcher) -> Response:
    """Takes a workspace away from its holder, for others; the drafts are kept."""
    settings_of(request).store.write(take_away, id_, person.id, time.time())
    return RedirectResponse("/team", 303)


def _record_link(connection: Connection, id_: int, by: int, now: float) -> None:
    record_event(connection, "passphrase link made", now, person=id_, by=by)


def _update(connection: Connection, id_: int, role: Role, active: bool, *, by: int, now: float) -> None:
    """Changes a person; the workspaces of somebody who loses access go to others."""
    change_person(connection, id_, now, role=role, active=active)
    if not active:
        for item in items_held_by(connection, id_):
            take_away(connection, item.id, by, now)


def _require_other(request: Request, id_: int, person: Person) -> Person:
    """Another person. Raises HTTPException if there is nobody, or it is oneself."""
    other = settings_of(request).store.read(get_person, id_)
    if other is None:
        raise HTTPException(404)
    if other.id == person.id:
        raise HTTPException(422, "You cannot change your own role or access: ask another researcher.")
    return other


def _require_role(text: str) -> Role:
    """The role of this name. Raises HTTPException."""
    for role in get_args(Role):
        if text == role:
            return role  # type: ignore[no-any-return]
    raise HTTPException(422, f"There is no role “{text[:40]}”: there are {', '.join(ROLES)}.")


def _address(request: Request, path: str) -> str:
    """The address of a path, under the host name that the researcher's browser uses."""
    base = request.base_url.replace(scheme="https") if settings_of(request).secure_cookies else request.base_url
    return f"{str(base).rstrip('/')}{path}"


def _team_page(request: Request, **values: Any) -> Response:
    settings = settings_of(request)
    defaults = {"link": "", "about": ""}
    return page(
        request, "team.html", roles=ROLES, now=time.time(), **settings.store.read(team_values), **{**defaults, **values}
    )


def team_values(connection: Connection) -> dict[str, Any]:
    """The values of the team page, at one moment."""
    agreements = [(project, agreement(connection, project.id)) for project in all_projects(connection)]
    by_project = progress(connection)
    return {
        "members": _members(connection, [measures for _, measures in agreements]),
        "shared": [
            ProjectAgreement(project, by_project[project.id], agreement_sentences(measures))
            for project, measures in agreements
        ],
        "invites": [invite for invite in all_invites(connection) if invite.used_by is None],
        **holder_values(connection),
    }


def holder_values(connection: Connection) -> dict[str, Any]:
    """The workspaces that are held, by the end of their lease, and the names of all people."""
    w = workspaces.c
    query = select(w.id).where(w.holder_id.is_not(None), w.state.in_((OPEN, CONSULTING)))
    ids = list(connection.execute(query.order_by(w.lease_until).limit(MOST_HELD)).scalars())
    names = {person.id: person.name for person in all_people(connection)}
    return {"held": load_items(connection, ids), "names": names}


def agreement_sentences(measures: Agreement) -> list[str]:
    """How far people agree, for each kind of answer that two of them gave to the same question."""
    kinds = (("Answers", measures.answers), ("Ratings", measures.ratings), ("Choices", measures.choices))
    return [_agreement_sentence(kind, measure) for kind, measure in kinds if measure.pairs]


def _agreement_sentence(kind: str, measure: Measure) -> str:
    same = f"{kind}: {measure.same:,} of {measure.pairs:,} pairs are the same"
    return f"{same}; {measure.reason}." if measure.alpha is None else f"{same}, α = {measure.alpha:.2f}."


def _members(connection: Connection, agreements: list[Agreement]) -> list[Member]:
    w = workspaces.c
    query = select(w.person_id, func.count(), func.sum(w.active_seconds)).where(w.state.in_(ENDED))
    work = {id_: (count, seconds or 0.0) for id_, count, seconds in connection.execute(query.group_by(w.person_id))}
    by_person = select(skips.c.person_id, func.count()).group_by(skips.c.person_id)
    skipped: dict[int, int] = {row[0]: row[1] for row in connection.execute(by_person)}
    members = []
    for person in all_people(connection):
        ended, seconds = work.get(person.id, (0, 0.0))
        known = [measures.gold[person.id] for measures in agreements if person.id in measures.gold]
        right, answered = sum(gold.right for gold in known), sum(gold.answered for gold in known)
        members.append(Member(person, ended, skipped.get(person.id, 0), seconds, right, answered))
    return members
