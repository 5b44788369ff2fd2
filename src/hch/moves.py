"""What may be said in a debate: anything, one of a library of moves, or one verified direct quote from the context.

Source: a comment on "Outer alignment and imitative amplification": debate "where each move can only be from either a
fixed library of strings that humans produced in advance or single direct quotes from a human-produced text".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hch.quotes import check
from hch.types import Context

Allowed = Callable[[Context, str], str | None]
"""From a statement to what the judge is shown of it; None where it may not be made."""


def anything(_: Context, statement: str, /) -> str | None:
    """Every statement, as it is."""
    return statement


@dataclass(frozen=True)
class Library:
    """Statements that people have written in advance, and no others."""

    moves: tuple[str, ...]

    def __call__(self, _: Context, statement: str, /) -> str | None:
        """The move that the statement is."""
        return statement if statement in self.moves else None


@dataclass(frozen=True)
class Quoted:
    """One direct quote from one fact: exact, or different in typography only, and then shown as it stands there."""

    def __call__(self, context: Context, statement: str, /) -> str | None:
        """What the source says."""
        for fact in context.facts:
            found = check(statement, fact)
            if found.direct:
                return fact[slice(*found.spans[0])]
        return None
