"""What happens, told to open pages as it happens: that something changed and where, never what.

One watcher for all looks at the newest event of the store, so changes by other processes are told too.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import Connection, select
from starlette.responses import StreamingResponse

from hch.store.events import last_event
from hch.store.people import Person
from hch.store.tables import events, workspaces
from hch.web.sessions import SignedIn
from hch.web.settings import Settings

POLL_SECONDS = 0.25
HEARTBEAT_SECONDS = 15.0
MOST_WAITING = 1000

router = APIRouter()

Notice = dict[str, Any]


class Live:
    """Those who listen, and the watcher that tells them. It watches only while somebody listens.

    Where the server is ``ending``, it lets them go: a server waits for connections to end, and these never would.
    """

    def __init__(self, settings: Settings, ending: Callable[[], bool]) -> None:
        self.store, self.ending = settings.store, ending
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
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(None)

    async def _watch(self) -> None:
        seen = await asyncio.to_thread(self.store.read, last_event)
        while self.listeners:
            await asyncio.sleep(POLL_SECONDS)
            if self.ending():
                self.close()
                return
            newest, happened = await asyncio.to_thread(self.store.read, _since, seen)
            seen = newest
            for queue, person in list(self.listeners.items()):
                for notice in _concerning(person, happened):
                    with contextlib.suppress(asyncio.QueueFull):  # who does not listen looks again by and by
                        queue.put_nowait(notice)


@router.get("/live", include_in_schema=False)
async def live(request: Request, person: SignedIn) -> StreamingResponse:
    """Server-sent events: ``workspace`` with its number, ``project`` with its number, ``work`` where some is new."""
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


def _since(connection: Connection, seen: int) -> tuple[int, list[Any]]:
    columns = (events.c.id, events.c.kind, events.c.project_id, events.c.workspace_id)
    whose = (workspaces.c.person_id, workspaces.c.holder_id, workspaces.c.project_id.label("of_project"))
    query = (
        select(*columns, *whose)
        .outerjoin(workspaces, workspaces.c.id == events.c.workspace_id)
        .where(events.c.id > seen)
        .order_by(events.c.id)
        .limit(10_000)
    )
    rows = list(connection.execute(query))
    return (rows[-1].id if rows else seen), rows


NEW_WORK = ("posted", "released", "skipped", "lease expired", "consulted", "withdrawn", "stale")


def _concerning(person: Person, happened: list[Any]) -> list[Notice]:
    """What a person is told: of their own workspaces, of work that may be new, and, researchers, of projects."""
    own = {row.workspace_id for row in happened if person.id in (row.person_id, row.holder_id)} - {None}
    notices: list[Notice] = [{"event": "workspace", "id": id_} for id_ in sorted(own)]
    if any(row.kind in NEW_WORK for row in happened):
        notices.append({"event": "work"})
    if person.role == "researcher":
        projects = {row.project_id or row.of_project for row in happened} - {None}
        notices += [{"event": "project", "id": id_} for id_ in sorted(projects)]
    return notices
