"""Errors as pages, in words; for scripts, as JSON with the same words. Never a traceback."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hch.people.store.database import StoreError
from hch.serving.pages.csrf import ForgedRequestError
from hch.serving.pages.guard import TooLargeError
from hch.serving.pages.limits import TooOftenError
from hch.serving.pages.pages import page
from hch.serving.pages.sessions import NotAllowedError, NotSignedInError, sign_in_address, visitor

WORDS = {
    403: ("Not for your role", "This page is for people with another role. Whoever invited you can give you one."),
    404: ("Not here", "There is nothing at this address. It may have been withdrawn, or the link is not complete."),
    405: ("Not like this", "This address does not take what was sent to it."),
}
BROKEN = (
    500,
    "Something went wrong",
    "This is our mistake, and it is written down in the server’s log. What was saved is safe.",
)
TOO_MUCH = "That is too much"


def wants_page(request: Request) -> bool:
    """Whether a person looks at the answer, and not a script."""
    return "text/html" in request.headers.get("accept", "") and "hx-request" not in request.headers


def in_words(error: Exception) -> str:
    """What an error says, as a sentence."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


def said(request: Request, status: int, title: str, text: str, headers: dict[str, str] | None = None) -> Response:
    """An error as a page, or as JSON."""
    if not wants_page(request):
        return JSONResponse({"error": title, "detail": text}, status, headers=headers)
    made = page(request, "error.html", status, title=title, text=text)
    made.headers.update(headers or {})
    return made


class Failsafe:
    """Makes a page of whatever else goes wrong, and of what was refused before any page could see it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            refused: TooLargeError | None = scope["state"].get("refused")
            if refused is None:
                await self.app(scope, receive, noted)
                return
            answer = said(request, 413, TOO_MUCH, refused.detail)
        except ClientDisconnect:
            return
        except Exception:
            logging.getLogger("hch.serving.pages").exception("a page failed: %s", request.url.path)
            if begun:
                raise
            answer = said(request, *BROKEN)
        await answer(scope, receive, send)


def add_error_pages(app: FastAPI) -> None:
    """Gives an app a page for each error that may come out of a route."""

    @app.exception_handler(NotSignedInError)
    async def not_signed_in(request: Request, _: Exception) -> Response:
        if wants_page(request):
            return RedirectResponse(sign_in_address(request), 303)
        return said(request, 401, "Not signed in", "Sign in first; what you wrote is kept on this page.")

    @app.exception_handler(NotAllowedError)
    async def not_allowed(request: Request, _: Exception) -> Response:
        return said(request, 403, *WORDS[403])

    @app.exception_handler(ForgedRequestError)
    async def forged(request: Request, _: Exception) -> Response:
        text = "The form is from another session: go back, load the page anew, and send it again."
        return said(request, 403, "Not from this page", text)

    @app.exception_handler(TooOftenError)
    async def too_often(request: Request, error: Exception) -> Response:
        assert isinstance(error, TooOftenError)
        seconds = str(round(error.seconds) + 1)
        text = f"That was too often in too short a time. Try again in {seconds} seconds."
        return said(request, 429, "A little slower", text, {"retry-after": seconds})

    @app.exception_handler(StoreError)
    async def refused(request: Request, error: Exception) -> Response:
        return said(request, 422, "Not possible", in_words(error))

    @app.exception_handler(RequestValidationError)
    async def misunderstood(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        await _who_is_there(request)
        found = error.errors()
        if any(each["loc"][0] == "path" for each in found):  # no such thing has an address like that
            return said(request, 404, *WORDS[404])
        return said(request, 422, "Not understood", "; ".join(map(_wrong, found)) + ".")

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        await _who_is_there(request)
        usual = ("Not understood" if error.status_code == 400 else "Not possible", str(error.detail))
        title, text = WORDS.get(error.status_code, usual)
        title = TOO_MUCH if error.status_code == 413 else title
        return said(request, error.status_code, title, text, dict(error.headers or {}))


async def _who_is_there(request: Request) -> None:
    """Finds out who looks at an error, where no route has: who has signed in sees where to go from there."""
    if getattr(request.state, "person", None) is None:
        with contextlib.suppress(Exception):
            await visitor(request)


def _wrong(found: dict[str, Any]) -> str:
    """What pydantic found, in words: which field, and what of it."""
    name = " ".join(str(part) for part in found["loc"][1:]).replace("_", " ")
    match found["type"]:
        case "missing":
            return f"“{name}” is missing"
        case "string_too_long":
            return f"“{name}” is longer than {found['ctx']['max_length']:,} letters"
        case _:
            return f"“{name}” is not what was expected: {found['msg']}"
