"""The pages for people, put together. Each kind of page is a module with a router; here they get what they share."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import Depends, FastAPI, Request
from starlette.responses import FileResponse, Response

from hch.web import explore, home, judge, live, projects, runs, sign_in, team, work
from hch.web.csrf import from_our_pages
from hch.web.errors import add_error_pages
from hch.web.guard import Guard
from hch.web.live import Live
from hch.web.pages import STATIC
from hch.web.sessions import SessionMiddleware
from hch.web.settings import Settings

MODULES = (sign_in, home, work, judge, explore, runs, projects, team, live)
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
    app.state.live = Live(settings, lambda: app.state.ending())
    for module in MODULES:
        app.include_router(module.router, dependencies=[Depends(from_our_pages)])
    app.add_api_route("/static/{digest}/{name:path}", static, include_in_schema=False)
    add_error_pages(app)
    app.add_middleware(SessionMiddleware, settings=settings)
    app.add_middleware(Guard, settings=settings)
    return app


def static(request: Request, digest: str, name: str) -> Response:  # noqa: ARG001 - the digest is for caches alone
    """A file of static/: one of those that are there, looked up by name and not by path."""
    file = _files().get(name)
    if file is None:
        return Response("There is no such file.", 404, media_type="text/plain")
    return FileResponse(file, headers={"cache-control": KEPT})


def _files() -> dict[str, Path]:
    return {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}


async def _insisted(background: object) -> None:
    """Carries out what goes on beside the pages; where it fails, it is tried again, and the pages stay."""
    import logging

    while True:
        try:
            await background()  # type: ignore[operator]
            return
        except Exception:
            logging.getLogger("hch.web").exception("what goes on beside the pages has failed; again in 5 seconds")
            await asyncio.sleep(5)
