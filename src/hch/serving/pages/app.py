"""The application: the pages for people. Each kind of page is a module with a router; this one joins them."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from fastapi import Depends, FastAPI, Request
from starlette.responses import FileResponse, Response

from hch.serving.pages import account, explore, home, judge, live, projects, runs, sign_in, team, work
from hch.serving.pages.errors import Failsafe, add_error_pages
from hch.serving.pages.live import Live
from hch.serving.pages.runs import RunFolders
from hch.serving.pages.security import Guard, RateLimits, check_csrf, check_rate
from hch.serving.pages.sessions import EndedSessions, SessionMiddleware
from hch.serving.pages.settings import Settings
from hch.serving.pages.templating import STATIC

MODULES = (sign_in, account, home, work, judge, explore, runs, projects, team, live)
CACHE_FOREVER = "public, max-age=31536000, immutable"


def application(settings: Settings) -> FastAPI:
    """The pages over a store."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_restart(task)) for task in settings.background]
            yield
            app.state.live.close()
            for task in tasks:
                task.cancel()

    app = FastAPI(title="hch", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.settings = settings
    app.state.ending = lambda: False  # a server replaces it, to say that it is about to stop
    app.state.runs = RunFolders(settings.runs)
    app.state.live = Live(settings.store, app.state.runs, lambda: bool(app.state.ending()))
    app.state.limits = RateLimits(settings.pace)
    app.state.ended = EndedSessions()
    for module in MODULES:
        app.include_router(module.router, dependencies=[Depends(check_rate), Depends(check_csrf)])
    app.add_api_route("/static/{digest}/{name:path}", static, include_in_schema=False)
    add_error_pages(app)
    # A request passes the last one first.
    app.add_middleware(Failsafe)
    app.add_middleware(SessionMiddleware, settings=settings)
    app.add_middleware(Guard, settings=settings)
    return app


def static(request: Request, digest: str, name: str) -> Response:  # noqa: ARG001 - only caches need it
    """A file of static/, looked up in a listing so that no path reaches the file system."""
    file = _files().get(name)
    if file is None:
        return Response("There is no such file.", 404, media_type="text/plain")
    return FileResponse(file, headers={"cache-control": CACHE_FOREVER})


@functools.cache
def _files() -> dict[str, Path]:
    return {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}


async def _restart(background: Callable[[], Awaitable[None]]) -> None:
    """Runs a background task, and again after an error, so that the pages stay."""
    while True:
        try:
            await background()
            return
        except Exception:
            logging.getLogger("hch.serving.pages").exception("a background task has failed; again in 5 seconds")
            await asyncio.sleep(5)
