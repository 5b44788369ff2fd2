"""A store with people in it, the pages over it, and a client for each of them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import argon2
import pytest
from starlette.testclient import TestClient

from hch.people.store.database import Database, open_store
from hch.people.store.people import Person, Role, make_person
from hch.serving.pages.app import application
from hch.serving.pages.settings import Pace, Settings
from tests.people.store.teams import Team
from tests.servers import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PASSPHRASE = "four calm words here"
SECRET = "a secret that only tests know"
UNHURRIED = Pace((10**6, 10**6), (10**6, 10**6), (10**6, 10**6))
"""Tests are quicker than people."""


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store with all tables and no rows: to copy it is ten times as fast as to make one."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def database(tmp_path: Path, empty_store: Path) -> Iterator[Database]:
    store = open_store(f"sqlite:///{shutil.copy(empty_store, tmp_path / 'store.db')}")
    yield store
    store.close()


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    (tmp_path / "runs").mkdir()
    return Settings(database, SECRET, hosts=("testserver",), runs=tmp_path / "runs", pace=UNHURRIED)


@pytest.fixture(scope="session")
def passphrase_hash() -> str:
    # A hash holds its own cost. At the usual one, each of some thousand sign-ins would take a tenth of a second.
    return argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSPHRASE)


@pytest.fixture
def team(database: Database) -> Team:
    return Team(database, judges=1)


@pytest.fixture
def rina(team: Team, signed_in: Callable[[Role, str], Visitor]) -> Visitor:
    # After the team, whose people have the numbers from 1 on.
    assert team is not None
    return signed_in("researcher", "Rina")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from tests.serving.pages.chromium import chromium

    with chromium() as started:
        yield started


@pytest.fixture
def address(database: Database) -> Iterator[str]:
    """Of the pages, served for a browser."""
    with serving(application(Settings(database, SECRET, hosts=("127.0.0.1",), pace=UNHURRIED))) as served:
        yield served


class Visitor(TestClient):
    """A browser without scripts: it keeps cookies, sends each form's token along, and asks for pages."""

    person: Person

    def token(self) -> str:
        match = re.search(r'<meta name="csrf-token" content="([^"]+)">', self.get("/sign-in").text)
        assert match is not None
        return match[1]

    def fill(self, path: str, values: Mapping[str, object] | None = None, **options: Any) -> Any:
        """Posts a form with its token, and returns the answer without following it."""
        filled = {"csrf_token": self.token(), **(values or {})}
        return self.post(path, data=filled, follow_redirects=False, **options)


@pytest.fixture
def visitor(settings: Settings) -> Iterator[Callable[[], Visitor]]:
    """Makes visitors who have not signed in."""
    app = application(settings)
    made: list[Visitor] = []

    def make() -> Visitor:
        client = Visitor(app, headers={"accept": "text/html"})
        client.__enter__()
        made.append(client)
        return client

    yield make
    for client in made:
        client.__exit__(None, None, None)


@pytest.fixture
def signed_in(
    visitor: Callable[[], Visitor], database: Database, passphrase_hash: str
) -> Callable[[Role, str], Visitor]:
    """Makes visitors who have signed in with a role."""

    def make(role: Role, name: str) -> Visitor:
        client = visitor()
        client.person = database.write(make_person, name, role, passphrase_hash, 0.0)
        done = client.fill("/sign-in", {"name": name, "passphrase": PASSPHRASE})
        assert done.status_code == 303, done.text
        return client

    return make
