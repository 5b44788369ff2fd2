"""Forms count only if they come from our own pages: each sends the token that its session holds."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator

from fastapi import Request

from hch.serving.pages.sessions import session_of

SAFE = ("GET", "HEAD", "OPTIONS")
HEADER, FIELD = "x-csrf-token", "csrf_token"


class ForgedRequestError(Exception):
    """The request has no token, or another session's."""


async def from_our_pages(request: Request) -> AsyncIterator[None]:
    """A dependency of every route: raises ForgedRequestError where something is to be changed without the token."""
    try:
        if request.method not in SAFE:
            await _check(request)
        yield
    finally:
        await request.close()  # with it go the files that a form has brought


async def _check(request: Request) -> None:
    # Browsers say where a request comes from; those that do not are told from ours by the token alone.
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForgedRequestError
    token = request.headers.get(HEADER)
    if token is None and "form" in request.headers.get("content-type", ""):
        sent = (await request.form()).get(FIELD)
        token = sent if isinstance(sent, str) else None
    if token is None or not hmac.compare_digest(token.encode(), session_of(request).csrf.encode()):
        raise ForgedRequestError
