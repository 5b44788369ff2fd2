"""What the team page tells: who has done how much, who holds what until when, and how far people agree."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from hch.people.store.agreement import Agreement, Measure, agreement
from hch.people.store.items import CONSULTING, ENDED, OPEN, Item, load_items
from hch.people.store.people import Person, all_invites, all_people
from hch.people.store.projects import Project, all_projects
from hch.people.store.tables import skips, workspaces
from hch.serving.pages.progress import Progress, progress

MOST_HELD = 500


class Member(msgspec.Struct, frozen=True):
    """Somebody, and how much they have done; ``seconds`` are those of work in what they ended."""

    person: Person
    ended: int
    skipped: int
    seconds: float
    right: int
    known: int
    """Of the questions with a known answer that they answered, how many rightly, and how many there are."""


class Shared(msgspec.Struct, frozen=True):
    """A project, how far it has come, and how far its people agree, a sentence for each thing that can be compared."""

    project: Project
    progress: Progress
    agreement: list[str]


def figures(connection: Connection) -> dict[str, Any]:
    """All of it, at one moment."""
    agreements = [(project, agreement(connection, project.id)) for project in all_projects(connection)]
    counted = progress(connection)
    return {
        "members": _members(connection, [found for _, found in agreements]),
        "shared": [Shared(project, counted[project.id], in_sentences(found)) for project, found in agreements],
        "invites": [invite for invite in all_invites(connection) if invite.used_by is None],
        **holders(connection),
    }


def holders(connection: Connection) -> dict[str, Any]:
    """Who holds what, whoever's lease runs out first first; and everybody's name."""
    w = workspaces.c
    query = select(w.id).where(w.holder_id.is_not(None), w.state.in_((OPEN, CONSULTING)))
    ids = list(connection.execute(query.order_by(w.lease_until).limit(MOST_HELD)).scalars())
    held: list[Item] = load_items(connection, ids)
    return {"held": held, "names": {person.id: person.name for person in all_people(connection)}}


def in_sentences(found: Agreement) -> list[str]:
    """How far people agree, where two of them said something of the same."""
    kinds = (("Answers", found.answers), ("Ratings", found.ratings), ("Choices", found.choices))
    return [_in_words(kind, measure) for kind, measure in kinds if measure.pairs]


def _in_words(kind: str, measure: Measure) -> str:
    same = f"{kind}: {measure.same:,} of {measure.pairs:,} pairs are the same"
    return f"{same}; {measure.reason}." if measure.alpha is None else f"{same}, α = {measure.alpha:.2f}."


def _members(connection: Connection, agreements: list[Agreement]) -> list[Member]:
    w = workspaces.c
    query = select(w.person_id, func.count(), func.sum(w.active_seconds)).where(w.state.in_(ENDED))
    done = {id_: (count, seconds or 0.0) for id_, count, seconds in connection.execute(query.group_by(w.person_id))}
    by_person = select(skips.c.person_id, func.count()).group_by(skips.c.person_id)
    skipped: dict[int, int] = {row[0]: row[1] for row in connection.execute(by_person)}
    made = []
    for person in all_people(connection):
        met = [found.gold[person.id] for found in agreements if person.id in found.gold]
        known = (sum(each.right for each in met), sum(each.answered for each in met))
        made.append(Member(person, *_pair(done.get(person.id), skipped.get(person.id, 0)), *known))
    return made


def _pair(done: tuple[int, float] | None, skipped: int) -> tuple[int, int, float]:
    ended, seconds = done or (0, 0.0)
    return ended, skipped, seconds
