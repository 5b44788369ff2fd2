"""What pages send while somebody works or judges: typed, and bounded."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from hch.people.store.refusals import Writing

MOST_LETTERS = 100_000
"""Of a reply."""
MOST_SHORT_LETTERS = 10_000
"""Of a question, and of a reason."""
MOST_ASKS = 20
MOST_NUMBER = 2**53
"""Numbers are exact in browsers up to here."""


def _plain_breaks(text: str) -> str:
    # Forms send line breaks as networks once had them.
    return text.replace("\r\n", "\n")


Long = Annotated[str, StringConstraints(max_length=MOST_LETTERS), AfterValidator(_plain_breaks)]
Short = Annotated[str, StringConstraints(max_length=MOST_SHORT_LETTERS), AfterValidator(_plain_breaks)]
Revision = Annotated[int, Field(ge=0, le=MOST_NUMBER)]
WorkspaceNumber = Annotated[int, Path(ge=1, le=MOST_NUMBER)]


class Written(BaseModel):
    """What is in the fields of a page."""

    reply: Long = ""
    asks: Annotated[list[Short], Field(max_length=MOST_ASKS)] = []
    reason: Short = ""

    @property
    def writing(self) -> Writing:
        """As the store keeps it: without the fields for questions that nobody has filled in."""
        return Writing(self.reply, self.questions, self.reason)

    @property
    def questions(self) -> tuple[str, ...]:
        return tuple(text for text in self.asks if text.strip())


class DraftSent(Written):
    """A draft, and the revision that it was made on."""

    revision: Revision


class Submission(Written):
    """A decision, and what was known when it was made. ``token`` is the page's own: it counts once."""

    action: Literal["ask", "reply", "pass"]
    revision: Revision
    draft_revision: Revision
    token: Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{32,36}$")]


class VerdictSent(BaseModel):
    """A judge's verdict: ``reply`` is a rating, or which of two (``first``, ``second``, ``none`` for no difference)."""

    reply: Annotated[str, StringConstraints(max_length=10)] = ""
    reason: Short = ""
    token: Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{32,36}$")]

    @property
    def writing(self) -> Writing:
        return Writing(self.reply, (), self.reason)


class Touch(BaseModel):
    """A sign of life; ``paused`` where somebody stops for now."""

    paused: bool = False
