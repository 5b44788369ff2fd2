"""Refusals as answers to a script: why, in words, and both texts where two compete."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from hch.people.store.refusals import Refusal, Writing

STATUS = {"stale": 409, "held": 409, "ended": 409, "late": 409, "budget": 422, "empty": 422, "missing": 404}


def refused(refusal: Refusal, draft_revision: int = 0) -> Response:
    """A refusal as JSON. ``revision`` is that of the present draft, which a newer one is to be made on."""
    texts = {"current": written(refusal.current), "yours": written(refusal.yours)}
    told = {"why": refusal.why, "message": refusal.message, "revision": draft_revision, **texts}
    return JSONResponse(told, STATUS[refusal.why])


def written(content: Writing) -> dict[str, Any]:
    """What somebody wrote, with all its fields."""
    return {"reply": content.reply, "asks": list(content.asks), "reason": content.reason}


def not_yours(state_ended: bool) -> Refusal:
    """What is said to somebody who does not hold a workspace."""
    if state_ended:
        return Refusal("ended", "This is done.")
    return Refusal("held", "You do not hold this now: it is somebody else’s turn.")
