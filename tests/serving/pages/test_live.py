from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert

from hch.people.store import desk
from hch.people.store.database import Database
from hch.people.store.items import WORK
from hch.people.store.people import Person, Role, change_person, make_person
from hch.people.store.posting import post_roots
from hch.people.store.projects import Rules, make_project
from hch.people.store.tables import events
from hch.serving.pages import live
from hch.serving.pages.app import application
from hch.serving.pages.live import Live, Notice
from hch.serving.pages.runs import RunFolders
from hch.serving.pages.settings import Settings
from hch.types import Question
from tests.servers import serving
from tests.serving.pages.conftest import PASSPHRASE, Visitor
from tests.serving.pages.desks import project_of

Queue = asyncio.Queue[Notice | None]
SOON = 20.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(live, "RUNS_SECONDS", 0.05)


@pytest.fixture
def watched(database: Database, tmp_path: Path) -> Live:
    (tmp_path / "runs").mkdir()
    return Live(database, RunFolders(tmp_path / "runs"), lambda: False)


@asynccontextmanager
async def listening(watched: Live, *people: Person) -> AsyncIterator[list[Queue]]:
    """The queues of these people, once the watcher has polled."""
    poll = watched._poll
    has_polled = asyncio.Event()
    loop = asyncio.get_running_loop()

    def poll_and_note(before: live._Poll | None) -> live._Poll:
        result = poll(before)
        loop.call_soon_threadsafe(has_polled.set)
        return result

    watched._poll = poll_and_note  # type: ignore[method-assign]
    if len(people) == 1:
        async with watched.listen(people[0]) as one:
            await asyncio.wait_for(has_polled.wait(), SOON)
            yield [one]
    else:
        async with watched.listen(people[0]) as one, watched.listen(people[1]) as two:
            await asyncio.wait_for(has_polled.wait(), SOON)
            yield [one, two]


async def notices_in(queue: Queue) -> list[Notice | None]:
    """What comes until nothing has come for a while."""
    notices = [await asyncio.wait_for(queue.get(), SOON)]
    while True:
        try:
            notices.append(await asyncio.wait_for(queue.get(), 0.3))
        except TimeoutError:
            return notices


def person(database: Database, role: Role = "answerer", name: str = "Ann") -> Person:
    return database.write(make_person, name, role, None, 0.0)


async def test_new_work_is_told_to_all_and_its_project_to_researchers(database: Database, watched: Live) -> None:
    project = database.write(make_project, "p", Rules(), now=time.time())
    async with listening(watched, person(database), person(database, "researcher", "Ruth")) as (hers, other):
        database.write(post_roots, project, [Question("Why?")], time.time())
        assert await notices_in(hers) == [{"event": "work"}]
        assert await notices_in(other) == [{"event": "work"}, {"event": "project", "id": project.id}]


async def test_what_happens_in_a_workspace_is_told_to_who_has_it_and_to_nobody_else(
    database: Database, watched: Live
) -> None:
    project_of(database)
    ann, bob = person(database), person(database, name="Bob")
    taken = database.write(desk.take, ann.id, [WORK], time.time())
    assert taken is not None
    async with listening(watched, ann, bob) as (hers, his):
        database.write(desk.take_away, taken, bob.id, time.time())
        assert {"event": "workspace", "id": taken} in await notices_in(hers)
        assert {"event": "workspace", "id": taken} not in await notices_in(his)


async def test_a_notice_has_no_text(database: Database, watched: Live) -> None:
    async with listening(watched, person(database, "researcher", "Ruth")) as (queue,):
        project_of(database, [Question("a secret text")])
        assert "secret" not in str(await notices_in(queue))


async def test_who_is_changed_has_to_come_in_again(database: Database, watched: Live) -> None:
    ann = person(database)
    async with listening(watched, ann, person(database, name="Bob")) as (hers, his):
        database.write(change_person, ann.id, 0.0, active=False)
        assert (await notices_in(hers))[0] is None
        assert his.empty()


def test_an_event_that_becomes_visible_after_a_later_one_is_told(database: Database, watched: Live) -> None:
    def happens(number: int) -> None:
        with database.engine.begin() as connection:
            connection.execute(insert(events), {"id": number, "at": 0.0, "kind": "posted", "data": {}})

    first = watched._poll(None)
    happens(50)
    second = watched._poll(first)
    happens(49)
    third = watched._poll(second)
    assert [row.id for row in second.new_events] == [50]
    assert [row.id for row in third.new_events] == [49]
    assert not watched._poll(third).new_events


async def test_a_run_that_grows_is_told_to_researchers_alone(database: Database, watched: Live, tmp_path: Path) -> None:
    async with listening(watched, person(database, "researcher", "Ruth"), person(database)) as (hers, other):
        run = tmp_path / "runs" / "one"
        run.mkdir()
        (run / "experiment.json").write_text("{}")
        assert {"event": "run", "id": "one"} in await notices_in(hers)
        assert other.empty()


async def test_nobody_watches_while_nobody_listens(database: Database, watched: Live) -> None:
    async with listening(watched, person(database)):
        pass
    assert watched.watcher is not None
    await asyncio.wait_for(watched.watcher, SOON)


async def test_a_store_that_is_away_for_a_while_ends_nothing(
    database: Database, watched: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    project = database.write(make_project, "p", Rules(), now=time.time())
    monkeypatch.setattr(live, "PATIENCE_SECONDS", 0.05)
    async with listening(watched, person(database)) as (queue,):
        with monkeypatch.context() as patch:
            patch.setattr(database, "read", lambda *_: 1 / 0)
            await asyncio.sleep(0.3)
        assert "could not be watched" in caplog.text
        database.write(post_roots, project, [Question("Why?")], time.time())
        assert await notices_in(queue) == [{"event": "work"}]


def test_a_browser_hears_what_happens_until_the_server_ends(
    settings: Settings, database: Database, signed_in: Callable[..., Visitor]
) -> None:
    signed_in("researcher", "Ruth")
    app = application(replace(settings, hosts=("127.0.0.1",)))
    with serving(app) as address, httpx.Client(base_url=address, headers={"accept": "text/html"}) as client:
        token = client.get("/sign-in").text.partition('csrf-token" content="')[2].partition('"')[0]
        client.post("/sign-in", data={"name": "Ruth", "passphrase": PASSPHRASE, "csrf_token": token})
        with client.stream("GET", "/live", timeout=SOON) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.iter_lines()
            assert next(lines).startswith("retry:")
            time.sleep(1)  # until it has looked once
            project_of(database)
            assert "event: project" in lines
            app.state.ending = lambda: True
            list(lines)  # to its end
