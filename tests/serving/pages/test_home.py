from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from hch.people.store import desk
from hch.people.store.acting import submit
from hch.people.store.database import Database
from hch.people.store.items import WORK
from hch.people.store.posting import post_roots
from hch.people.store.projects import Rules, make_project
from hch.serving.pages import home
from hch.types import Ask, Question, Reply
from tests.serving.pages.conftest import Visitor
from tests.serving.pages.desks import project_of, visible

Made = Callable[..., Visitor]
TOKEN = "00000000-0000-0000-0000-00000000000{}"


def test_where_there_is_nothing_to_do_that_is_what_is_said(signed_in: Made) -> None:
    assert "Nothing waits for you right now." in signed_in("answerer", "Ann").get("/").text
    assert "Nothing waits for you right now." in signed_in("judge", "Jo").get("/").text
    assert "Make the first one" in signed_in("researcher", "Ruth").get("/").text


def test_one_goes_on_where_one_was(signed_in: Made, database: Database) -> None:
    project_of(database, [Question("First?"), Question("Second?")])
    ann = signed_in("answerer", "Ann")
    first = database.write(desk.take, ann.person.id, [WORK], time.time())
    assert first is not None
    page = ann.get("/").text
    assert f'<a href="/work/{first}">First?</a>' in page
    assert "yours to go on with" in page
    database.write(
        submit, ann.person.id, first, Ask(("What?",)), TOKEN.format(1), now=time.time(), revision=0, draft_revision=0
    )
    assert "answers are on their way" in ann.get("/").text


def test_only_what_one_may_take_is_counted(signed_in: Made, database: Database) -> None:
    project = database.write(make_project, "twice", Rules(copies=2, judging="rate"), now=time.time())
    database.write(post_roots, project, [Question("Why?")], time.time())
    ann, bob, jo = signed_in("answerer", "Ann"), signed_in("answerer", "Bob"), signed_in("judge", "Jo")
    assert "2 questions wait for your answer" in visible(ann.get("/").text)
    taken = database.write(desk.take, ann.person.id, [WORK], time.time())
    assert taken is not None
    # The other copy is for somebody else, and so is the one that somebody has.
    assert "0 questions wait for your answer" in visible(ann.get("/").text)
    assert "1 question waits for your answer" in visible(bob.get("/").text)
    database.write(
        submit, ann.person.id, taken, Reply("so"), TOKEN.format(1), now=time.time(), revision=0, draft_revision=0
    )
    assert "1 answer waits for your verdict" in visible(jo.get("/").text)
    assert "verdict" not in ann.get("/").text


def test_what_somebody_has_lost_counts_again(signed_in: Made, database: Database) -> None:
    project_of(database)
    database.write(desk.take, signed_in("answerer", "Ann").person.id, [WORK], time.time() - 10_000)
    assert "1 question waits" in visible(signed_in("answerer", "Bob").get("/").text)


def test_very_many_are_not_counted_out(signed_in: Made, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "MOST_COUNTED", 3)
    project_of(database, [Question(f"Question {number}?") for number in range(5)])
    assert "3+ questions wait for your answer" in visible(signed_in("answerer", "Ann").get("/").text)


def test_researchers_see_how_far_projects_are(signed_in: Made, database: Database) -> None:
    project_of(database)
    assert "demo 0 of 1 answered" in visible(signed_in("researcher", "Ruth").get("/").text)
    assert "demo" not in signed_in("answerer", "Ann").get("/").text
