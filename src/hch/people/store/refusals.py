"""What a person is told when the store does not do as they asked. It is a value: what they wrote is kept as well."""

from __future__ import annotations

from typing import Literal

import msgspec


class Writing(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person has written in a workspace and not submitted: a reply, questions to ask, a reason to pass."""

    reply: str = ""
    asks: tuple[str, ...] = ()
    reason: str = ""


NOTHING_WRITTEN = Writing()


class Refusal(msgspec.Struct, frozen=True):
    """Why nothing was changed, in words for the person; where texts compete, both.

    ``why`` is "stale" where the page did not know of something newer, "held" where another person has the workspace
    now, "ended" where it is closed, "budget" where it cannot pay for what is asked, "empty" where nothing was said,
    "late" where the time to take something back is over, and "missing" where there is no such workspace.
    """

    why: Literal["stale", "held", "ended", "budget", "empty", "late", "missing"]
    message: str
    current: Writing = NOTHING_WRITTEN
    yours: Writing = NOTHING_WRITTEN
