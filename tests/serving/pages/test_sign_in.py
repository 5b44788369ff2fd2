from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import markupsafe
import pytest

from hch.people.store.database import Database
from hch.people.store.people import Person, change_person, make_invite
from hch.serving.pages import sessions, sign_in
from tests.serving.pages.conftest import PASSPHRASE, Visitor

Made = Callable[..., Visitor]


def test_who_has_not_signed_in_is_sent_to_sign_in_and_back(visitor: Made, signed_in: Made) -> None:
    answer = visitor().get("/work?project=3", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fwork%3Fproject%3D3")
    signed_in("answerer", "Ann")
    done: Any = visitor().fill("/sign-in", {"name": "ann", "passphrase": PASSPHRASE, "next": "/work?project=3"})
    assert done.headers["location"] == "/work?project=3"


def test_scripts_are_told_and_not_sent_elsewhere(visitor: Made) -> None:
    answer = visitor().get("/", headers={"accept": "application/json"}, follow_redirects=False)
    assert (answer.status_code, answer.json()["error"]) == (401, "Not signed in")


@pytest.mark.parametrize(
    "elsewhere", ["https://example.org", "//example.org", "/\\example.org", "/a\nb", "javascript:x"]
)
def test_nobody_is_sent_elsewhere(signed_in: Made, elsewhere: str) -> None:
    ann = signed_in("answerer", "Ann")
    done: Any = ann.fill("/sign-in", {"name": "Ann", "passphrase": PASSPHRASE, "next": elsewhere})
    assert done.headers["location"] == "/"


@pytest.mark.parametrize(("name", "passphrase"), [("Ann", "not the passphrase"), ("Nobody", PASSPHRASE), ("Ann", " ")])
def test_a_wrong_name_and_a_wrong_passphrase_are_told_alike(
    signed_in: Made, visitor: Made, name: str, passphrase: str
) -> None:
    signed_in("answerer", "Ann")
    answer: Any = visitor().fill("/sign-in", {"name": name, "passphrase": passphrase})
    assert answer.status_code == 422
    assert "do not go together" in answer.text
    assert passphrase not in answer.text or passphrase == " "


def test_an_invite_is_used_once(visitor: Made, database: Database) -> None:
    token = database.write(make_invite, "judge", time.time())
    first, second = visitor(), visitor()
    assert "a <strong>judge</strong>" in first.get(f"/join/{token}").text
    short: Any = first.fill(f"/join/{token}", {"name": "Jo", "passphrase": "short"})
    assert (short.status_code, "from 10 to 200 letters" in short.text) == (422, True)
    done: Any = first.fill(f"/join/{token}", {"name": "Jo", "passphrase": PASSPHRASE})
    assert done.status_code == 303
    assert "Hello, Jo" in first.get("/").text
    again: Any = second.fill(f"/join/{token}", {"name": "Other", "passphrase": PASSPHRASE})
    assert (again.status_code, "No longer open" in again.text) == (404, True)


def test_an_invite_runs_out(visitor: Made, database: Database) -> None:
    token = database.write(make_invite, "judge", time.time() - 100, seconds=50)
    assert visitor().get(f"/join/{token}").status_code == 404


def test_who_is_no_longer_active_is_out_at_once(signed_in: Made, visitor: Made, database: Database) -> None:
    ann = signed_in("answerer", "Ann")
    person: Person = ann.person
    database.write(change_person, person.id, 0.0, active=False)
    assert ann.get("/", follow_redirects=False).status_code == 303
    assert visitor().fill("/sign-in", {"name": "Ann", "passphrase": PASSPHRASE}).status_code == 422


def test_a_role_counts_from_the_moment_that_it_is_changed(signed_in: Made, database: Database) -> None:
    ann = signed_in("answerer", "Ann")
    assert ann.get("/team").status_code == 403
    database.write(change_person, ann.person.id, 0.0, role="researcher")
    assert ann.get("/team").status_code == 200


def test_signing_out_ends_the_session_and_changes_its_token(signed_in: Made) -> None:
    ann = signed_in("answerer", "Ann")
    before = ann.token()
    ann.fill("/sign-out")
    assert ann.token() != before
    assert ann.get("/", follow_redirects=False).status_code == 303


def test_a_session_that_was_tampered_with_is_nobodys(signed_in: Made) -> None:
    ann = signed_in("answerer", "Ann")
    (name,) = ann.cookies.keys()
    ann.cookies.set(name, ann.cookies[name][:-3] + "abc", domain="testserver.local")
    assert ann.get("/", follow_redirects=False).status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(visitor: Made) -> None:
    cookie = visitor().get("/sign-in").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_session_that_somebody_has_signed_out_of_is_nobodys_wherever_it_was_copied(
    signed_in: Made, visitor: Made
) -> None:
    ann, thief = signed_in("answerer", "Ann"), visitor()
    thief.cookies.update(dict(ann.cookies))
    assert thief.get("/", follow_redirects=False).status_code == 200
    ann.fill("/sign-out")
    assert thief.get("/", follow_redirects=False).status_code == 303


def test_a_session_ends_with_time(signed_in: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = signed_in("answerer", "Ann")
    monkeypatch.setattr(sessions, "SESSION_SECONDS", -1)
    assert ann.get("/", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("name", ["Ann\u202eeve", "A\x00nn", "An\x1bn", "Ann\u2028", "\u200bAnn", "   ", "x" * 81])
def test_a_name_is_one_that_everybody_can_read(visitor: Made, database: Database, name: str) -> None:
    token = database.write(make_invite, "judge", time.time())
    answer = visitor().fill(f"/join/{token}", {"name": name, "passphrase": PASSPHRASE})
    assert (answer.status_code, "A name " in answer.text) == (422, True)


@pytest.mark.parametrize("name", ["Ån Ñandú", "علی\u200cرضا", "王小明", "O'Brien <b>&\"", "👩\u200d🔬"])
def test_whatever_letters_a_name_has(visitor: Made, database: Database, name: str) -> None:
    token = database.write(make_invite, "judge", time.time())
    client = visitor()
    assert client.fill(f"/join/{token}", {"name": name, "passphrase": PASSPHRASE}).status_code == 303
    assert f"Hello, {markupsafe.escape(name)}</h1>" in client.get("/").text
    assert visitor().fill("/sign-in", {"name": name.upper(), "passphrase": PASSPHRASE}).status_code == 303


def test_it_takes_as_long_where_there_is_nobody_of_that_name(signed_in: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in("answerer", "Ann")
    checked: list[bool] = []
    hasher = sign_in._hasher()

    class Watched:
        hash = hasher.hash

        def verify(self, stored: str, passphrase: bytes) -> bool:
            checked.append(stored.startswith("$argon2id$"))
            return hasher.verify(stored, passphrase)

    monkeypatch.setattr(sign_in, "_hasher", Watched)
    for name in ("Ann", "Nobody"):
        client.fill("/sign-in", {"name": name, "passphrase": "not the right one"})
    assert checked == [True, True]


def test_light_and_dark_are_remembered(visitor: Made) -> None:
    client = visitor()
    assert "data-theme" not in client.get("/sign-in").text
    back = client.get("/theme/dark", headers={"referer": "http://testserver/sign-in?next=x"}, follow_redirects=False)
    assert back.headers["location"] == "http://testserver/sign-in?next=x"
    assert 'data-theme="dark"' in client.get("/sign-in").text
    client.get("/theme/device")
    assert "data-theme" not in client.get("/sign-in").text
    assert client.get("/theme/x", headers={"referer": "http://e/"}, follow_redirects=False).headers["location"] == "/"
    client.cookies.set("theme", "light<script>")
    assert "light<script>" not in client.get("/sign-in").text
