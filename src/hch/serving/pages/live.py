"""What happens, told to open pages as it happens: that something changed and where, never what.

One watcher for all looks at the newest event of the store, so changes by other processes are told too.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from sqlalchemy import Connection, select
from starlette.responses import StreamingResponse

from hch.people.store.database import Database
from hch.people.store.events import last_event
from hch.people.store.people import Person
from hch.people.store.tables import events, workspaces
from hch.serving.pages.run_folders import RunFolders, Stamp
from hch.serving.pages.sessions import SignedIn
from hch.text.display import plain

POLL_SECONDS = 0.25
RUNS_SECONDS = 1.0
PATIENCE_SECONDS = 5.0
LOOK_BACK = 200
"""Events before the newest one that a new listener is told of."""
HEARTBEAT_SECONDS = 15.0
MOST_WAITING = 1000
MOST_AT_ONCE = 10_000

router = APIRouter()

Notice = dict[str, Any]


class _Looked(NamedTuple):
    """What was found when somebody looked: the newest event, events about as new, runs, and what of all that is new."""

    newest: int
    known: set[int]
    happened: list[Any]
    stamps: dict[str, Stamp]
    changed: list[str]
    looked_at: float


class Live:
    """Those who listen, and the watcher that tells them. It watches only while somebody listens.

    Where the server is ``ending``, it lets them go: a server waits for connections to end, and these never would.
    """

    def __init__(self, store: Database, runs: RunFolders, ending: Callable[[], bool]) -> None:
        self.store, self.runs, self.ending = store, runs, ending
        self.listeners: dict[asyncio.Queue[Notice | None], Person] = {}
        self.watcher: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def listening(self, person: Person) -> AsyncIterator[asyncio.Queue[Notice | None]]:
        """A queue of what happens, as far as it concerns a person; None at the end."""
        queue: asyncio.Queue[Notice | None] = asyncio.Queue(MOST_WAITING)
        self.listeners[queue] = person
        if self.watcher is None or self.watcher.done():
            self.watcher = asyncio.create_task(self._watch())
        try:
            yield queue
        finally:
            del self.listeners[queue]

    def close(self) -> None:
        """Ends all that listen."""
        for queue in self.listeners:
            _put(queue, None)

    async def _watch(self) -> None:
        looked: _Looked | None = None
        while self.listeners and not self.ending():
            try:
                before, looked = looked, await asyncio.to_thread(self._look, looked)
                if before is not None and (looked.happened or looked.changed):
                    self._tell(looked)
                await asyncio.sleep(POLL_SECONDS)
            except Exception:
                # Such as a database that restarts. Whoever listens goes on to, and is told once it is back.
                logging.getLogger("hch.serving.pages").exception("the store could not be watched; again soon")
                await asyncio.sleep(PATIENCE_SECONDS)
        self.close()

    def _look(self, before: _Looked | None) -> _Looked:
        """What is there now, and what of it is new."""
        at = time.monotonic()
        if before is None:
            rows = self.store.read(_since, self.store.read(last_event) - LOOK_BACK)
            known = {row.id for row in rows}
            return _Looked(max(known, default=0), known, [], self.runs.stamps(), [], at)
        # Where several write at once, numbers do not become visible in order: some before the newest may be new.
        rows = self.store.read(_since, before.newest - LOOK_BACK)
        stamps, looked_at = before.stamps, before.looked_at
        if at - looked_at > RUNS_SECONDS:
            stamps, looked_at = self.runs.stamps(), at
        names = {*before.stamps, *stamps}
        return _Looked(
            newest=max((row.id for row in rows), default=before.newest),
            known={row.id for row in rows},
            happened=[row for row in rows if row.id not in before.known],
            stamps=stamps,
            changed=sorted(name for name in names if before.stamps.get(name) != stamps.get(name)),
            looked_at=looked_at,
        )

    def _tell(self, looked: _Looked) -> None:
        for queue, person in list(self.listeners.items()):
            if any(row.kind == "person changed" and row.about == person.id for row in looked.happened):
                # Whoever may still be here listens again, as what they are now.
                _put(queue, None)
                continue
            for notice in _concerning(person, looked.happened, looked.changed):
                _put(queue, notice)


def _put(queue: asyncio.Queue[Notice | None], notice: Notice | None) -> None:
    if notice is None and queue.full():
        queue.get_nowait()
    with contextlib.suppress(asyncio.QueueFull):  # whoever does not listen looks again by and by
        queue.put_nowait(notice)


@router.get("/live", include_in_schema=False)
async def live(request: Request, person: SignedIn) -> StreamingResponse:
    """Server-sent events: ``workspace`` or ``project`` with its number, ``run`` with its name, and ``work``."""
    watched: Live = request.app.state.live

    async def stream() -> AsyncIterator[str]:
        async with watched.listening(person) as queue:
            yield "retry: 1000\n\n"
            while True:
                try:
                    notice = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if notice is None:
                    return
                yield f"event: {notice['event']}\ndata: {json.dumps(notice)}\n\n"

    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(stream(), media_type="text/event-stream", headers=headers)


def _since(connection: Connection, seen: int) -> list[Any]:
    columns = (
        events.c.id, events.c.kind, events.c.project_id, events.c.workspace_id, events.c.person_id.label("about"),
    )  # fmt: skip
    whose = (workspaces.c.person_id, workspaces.c.holder_id, workspaces.c.project_id.label("of_project"))
    query = (
        select(*columns, *whose)
        .outerjoin(workspaces, workspaces.c.id == events.c.workspace_id)
        .where(events.c.id > seen)
        .order_by(events.c.id)
        .limit(MOST_AT_ONCE)
    )
    return list(connection.execute(query))


NEW_WORK = ("posted", "released", "skipped", "taken away", "lease expired", "consulted", "withdrawn", "stale")


def _concerning(person: Person, happened: list[Any], changed: list[str]) -> list[Notice]:
    """What a person is told: of their own workspaces, of new work, and, researchers, of projects and runs."""
    own = {row.workspace_id for row in happened if person.id in (row.person_id, row.holder_id, row.about)} - {None}
    notices: list[Notice] = [{"event": "workspace", "id": id_} for id_ in sorted(own)]
    if any(row.kind in NEW_WORK for row in happened):
        notices.append({"event": "work"})
    if person.role == "researcher":
        projects = {row.project_id or row.of_project for row in happened} - {None}
        notices += [{"event": "project", "id": id_} for id_ in sorted(projects)]
        notices += [{"event": "run", "id": plain(name)} for name in changed]
    return notices
