"""Errors as pages, and as JSON for scripts, in the same words. Never a traceback."""

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
from hch.people.store.refusals import Refusal, Writing
from hch.serving.pages.security import ForgedRequestError, TooLargeError, TooOftenError
from hch.serving.pages.sessions import NotAllowedError, NotSignedInError, sign_in_address, visitor
from hch.serving.pages.templating import page

TEXTS = {
    403: ("Not for your role", "This page is for people with another role. Whoever invited you can give you one."),
    404: ("Not here", "There is nothing at this address. It may have been withdrawn, or the link is not complete."),
    405: ("Not like this", "This address does not take what was sent to it."),
}
BUG = (
    500,
    "Something went wrong",
    "This is a mistake in hch, and the server’s log has it. What was saved is safe.",
)
TOO_MUCH = "That is too much"
REFUSAL_STATUS = {"stale": 409, "held": 409, "ended": 409, "late": 409, "budget": 422, "empty": 422, "missing": 404}
"""The HTTP status of a refusal of the store, by why it refused."""


def wants_page(request: Request) -> bool:
    """Whether a person will look at the response, and not a script."""
    return "text/html" in request.headers.get("accept", "") and "hx-request" not in request.headers


def error_sentence(error: Exception) -> str:
    """The message of an error as a sentence."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


def error_response(
    request: Request, status: int, title: str, text: str, headers: dict[str, str] | None = None
) -> Response:
    """An error as a page, or as JSON."""
    if not wants_page(request):
        return JSONResponse({"error": title, "detail": text}, status, headers=headers)
    response = page(request, "error.html", status, title=title, text=text)
    response.headers.update(headers or {})
    return response


def refusal_response(refusal: Refusal, draft_revision: int = 0) -> Response:
    """A refusal of the store as JSON, with both texts if two compete.

    ``draft_revision`` is the revision of the saved draft, which the next save must name.
    """
    texts = {"current": writing_record(refusal.current), "yours": writing_record(refusal.yours)}
    record = {"why": refusal.why, "message": refusal.message, "revision": draft_revision, **texts}
    return JSONResponse(record, REFUSAL_STATUS[refusal.why])


def writing_record(writing: Writing) -> dict[str, Any]:
    """What somebody wrote, as JSON has it."""
    return {"reply": writing.reply, "asks": list(writing.asks), "reason": writing.reason}


class Failsafe:
    """Middleware that answers a bug, and a request that ``Guard`` refused, with a page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        has_begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            refusal: TooLargeError | None = scope["state"].get("refused")
            if refusal is None:
                await self.app(scope, receive, send_and_note)
                return
            response = error_response(request, 413, TOO_MUCH, refusal.detail)
        except ClientDisconnect:
            return
        except Exception:
            logging.getLogger("hch.serving.pages").exception("a page failed: %s", request.url.path)
            if has_begun:  # then no other response can be sent
                raise
            response = error_response(request, *BUG)
        await response(scope, receive, send)


def add_error_pages(app: FastAPI) -> None:
    """Gives an app a page for each error that a route may raise."""

    @app.exception_handler(NotSignedInError)
    async def answer_session(request: Request, _: Exception) -> Response:
        if wants_page(request):
            return RedirectResponse(sign_in_address(request), 303)
        return error_response(request, 401, "Not signed in", "Sign in first; what you wrote is kept on this page.")

    @app.exception_handler(NotAllowedError)
    async def answer_role(request: Request, _: Exception) -> Response:
        return error_response(request, 403, *TEXTS[403])

    @app.exception_handler(ForgedRequestError)
    async def answer_forgery(request: Request, _: Exception) -> Response:
        text = "The form is from another session: go back, load the page anew, and send it again."
        return error_response(request, 403, "Not from this page", text)

    @app.exception_handler(TooOftenError)
    async def answer_too_often(request: Request, error: Exception) -> Response:
        assert isinstance(error, TooOftenError)
        seconds = str(round(error.seconds) + 1)
        text = f"That was too often in too short a time. Try again in {seconds} seconds."
        return error_response(request, 429, "A little slower", text, {"retry-after": seconds})

    @app.exception_handler(StoreError)
    async def answer_store(request: Request, error: Exception) -> Response:
        return error_response(request, 422, "Not possible", error_sentence(error))

    @app.exception_handler(RequestValidationError)
    async def answer_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        await _find_person(request)
        problems = error.errors()
        if any(problem["loc"][0] == "path" for problem in problems):  # nothing has an address like that
            return error_response(request, 404, *TEXTS[404])
        return error_response(request, 422, "Not understood", "; ".join(map(_problem_text, problems)) + ".")

    @app.exception_handler(HTTPException)
    async def answer_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        await _find_person(request)
        usual = ("Not understood" if error.status_code == 400 else "Not possible", str(error.detail))
        title, text = TEXTS.get(error.status_code, usual)
        title = TOO_MUCH if error.status_code == 413 else title
        return error_response(request, error.status_code, title, text, dict(error.headers or {}))


async def _find_person(request: Request) -> None:
    """Looks up the person if no route has, since the page of somebody who has signed in has a navigation."""
    if getattr(request.state, "person", None) is None:
        with contextlib.suppress(Exception):
            await visitor(request)


def _problem_text(problem: dict[str, Any]) -> str:
    """An error of pydantic in words: which field, and what is wrong with it."""
    name = " ".join(str(part) for part in problem["loc"][1:]).replace("_", " ")
    match problem["type"]:
        case "missing":
            return f"“{name}” is missing"
        case "string_too_long":
            return f"“{name}” is longer than {problem['ctx']['max_length']:,} letters"
        case _:
            return f"“{name}” is not what was expected: {problem['msg']}"
