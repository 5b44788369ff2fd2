"""Server-sent events that tell open pages that something changed and where, never the text.

One watcher for all pages polls the store for new events, so it notices changes by other processes too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy import Connection, select

from hch.people.store.database import Database
from hch.people.store.events import last_event
from hch.people.store.people import Person
from hch.people.store.tables import events, workspaces
from hch.serving.pages.runs import RunFolders, Stamp
from hch.serving.pages.sessions import SignedIn
from hch.text.display import plain

POLL_SECONDS = 0.25
RUNS_SECONDS = 1.0
PATIENCE_SECONDS = 5.0
LOOK_BACK = 200
"""Events before the newest one that are read again: numbers may become visible out of order."""
MOST_WAITING = 1000
MOST_AT_ONCE = 10_000

router = APIRouter()

Notice = dict[str, Any]


class _Poll(NamedTuple):
    """What a poll read: the newest event and the recent ones, the stamps of runs, and the new events and runs."""

    newest: int
    known: set[int]
    new_events: list[Any]
    stamps: dict[str, Stamp]
    new_runs: list[str]
    runs_read_at: float


class Live:
    """The queues of all listeners, and the watcher that fills them. It polls only while somebody listens.

    Once the server is ``ending`` it ends all queues: a server waits for its connections, and these never end by
    themselves.
    """

    def __init__(self, store: Database, runs: RunFolders, ending: Callable[[], bool]) -> None:
        self.store, self.runs, self.ending = store, runs, ending
        self.listeners: dict[asyncio.Queue[Notice | None], Person] = {}
        self.watcher: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def listen(self, person: Person) -> AsyncIterator[asyncio.Queue[Notice | None]]:
        """A queue of the notices for a person, with None at the end."""
        queue: asyncio.Queue[Notice | None] = asyncio.Queue(MOST_WAITING)
        self.listeners[queue] = person
        if self.watcher is None or self.watcher.done():
            self.watcher = asyncio.create_task(self._watch())
        try:
            yield queue
        finally:
            del self.listeners[queue]

    def close(self) -> None:
        """Ends all queues."""
        for queue in self.listeners:
            _put(queue, None)

    async def _watch(self) -> None:
        poll: _Poll | None = None
        while self.listeners and not self.ending():
            try:
                before, poll = poll, await asyncio.to_thread(self._poll, poll)
                if before is not None and (poll.new_events or poll.new_runs):
                    self._notify(poll)
                await asyncio.sleep(POLL_SECONDS)
            except Exception:
                # Such as a database that restarts: listeners keep their queues, and are told once it is back.
                logging.getLogger("hch.serving.pages").exception("the store could not be watched; again soon")
                await asyncio.sleep(PATIENCE_SECONDS)
        self.close()

    def _poll(self, before: _Poll | None) -> _Poll:
        """Reads recent events and runs; what is new since ``before``."""
        now = time.monotonic()
        if before is None:
            rows = self.store.read(_events_since, self.store.read(last_event) - LOOK_BACK)
            known = {row.id for row in rows}
            return _Poll(max(known, default=0), known, [], self.runs.stamps(), [], now)
        # Concurrent writers commit in any order: an event before the newest one may be new.
        rows = self.store.read(_events_since, before.newest - LOOK_BACK)
        stamps, read_at = before.stamps, before.runs_read_at
        if now - read_at > RUNS_SECONDS:
            stamps, read_at = self.runs.stamps(), now
        names = {*before.stamps, *stamps}
        return _Poll(
            newest=max((row.id for row in rows), default=before.newest),
            known={row.id for row in rows},
            new_events=[row for row in rows if row.id not in before.known],
            stamps=stamps,
            new_runs=sorted(name for name in names if before.stamps.get(name) != stamps.get(name)),
            runs_read_at=read_at,
        )

    def _notify(self, poll: _Poll) -> None:
        for queue, person in list(self.listeners.items()):
            if any(row.kind == "person changed" and row.about == person.id for row in poll.new_events):
                # The browser connects again, if the person still has access, and in their present role.
                _put(queue, None)
                continue
            for notice in _notices(person, poll.new_events, poll.new_runs):
                _put(queue, notice)


def _put(queue: asyncio.Queue[Notice | None], notice: Notice | None) -> None:
    if notice is None and queue.full():
        queue.get_nowait()
    with contextlib.suppress(asyncio.QueueFull):  # a page that reads nothing reloads sooner or later
        queue.put_nowait(notice)


@router.get("/live", include_in_schema=False, response_class=EventSourceResponse)
async def live(request: Request, person: SignedIn) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: ``workspace`` or ``project`` with its number, ``run`` with its name, and ``work``."""
    channel: Live = request.app.state.live
    async with channel.listen(person) as queue:
        yield ServerSentEvent(retry=1000)
        while (notice := await queue.get()) is not None:
            yield ServerSentEvent(event=notice["event"], data=notice)


def _events_since(connection: Connection, number: int) -> list[Any]:
    columns = (
        events.c.id, events.c.kind, events.c.project_id, events.c.workspace_id, events.c.person_id.label("about"),
    )  # fmt: skip
    whose = (workspaces.c.person_id, workspaces.c.holder_id, workspaces.c.project_id.label("of_project"))
    query = (
        select(*columns, *whose)
        .outerjoin(workspaces, workspaces.c.id == events.c.workspace_id)
        .where(events.c.id > number)
        .order_by(events.c.id)
        .limit(MOST_AT_ONCE)
    )
    return list(connection.execute(query))


NEW_WORK = ("posted", "released", "skipped", "taken away", "lease expired", "consulted", "withdrawn", "stale")


def _notices(person: Person, new_events: list[Any], new_runs: list[str]) -> list[Notice]:
    """The notices for a person: their own workspaces, new work, and for researchers projects and runs."""
    own = {row.workspace_id for row in new_events if person.id in (row.person_id, row.holder_id, row.about)} - {None}
    notices: list[Notice] = [{"event": "workspace", "id": id_} for id_ in sorted(own)]
    if any(row.kind in NEW_WORK for row in new_events):
        notices.append({"event": "work"})
    if person.role == "researcher":
        projects = {row.project_id or row.of_project for row in new_events} - {None}
        notices += [{"event": "project", "id": id_} for id_ in sorted(projects)]
        notices += [{"event": "run", "id": plain(name)} for name in new_runs]
    return notices
