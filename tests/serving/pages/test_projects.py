from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from hch.people.store import desk
from hch.people.store.acting import submit
from hch.people.store.database import Database
from hch.people.store.items import WORK, load_item
from hch.people.store.projects import Project, Rules, all_projects, find_project, get_project
from hch.serving.pages.app import application
from hch.serving.pages.rules_form import form_fields
from hch.serving.pages.settings import Settings
from hch.types import Reply
from tests.serving.pages.conftest import PASSPHRASE, Visitor
from tests.serving.pages.desks import project_of, visible

Made = Callable[..., Visitor]


@pytest.fixture
def ruth(signed_in: Made) -> Visitor:
    return signed_in("researcher", "Ruth")


def rule_fields(**changes: str) -> dict[str, object]:
    """A form of rules as a browser sends it: what is not ticked is not there."""
    return {name: value for name, value in {**form_fields(Rules()), **changes}.items() if value or name != "suggest"}


def questions_of(database: Database, project: Project) -> list[tuple[str, tuple[object, ...], str | None]]:
    items = [database.read(load_item, id_) for id_ in range(1, 20)]
    return [
        (item.question.text, item.question.context.facts, item.gold)
        for item in items
        if item is not None and item.project == project.id
    ]


def test_a_project_is_made_with_its_rules(ruth: Visitor, database: Database) -> None:
    rules = rule_fields(
        title="A title", about="What\r\nabout", copies="2", judging="choose", consultations="", lease_seconds="1.5"
    )
    done = ruth.fill("/projects", {"name": " short ", **rules})
    assert done.status_code == 303
    made = database.read(find_project, "short")
    assert made is not None
    assert done.headers["location"] == f"/projects/{made.id}"
    expected = Rules("A title", "What\nabout", copies=2, judging="choose", consultations=None, lease_seconds=90.0)
    assert made.rules == expected
    page = ruth.get(f"/projects/{made.id}").text
    assert "Each question is answered by 2 people unseen by each other, who see all of it." in visible(page)
    assert "There is no question yet" in page


@pytest.mark.parametrize(
    ("name", "rules", "said"),
    [
        ("", {}, "A project needs a name."),
        ("there", {}, "There is a project “there” already."),
        ("x" * 201, {}, "A name has at most 200 letters."),
        ("new", {"depth": "21"}, "“Levels below a question” goes from 0 to 20."),
        ("new", {"copies": "many"}, "“People to each question” needs a number."),
        ("new", {"copies": ""}, "“People to each question” needs a number."),
        ("new", {"lease_seconds": "nan"}, "“Minutes to keep a question” goes from 0 to 43,200."),
        ("new", {"view": "half"}, "Choose one of the options for “What H sees of a text”."),
        ("new", {"judging": "choose"}, "at least 2 people who answer each question."),
        ("new", {"about": "x" * 2001}, "“about” has at most 2000 letters."),
    ],
)
def test_what_will_not_do_is_said_and_what_was_typed_is_kept(
    ruth: Visitor, database: Database, name: str, rules: dict[str, str], said: str
) -> None:
    ruth.fill("/projects", {"name": "there", **rule_fields()})
    answer = ruth.fill("/projects", {"name": name, **rule_fields(title="My own title", **rules)})
    assert (answer.status_code, said in visible(answer.text)) == (422, True)
    assert 'value="My own title"' in answer.text
    for value in rules.values():
        assert value in answer.text or value == "half"
    assert len(database.read(all_projects)) == 1


def test_rules_are_changed_or_stay_as_they_are(ruth: Visitor, database: Database) -> None:
    made = project_of(database)
    wrong = ruth.fill(f"/projects/{made.id}/rules", rule_fields(depth="-1", title="kept"))
    assert (wrong.status_code, "<details open>" in wrong.text, 'value="kept"' in wrong.text) == (422, True, True)
    assert database.read(get_project, made.id).rules == made.rules
    done = ruth.fill(f"/projects/{made.id}/rules", rule_fields(depth="2", suggest="on", readers_see_all=""))
    assert "The rules are changed." in ruth.get(done.headers["location"]).text
    assert database.read(get_project, made.id).rules == Rules(depth=2, suggest=True, readers_see_all=False)


def test_an_address_says_nothing_of_its_own(ruth: Visitor, database: Database) -> None:
    made = project_of(database)
    assert "trust me" not in ruth.get(f"/projects/{made.id}?done=trust+me").text


def test_a_question_is_added_once_with_the_parts_of_its_context(ruth: Visitor, database: Database) -> None:
    made = project_of(database, [])
    asked = {"question": " Why?\r\n", "context": "One\r\nline\r\n---\r\nTwo\r\n---\r\n \r\n", "gold": " so "}
    done = ruth.fill(f"/projects/{made.id}/questions", asked)
    assert "The question is added." in ruth.get(done.headers["location"]).text
    again = ruth.fill(f"/projects/{made.id}/questions", asked)
    assert "That question is there already." in ruth.get(again.headers["location"]).text
    assert questions_of(database, made) == [("Why?", ("One\nline", "Two"), "so")]


def test_a_question_of_no_words_is_none_and_what_it_is_about_is_kept(ruth: Visitor, database: Database) -> None:
    made = project_of(database, [])
    answer = ruth.fill(f"/projects/{made.id}/questions", {"question": "  ", "context": "all of this"})
    assert (answer.status_code, "needs some words" in answer.text, ">all of this</textarea>" in answer.text) == (
        422,
        True,
        True,
    )


def upload(ruth: Visitor, project: Project, name: str, content: bytes) -> tuple[int, str]:
    answer = ruth.fill(f"/projects/{project.id}/upload", {}, files={"file": (name, content)})
    return answer.status_code, visible(answer.text)


def test_a_file_of_questions_goes_in_and_its_bad_rows_are_told_by_line(ruth: Visitor, database: Database) -> None:
    made = project_of(database, [])
    lines = b'{"question": "A?", "gold": "yes"}\n{"nope": 1}\n<script>\n{"question": "B?", "context": ["x", "y"]}\n'
    status, page = upload(ruth, made, "Q.JSONL", lines)
    assert (status, "2 questions are added. 2 rows could not be read:" in page) == (200, True)
    assert "Line 2: there is no column “nope”" in page
    assert "Line 3: no JSON" in page
    assert questions_of(database, made) == [("A?", (), "yes"), ("B?", ("x", "y"), None)]
    _, again = upload(ruth, made, "q.csv", b"question,gold\nA?,yes\nC?,\n")
    assert "One question is added, 1 was there already." in again


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("q.txt", b"Why?", "Expected a file whose name ends in .jsonl or .csv."),
        ("", b"", ""),
        ("q.csv", b"", "The file is empty"),
        ("q.csv", "question\nWhy?".encode("utf-16"), "perhaps in UTF-16"),
        ("q.csv", b"questiom\nWhy?", "did you mean question?"),
        ("../../etc/passwd.csv", b"questiom\nWhy?", "did you mean question?"),
    ],
)
def test_a_file_that_is_none_of_questions_adds_nothing(
    ruth: Visitor, database: Database, name: str, content: bytes, said: str
) -> None:
    made = project_of(database, [])
    status, page = upload(ruth, made, name, content)
    assert (status, said in page) == (422, True)
    assert not questions_of(database, made)


def test_of_many_bad_rows_some_are_shown(ruth: Visitor, database: Database) -> None:
    _, page = upload(ruth, project_of(database, []), "q.jsonl", b"x\n" * 250)
    assert "250 rows could not be read:" in page
    assert "… and 150 more." in page


def test_progress_counts_what_has_ended(ruth: Visitor, signed_in: Made, database: Database) -> None:
    made = project_of(database)
    ann = signed_in("answerer", "Ann").person.id
    id_ = database.write(desk.take, ann, [WORK], time.time())
    assert id_ is not None
    assert "0 of 1 questions answered" in visible(ruth.get(f"/projects/{made.id}").text)
    database.write(submit, ann, id_, Reply("so"), "t" * 36, now=time.time(), revision=0, draft_revision=0)
    assert "1 of 1 questions answered" in visible(ruth.get(f"/projects/{made.id}").text)
    assert "1 of 1" in visible(ruth.get("/projects").text)


def test_it_is_told_where_a_project_waits_for_a_model_that_nobody_runs(
    ruth: Visitor, settings: Settings, database: Database
) -> None:
    made = project_of(database, other_side="model")
    assert "This server runs no model" in ruth.get(f"/projects/{made.id}").text
    with_model = Visitor(application(replace(settings, model="excerpts")), headers={"accept": "text/html"})
    with_model.fill("/sign-in", {"name": "Ruth", "passphrase": PASSPHRASE})
    assert "This server runs no model" not in with_model.get(f"/projects/{made.id}").text


@pytest.mark.parametrize("path", ["/projects/77/rules", "/projects/77/questions", "/projects/77/upload"])
def test_what_is_not_there_is_not_changed(ruth: Visitor, path: str) -> None:
    answer = ruth.fill(path, {"question": "x", **rule_fields()}, files={"file": ("q.csv", b"question\nx\n")})
    assert answer.status_code == 404
