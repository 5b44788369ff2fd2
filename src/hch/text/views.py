"""The part of a context that H sees: nothing, a table of contents, or everything.

Whoever H asks may see more of it, so a smaller view makes H consult. The context itself does not change.
"""

from __future__ import annotations

from typing import Literal

from hch.types import Budget, Context

View = Literal["nothing", "contents", "everything"]


def visible_facts(context: Context, view: View) -> list[str]:
    """The visible part of each fact, in order: its first line that is not blank, or all of it; none for “nothing”."""
    match view:
        case "nothing":
            return []
        case "contents":
            return [_heading(fact) for fact in context.facts]
        case "everything":
            return list(context.facts)


def view_for(budget: Budget | None, view: View, readers_see_all: bool) -> View:
    """The view at this budget: with ``readers_see_all``, a human who can ask nobody sees everything."""
    asks_nobody = budget is not None and budget.depth < 1
    return "everything" if asks_nobody and readers_see_all else view


def _heading(fact: str) -> str:
    return next((line.strip() for line in fact.splitlines() if line.strip()), "")
