from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest

from hch.people.store.database import Database
from hch.people.store.people import change_person
from hch.serving.pages import account
from tests.serving.pages.conftest import PASSPHRASE, Visitor

Made = Callable[..., Visitor]
OTHER = "quite another one"


def link_for(ruth: Visitor, person: int) -> str:
    """The path of the link that a researcher is shown."""
    shown = ruth.fill(f"/team/people/{person}/passphrase").text
    match = re.search(r'<code id="link">http://testserver(/new-passphrase/[^<]+)</code>', shown)
    assert match is not None, shown
    return html.unescape(match[1])


def comes_in(visitor: Made, passphrase: str) -> bool:
    return bool(visitor().fill("/sign-in", {"name": "Ann", "passphrase": passphrase}).status_code == 303)


def test_somebody_changes_their_passphrase_and_all_their_other_sessions_end(signed_in: Made, visitor: Made) -> None:
    ann, elsewhere = signed_in("answerer", "Ann"), visitor()
    elsewhere.fill("/sign-in", {"name": "Ann", "passphrase": PASSPHRASE})
    done = ann.fill("/account/passphrase", {"old": PASSPHRASE, "passphrase": OTHER})
    assert "is changed" in ann.get(done.headers["location"]).text
    assert elsewhere.get("/", follow_redirects=False).status_code == 303
    assert not comes_in(visitor, PASSPHRASE)
    assert comes_in(visitor, OTHER)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [("wrong words here", OTHER, "not your passphrase"), (PASSPHRASE, "short", "from 10 to 200")],
)
def test_nothing_changes_where_the_old_one_is_wrong_or_the_new_one_will_not_do(
    signed_in: Made, visitor: Made, old: str, new: str, problem: str
) -> None:
    answer = signed_in("answerer", "Ann").fill("/account/passphrase", {"old": old, "passphrase": new})
    assert (answer.status_code, problem in answer.text) == (422, True)
    assert comes_in(visitor, PASSPHRASE)


def test_who_has_forgotten_theirs_chooses_another_by_a_link_that_works_once(signed_in: Made, visitor: Made) -> None:
    ann = signed_in("answerer", "Ann")
    link = link_for(signed_in("researcher", "Ruth"), ann.person.id)
    anybody, again = visitor(), visitor()
    assert "Hello again, Ann" in anybody.get(link).text
    assert anybody.fill(link, {"passphrase": "short"}).status_code == 422
    assert anybody.fill(link, {"passphrase": OTHER}).status_code == 303
    assert "Hello, Ann" in anybody.get("/").text
    assert ann.get("/", follow_redirects=False).status_code == 303
    assert again.get(link).status_code == 404
    assert again.fill(link, {"passphrase": "a third one here"}).status_code == 404
    assert comes_in(visitor, OTHER)


def test_such_a_link_runs_out_and_ends_with_access(
    signed_in: Made, visitor: Made, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = signed_in("answerer", "Ann")
    link = link_for(signed_in("researcher", "Ruth"), ann.person.id)
    database.write(change_person, ann.person.id, 0.0, active=False)
    assert visitor().get(link).status_code == 404
    database.write(change_person, ann.person.id, 0.0, active=True)
    assert visitor().get(link).status_code == 200
    monkeypatch.setattr(account, "LINK_SECONDS", -1)
    assert visitor().get(link).status_code == 404


@pytest.mark.parametrize("token", ["x", "WzEsICJ4Il0.x.y", "é", "a" * 3000])
def test_a_made_up_link_leads_nowhere(visitor: Made, token: str) -> None:
    assert visitor().get(f"/new-passphrase/{token}").status_code == 404


def test_nobody_makes_such_a_link_for_themselves_or_for_nobody(signed_in: Made) -> None:
    ruth = signed_in("researcher", "Ruth")
    assert ruth.fill(f"/team/people/{ruth.person.id}/passphrase").status_code == 422
    assert ruth.fill("/team/people/999/passphrase").status_code == 404
