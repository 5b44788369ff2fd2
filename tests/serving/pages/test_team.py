from __future__ import annotations

import html
import re
import time
from collections.abc import Callable

import pytest

from hch.people.store import desk
from hch.people.store.acting import submit
from hch.people.store.database import Database
from hch.people.store.items import WORK, load_item
from hch.people.store.people import Role, all_people, get_person
from hch.people.store.posting import post_roots
from hch.people.store.projects import Rules, make_project
from hch.types import Question, Reply
from tests.serving.pages.conftest import PASSPHRASE, Visitor
from tests.serving.pages.desks import project_of, visible

Made = Callable[..., Visitor]


@pytest.fixture
def ruth(signed_in: Made) -> Visitor:
    return signed_in("researcher", "Ruth")


def link_on(page: str) -> str:
    match = re.search(r'<code id="link">http://testserver(/join/[^<]+)</code>', page)
    assert match is not None
    return html.unescape(match[1])


@pytest.mark.parametrize("role", ["researcher", "answerer", "judge"])
def test_an_invite_link_is_shown_once_and_lets_one_person_in(
    ruth: Visitor, visitor: Made, database: Database, role: Role
) -> None:
    shown = ruth.fill("/team/invite", {"role": role, "note": "for Mina"}).text
    link = link_on(shown)
    assert f'data-copy="http://testserver{link}"' in shown
    again = ruth.get("/team").text
    assert link not in again
    assert f"{role}: for Mina" in visible(again)
    assert visitor().fill(link, {"name": "Mina", "passphrase": PASSPHRASE}).status_code == 303
    assert {person.name: person.role for person in database.read(all_people)}["Mina"] == role
    assert "for Mina" not in ruth.get("/team").text


def test_an_invitation_can_be_ended_before_somebody_uses_it(ruth: Visitor, visitor: Made) -> None:
    link = link_on(ruth.fill("/team/invite", {"role": "judge"}).text)
    (end,) = re.findall(r'action="(/team/invites/\d+/end)"', ruth.get("/team").text)
    ruth.fill(end)
    assert visitor().get(link).status_code == 404
    assert "has ended" in ruth.get("/team").text
    assert ruth.fill("/team/invites/999/end").status_code == 303


def test_a_role_and_access_are_changed(ruth: Visitor, signed_in: Made, database: Database) -> None:
    ann = signed_in("answerer", "Ann")
    ruth.fill(f"/team/people/{ann.person.id}", {"role": "judge", "active": "on"})
    assert ann.get("/judge").status_code == 200
    assert ann.get("/work").status_code == 403
    ruth.fill(f"/team/people/{ann.person.id}", {"role": "judge"})
    assert ann.get("/", follow_redirects=False).status_code == 303
    changed = database.read(get_person, ann.person.id)
    assert changed is not None
    assert (changed.role, changed.active) == ("judge", False)
    assert "no access" in ruth.get("/team").text


def test_what_somebody_held_goes_to_others_when_their_access_ends(
    ruth: Visitor, signed_in: Made, database: Database
) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann").person.id
    id_ = database.write(desk.take, ann, [WORK], time.time())
    assert id_ is not None
    ruth.fill(f"/team/people/{ann}", {"role": "answerer"})
    item = database.read(load_item, id_)
    assert item is not None
    assert item.holder is None


def test_nobody_locks_themselves_out(ruth: Visitor, database: Database) -> None:
    answer = ruth.fill(f"/team/people/{ruth.person.id}", {"role": "judge"})
    assert (answer.status_code, "ask another researcher" in answer.text) == (422, True)
    assert f'action="/team/people/{ruth.person.id}"' not in ruth.get("/team").text


def test_who_holds_what_is_shown_and_can_be_given_to_others(ruth: Visitor, signed_in: Made, database: Database) -> None:
    project_of(database)
    ann = signed_in("answerer", "Ann")
    id_ = database.write(desk.take, ann.person.id, [WORK], time.time())
    part = visible(ruth.get("/team/held").text)
    assert "Why do lists keep their order?" in part
    assert "Ann is at work; holds it for" in part
    ruth.fill(f"/team/release/{id_}")
    assert "Nobody holds anything right now." in ruth.get("/team").text
    assert ruth.fill(f"/team/release/{id_}").status_code == 303


def test_work_agreement_and_known_answers_are_told(ruth: Visitor, signed_in: Made, database: Database) -> None:
    project = database.write(make_project, "twice", Rules(title="Twice over", copies=2), now=time.time())
    questions = [Question(f"Is {number} even?") for number in range(4)]
    database.write(post_roots, project, questions, time.time(), ["yes", "no", "yes", None])
    for name in ("Ann", "Bob"):
        person = signed_in("answerer", name).person.id
        for number in range(4):
            id_ = database.write(desk.take, person, [WORK], 1000.0 * number)
            assert id_ is not None
            database.write(desk.touch, person, id_, 1000.0 * number + 30)
            text = "maybe" if (name, number) == ("Bob", 1) else "no" if number % 2 else "yes"
            token = f"{name}-{number}".ljust(36, "0")
            database.write(
                submit, person, id_, Reply(text), token, now=1000.0 * number + 30, revision=0, draft_revision=0
            )
    page = visible(ruth.get("/team").text)
    assert re.search(r"Ann answerer 4 ended, 0 skipped, 2 min at work, 3 of 3 known answers met", page)
    assert re.search(r"Bob answerer 4 ended, 0 skipped, 2 min at work, 2 of 3 known answers met", page)
    assert "Answers: 3 of 4 pairs are the same, α = 0." in page
    assert "Twice over 8 of 8 questions answered." in page


def test_while_nobody_has_done_anything_that_is_what_is_said(ruth: Visitor, database: Database) -> None:
    assert "There is no project yet." in ruth.get("/team").text
    project_of(database)
    assert "No two people have answered the same question yet" in ruth.get("/team").text
