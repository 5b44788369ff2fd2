"""What H sees of a context: nothing, a table of contents, or everything.

Whoever H asks may see more of it, so a view of less is what makes H consult. The facts themselves stay as they are.
"""

from __future__ import annotations

from typing import Literal

from hch.types import Budget, Context

View = Literal["nothing", "contents", "everything"]


def visible_facts(context: Context, view: View) -> list[str]:
    """What a view leaves of each fact, in order: its first line that is not blank, all of it, or no list at all."""
    match view:
        case "nothing":
            return []
        case "contents":
            return [_heading(fact) for fact in context.facts]
        case "everything":
            return list(context.facts)


def view_for(budget: Budget | None, view: View, readers_see_all: bool) -> View:
    """The view of somebody with this budget: who can ask nobody sees everything where ``readers_see_all``."""
    asks_nobody = budget is not None and budget.depth < 1
    return "everything" if asks_nobody and readers_see_all else view


def _heading(fact: str) -> str:
    return next((line.strip() for line in fact.splitlines() if line.strip()), "")
