"""Projects with something to work on, for the tests of the pages where people work and judge."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Sequence
from typing import Any

from hch.people.store.database import Database
from hch.people.store.posting import post_roots
from hch.people.store.projects import Project, Rules, make_project
from hch.types import Context, Question
from tests.serving.pages.conftest import Visitor

TOKEN = "00000000-0000-0000-0000-00000000000{}"

BOOK = Context(
    (
        "Lists\nA list keeps its order.\nIt can grow.",
        "Tuples\nA tuple never changes.",
        "Sets\n" + "\n".join(f"Line {number} about sets." for number in range(2, 31)),
    )
)
WHY = Question("Why do lists keep their order?", BOOK)


def project_of(database: Database, questions: Sequence[Question] = (WHY,), **rules: Any) -> Project:
    """A project with these questions in it, under the usual rules but for those given."""
    project = database.write(make_project, "demo", Rules(**rules), now=time.time())
    database.write(post_roots, project, list(questions), time.time())
    return project


def fields(page: str, form: str = r"<form[^>]*data-desk.*?</form>") -> dict[str, Any]:
    """What is in the hidden fields of a page's main form."""
    match = re.search(form, page, re.DOTALL)
    assert match is not None, page
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', match[0])
    return {name: html.unescape(value) for name, value in hidden}


def visible(page: str) -> str:
    """The text of a page, with single spaces, as whoever looks at it reads it."""
    return html.unescape(" ".join(re.sub(r"<[^>]*>", "", page).split()))


def script(client: Visitor, path: str, body: dict[str, Any]) -> Any:
    """What the page's script gets when it posts this."""
    headers = {"accept": "application/json", "x-csrf-token": client.token()}
    return client.post(path, json=body, headers=headers, follow_redirects=False)


def decide(client: Visitor, id_: int, action: str, token: str = "", **written: Any) -> Any:
    """Submits from the page as it is now, without scripts."""
    sent = {**fields(client.get(f"/work/{id_}").text), "action": action, **written}
    if token:
        sent["token"] = token
    return client.fill(f"/work/{id_}", sent)


def take_next(client: Visitor, path: str = "/work") -> int:
    """The number of the workspace that a person gets next."""
    answer = client.get(path, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    match = re.search(r"/(\d+)", answer.headers["location"])
    assert match is not None
    return int(match[1])
