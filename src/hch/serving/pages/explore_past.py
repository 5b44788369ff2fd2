"""Explore: what happened to one workspace, one round of a question against another, and what a question was about."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from sqlalchemy import Connection
from starlette.responses import Response

from hch.people.store.exploring import Branch, below, facts_of
from hch.people.store.histories import history
from hch.people.store.people import all_people
from hch.serving.pages.addresses import page_of, read_name
from hch.serving.pages.differences import Side, differences
from hch.serving.pages.differences_view import compared
from hch.serving.pages.formatting import line_of, lines_of, state_label
from hch.serving.pages.history_text import step_text
from hch.serving.pages.sessions import Researcher
from hch.serving.pages.templating import page
from hch.serving.pages.trees import around, branch_at, ground, layout, store_of, top_of, whole_number
from hch.serving.pages.views import number_facts

router = APIRouter()

STEPS, FACTS = 100, 50
"""Steps of a history, and facts of a context, on one page."""
MOST_COMPARED = 2000
"""Consultations of either round that are compared."""


@router.get("/explore/context/{context}")
def context_page(request: Request, _: Researcher, *, context: str, start: str = "") -> Response:
    """The facts that questions are about."""
    facts = store_of(request).read(facts_of, context)
    if facts is None:
        raise HTTPException(404)
    places = range(whole_number(start), min(whole_number(start) + FACTS, len(facts)))
    seen = [fact for fact in number_facts(map(lines_of, facts)) if fact.number - 1 in places]
    found: dict[str, Any] = {"facts": seen, "total": len(facts), "places": places, "context": context}
    return page(request, "explore_context.html", layout=layout(request), line_of=line_of, **found)


@router.get("/explore/differences/{earlier}/{later}")
def against_the_last(request: Request, _: Researcher, *, earlier: str, later: str) -> Response:
    """Two rounds of a question side by side: what changed from the earlier to the later one."""
    branches = read_name(earlier), read_name(later)

    def work(connection: Connection) -> dict[str, Any]:
        sides, wholes = list[Side](), list[bool]()
        for branch in branches:
            if branch is None:
                raise HTTPException(404)
            asked = below(connection, {branch: range(MOST_COMPARED)})[branch]
            sides.append(Side(top_of(connection, branch), asked.nodes))
            wholes.append(asked.total <= MOST_COMPARED)
        soil = ground(request, connection, branches[0] or Branch())
        return {
            "sides": [_about(side, soil.who(side.end)) for side in sides],
            "same_question": sides[0].end.subject == sides[1].end.subject,
            "compared": compared(differences(*sides), soil),
            "complete": all(wholes),
            "most": MOST_COMPARED,
        }

    found = store_of(request).read(work)
    return page(request, "explore_differences.html", earlier=earlier, later=later, **found)


@router.get("/explore/{kind}/{name}/history")
def happened(request: Request, _: Researcher, *, kind: str, name: str, start: str = "") -> Response:
    """All that happened to a workspace: who had it, what they saw, wrote, asked and said, and who judged it."""
    root = branch_at(kind, name)
    places = range(whole_number(start), whole_number(start) + STEPS)
    if not root.workspace:
        raise HTTPException(404)

    def work(connection: Connection) -> dict[str, Any]:
        node = top_of(connection, root)
        names = {each.id: each.name for each in all_people(connection)}
        found = history(connection, root.workspace, places)
        return {
            **around(connection, root, node),
            "question": lines_of(node.question),
            "state": state_label(node.state),
            "suggestion": lines_of(found.suggestion or ""),
            "total": found.total,
            "steps": [step_text(step, root.workspace, names) for step in found.steps],
        }

    return page(request, "explore_history.html", places=places, **store_of(request).read(work))


def _about(side: Side, who: str) -> dict[str, Any]:
    """What stands above one of two rounds."""
    node = side.end
    return {
        "question": lines_of(node.question),
        "who": who,
        "at": node.at,
        "state": state_label(node.state),
        "draw": line_of(node.draw or "", 40),
        "asked": len(side.asked),
        "stale": node.stale,
        "page": page_of(node.below) if node.below is not None else "",
    }
