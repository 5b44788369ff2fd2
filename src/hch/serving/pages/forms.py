"""The forms of working and judging: their fields, with types and limits."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from hch.people.store.refusals import Writing

MOST_LETTERS = 100_000
"""Characters of a reply."""
MOST_SHORT_LETTERS = 10_000
"""Characters of a question, and of a reason."""
MOST_ASKS = 20
MOST_NUMBER = 2**53
"""Numbers are exact in browsers up to here."""


def normalize_breaks(text: str) -> str:
    """The text with the line breaks of Python: forms send those of networks."""
    return text.replace("\r\n", "\n")


Long = Annotated[str, StringConstraints(max_length=MOST_LETTERS), AfterValidator(normalize_breaks)]
Short = Annotated[str, StringConstraints(max_length=MOST_SHORT_LETTERS), AfterValidator(normalize_breaks)]
Revision = Annotated[int, Field(ge=0, le=MOST_NUMBER)]
WorkspaceNumber = Annotated[int, Path(ge=1, le=MOST_NUMBER)]


class Fields(BaseModel):
    """The texts in the fields of a page."""

    reply: Long = ""
    asks: Annotated[list[Short], Field(max_length=MOST_ASKS)] = []
    reason: Short = ""

    @property
    def writing(self) -> Writing:
        """The texts as the store keeps them, without empty questions."""
        return Writing(self.reply, self.questions, self.reason)

    @property
    def questions(self) -> tuple[str, ...]:
        return tuple(text for text in self.asks if text.strip())


class DraftForm(Fields):
    """A draft, and the revision that it was written on."""

    revision: Revision


class SubmissionForm(Fields):
    """An action, and the revisions that the page knew. A ``token`` belongs to one page, and is accepted once."""

    action: Literal["ask", "reply", "pass"]
    revision: Revision
    draft_revision: Revision
    token: Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{32,36}$")]


class VerdictForm(BaseModel):
    """A judge's verdict: ``reply`` is a rating, or one of ``first``, ``second`` and ``none`` (no difference)."""

    reply: Annotated[str, StringConstraints(max_length=10)] = ""
    reason: Short = ""
    token: Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{32,36}$")]

    @property
    def writing(self) -> Writing:
        return Writing(self.reply, (), self.reason)


class TouchForm(BaseModel):
    """A sign of life; ``paused`` if somebody stops for now."""

    paused: bool = False
