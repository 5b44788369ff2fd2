"""Every route, called with whatever its description allows: by nobody, and by people in each role."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.schemas import OpenApiSchema
from sqlalchemy import Connection, update
from starlette.testclient import TestClient

from hch.people.store import desk
from hch.people.store.acting import submit
from hch.people.store.database import Database, open_store
from hch.people.store.items import WORK
from hch.people.store.people import Person, Role, make_person
from hch.people.store.tables import people as table
from hch.serving.pages.app import application
from hch.serving.pages.sessions import Session, SessionMiddleware, mark_of
from hch.serving.pages.settings import Settings
from hch.types import Ask, Context, Question
from tests.serving.pages.conftest import UNHURRIED
from tests.serving.pages.desks import project_of

ROLES: tuple[Role, ...] = ("researcher", "answerer", "judge")
ENDLESS = {"/events"}
"""What is listened to for as long as a page is open."""
FOR_ALL = ("/sign-in", "/join/", "/sign-out")
NUMBERS_THAT_ARE_THERE = 8
NOW = 1e9


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = open_store(f"sqlite:///{tmp_path_factory.mktemp('routes')}/store.db")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def people(store: Database) -> dict[str, Person]:
    """One in each role, and something in the store that each could open, or spoil."""
    made: dict[str, Person] = {role: store.write(make_person, role, role, None, 0.0) for role in ROLES}
    project_of(store, [Question(f"{name}?", Context(("a -> b",))) for name in "abc"], depth=2, other_side="people")
    id_ = store.write(desk.take, made["answerer"].id, [WORK], NOW)
    assert id_ is not None
    store.write(
        submit, made["answerer"].id, id_, Ask(("and b?",)), uuid.uuid4().hex, now=NOW, revision=0, draft_revision=0
    )
    return made


@pytest.fixture(scope="module")
def client(
    store: Database, people: dict[str, Person], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    assert people
    pages = Settings(
        store, "a secret of tests", hosts=("testserver",), runs=tmp_path_factory.mktemp("runs"), pace=UNHURRIED
    )
    with TestClient(application(pages), raise_server_exceptions=False, follow_redirects=False) as made:
        yield made


def api_schema(app: Any) -> OpenApiSchema:
    """The routes as they describe themselves; numbers are mostly of what is there."""
    text = app.openapi()
    for operations in text["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["schema"].get("type") == "integer" and parameter["in"] == "path":
                    parameter["schema"].update(minimum=1, maximum=NUMBERS_THAT_ARE_THERE)
    return schemathesis.openapi.from_dict(text)


def operations(app: Any) -> list[Any]:
    operations = [cast(Any, result).ok() for result in api_schema(app).get_all_operations()]
    return [operation for operation in operations if operation.path not in ENDLESS]


def headers_of(client: TestClient, person: Person | None) -> dict[str, str]:
    """A session, with its token; of nobody where there is none."""
    app = cast(Any, client.app)
    signer = SessionMiddleware(app, app.state.settings)
    token = uuid.uuid4().hex  # a session that was signed out of is over
    session = Session(token) if person is None else Session(token, person.id, time.time(), mark_of(person))
    return {"cookie": f"{signer.name}={signer.value(session)}", "x-csrf-token": session.csrf}


def call(client: TestClient, case: Any, headers: dict[str, str]) -> Any:
    sent = case.as_transport_kwargs(base_url="http://testserver")
    kept = {key: value for key, value in sent.items() if key in ("method", "url", "params", "json", "data", "files")}
    own = {
        str(name): str(value) for name, value in (sent.get("headers") or {}).items() if name.lower() == "content-type"
    }
    return client.request(**kept, headers={**own, **headers})


def check(path: str, role: str | None, answer: Any) -> None:
    """It never fails, never says how it works, and gives nobody what is not theirs."""
    assert answer.status_code < 500, (path, answer.status_code, answer.text[:500])
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"]
    if role is None and not path.startswith(FOR_ALL):
        assert answer.status_code in (303, 400, 401, 403, 404, 405, 413, 422), (path, answer.status_code)
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("role", [None, *ROLES])
def test_no_route_fails_or_gives_what_is_not_theirs(
    client: TestClient, people: dict[str, Person], role: Role | None
) -> None:
    every = operations(client.app)
    assert len(every) > 40
    done = {operation.label for operation in every if holds(client, operation, people, role, examples=4)}
    # Calls that are all refused would show little.
    assert len(done) >= {None: 1, "judge": 4, "answerer": 8, "researcher": 20}[role], done


@pytest.mark.slow
@pytest.mark.parametrize("role", [None, *ROLES])
def test_the_same_holds_of_many_more_calls(client: TestClient, people: dict[str, Person], role: Role | None) -> None:
    for operation in operations(client.app):
        holds(client, operation, people, role, examples=30)


def holds(client: TestClient, operation: Any, people: dict[str, Person], role: str | None, *, examples: int) -> int:
    """Calls an operation so many times. Returns how many of the calls were not refused."""
    accepted = 0

    @settings(
        max_examples=examples,
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def check_calls(case: Any) -> None:
        nonlocal accepted
        as_they_were(client, people)
        answer = call(client, case, headers_of(client, None if role is None else people[role]))
        check(operation.path, role, answer)
        accepted += answer.status_code < 400 and not answer.headers.get("location", "").startswith("/sign-in")

    check_calls()
    return accepted


def as_they_were(client: TestClient, people: dict[str, Person]) -> None:
    """Whoever was sent away by a call before this one is back, in their role."""

    def restore(connection: Connection) -> None:
        for person in people.values():
            values = {"active": True, "role": person.role, "passphrase": person.passphrase}
            connection.execute(update(table).where(table.c.id == person.id).values(**values))

    cast(Any, client.app).state.settings.store.write(restore)


def test_what_is_for_researchers_is_refused_to_others(client: TestClient, people: dict[str, Person]) -> None:
    as_they_were(client, people)
    pages = ("/projects", "/team", "/team/held", "/runs", "/explore", "/projects/1")
    for role in ("answerer", "judge"):
        headers = headers_of(client, people[role])
        assert {page: client.get(page, headers=headers).status_code for page in pages} == dict.fromkeys(pages, 403)
    headers = headers_of(client, people["researcher"])
    assert {page: client.get(page, headers=headers).status_code for page in pages} == dict.fromkeys(pages, 200)
