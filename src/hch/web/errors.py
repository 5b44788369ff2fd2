"""Errors as pages, in words; for scripts, as JSON with the same words. Never a traceback."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from hch.store.database import StoreError
from hch.web.csrf import ForgedRequestError
from hch.web.guard import TooLargeError
from hch.web.limits import TooOftenError
from hch.web.pages import page
from hch.web.sessions import NotAllowedError, NotSignedInError, sign_in_address

WORDS = {
    403: ("Not for your role", "This page is for people with another role. Whoever invited you can give you one."),
    404: ("Not here", "There is nothing at this address. It may have been withdrawn, or the link is not complete."),
    405: ("Not like this", "This address does not take what was sent to it."),
}


def wants_page(request: Request) -> bool:
    """Whether a person looks at the answer, and not a script."""
    return "text/html" in request.headers.get("accept", "") and "hx-request" not in request.headers


def said(request: Request, status: int, title: str, text: str, headers: dict[str, str] | None = None) -> Response:
    """An error as a page, or as JSON."""
    if not wants_page(request):
        return JSONResponse({"error": title, "detail": text}, status, headers=headers)
    made = page(request, "error.html", status, title=title, text=text)
    made.headers.update(headers or {})
    return made


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

    @app.exception_handler(TooLargeError)
    async def too_large(request: Request, _: Exception) -> Response:
        return said(request, 413, "Too much", "More was sent than is taken in at once.")

    @app.exception_handler(TooOftenError)
    async def too_often(request: Request, error: Exception) -> Response:
        seconds = str(round(getattr(error, "seconds", 1.0)) + 1)
        text = f"That was too often in too short a time. Try again in {seconds} seconds."
        return said(request, 429, "A little slower", text, {"retry-after": seconds})

    @app.exception_handler(StoreError)
    async def refused(request: Request, error: Exception) -> Response:
        text = str(error)
        return said(request, 422, "Not possible", text[:1].upper() + text[1:] + ".")

    @app.exception_handler(RequestValidationError)
    async def misunderstood(request: Request, error: Exception) -> Response:
        found = error.errors() if isinstance(error, RequestValidationError) else []
        wrong = "; ".join(f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in found)
        return said(request, 422, "Not understood", wrong or "What was sent is not complete.")

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        title, text = WORDS.get(error.status_code, ("Not possible", str(error.detail)))
        return said(request, error.status_code, title, text, dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        logging.getLogger("hch.web").error("a page failed: %s", request.url.path, exc_info=error)
        text = "This is our mistake, and it is written down in the server's log. What was saved is safe."
        return said(request, 500, "Something went wrong", text)
