"""The pages for people, put together. Each kind of page is a module with a router; here they get what they share."""

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
from hch.serving.pages.csrf import from_our_pages
from hch.serving.pages.errors import Failsafe, add_error_pages
from hch.serving.pages.guard import Guard
from hch.serving.pages.limits import Limits
from hch.serving.pages.live import Live
from hch.serving.pages.pages import STATIC
from hch.serving.pages.run_folders import RunFolders
from hch.serving.pages.sessions import Ended, SessionMiddleware, not_too_often
from hch.serving.pages.settings import Settings

MODULES = (sign_in, account, home, work, judge, explore, runs, projects, team, live)
KEPT = "public, max-age=31536000, immutable"


def application(settings: Settings) -> FastAPI:
    """The pages over a store."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_insisted(each)) for each in settings.background]
            yield
            app.state.live.close()
            for task in tasks:
                task.cancel()

    app = FastAPI(title="hch", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.settings = settings
    app.state.ending = lambda: False  # whoever runs a server can say when it ends
    app.state.runs = RunFolders(settings.runs)
    # Looked up when it is asked: a server says so only once it is there.
    app.state.live = Live(settings.store, app.state.runs, lambda: bool(app.state.ending()))
    app.state.limits = Limits(settings.pace)
    app.state.ended = Ended()
    for module in MODULES:
        app.include_router(module.router, dependencies=[Depends(not_too_often), Depends(from_our_pages)])
    app.add_api_route("/static/{digest}/{name:path}", static, include_in_schema=False)
    add_error_pages(app)
    # The last is the first that a request meets.
    app.add_middleware(Failsafe)
    app.add_middleware(SessionMiddleware, settings=settings)
    app.add_middleware(Guard, settings=settings)
    return app


def static(request: Request, digest: str, name: str) -> Response:  # noqa: ARG001 - the digest is for caches alone
    """A file of static/: one of those that are there, looked up by name and not by path."""
    file = _files().get(name)
    if file is None:
        return Response("There is no such file.", 404, media_type="text/plain")
    return FileResponse(file, headers={"cache-control": KEPT})


@functools.cache
def _files() -> dict[str, Path]:
    return {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}


async def _insisted(background: Callable[[], Awaitable[None]]) -> None:
    """Carries out what goes on beside the pages; where it fails, it is tried again, and the pages stay."""
    while True:
        try:
            await background()
            return
        except Exception:
            logging.getLogger("hch.serving.pages").exception(
                "what goes on beside the pages has failed; again in 5 seconds"
            )
            await asyncio.sleep(5)
