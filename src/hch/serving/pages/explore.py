"""Explore: the trees of a project, from the list of its questions down to a single node. For researchers.

A tree is a transcript's or, live, a workspace's. What is opened in it is fetched as it is opened.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from sqlalchemy import Connection
from starlette.responses import Response

from hch.people.store.exploring import top
from hch.people.store.people import all_people
from hch.people.store.projects import all_projects
from hch.people.store.roots import Sought as RootsSought
from hch.people.store.roots import roots
from hch.people.store.sizes import sizes
from hch.people.store.tree_search import Hits, Sought, search
from hch.serving.pages import explore_past
from hch.serving.pages.addresses import page_of, read_name, read_way
from hch.serving.pages.formatting import STATES, line_of, state_label
from hch.serving.pages.node_view import detail, node_in
from hch.serving.pages.search_view import found_lines
from hch.serving.pages.sessions import Researcher
from hch.serving.pages.templating import page
from hch.serving.pages.tree_view import group, opened
from hch.serving.pages.trees import around, branch_at, ground, layout, store_of, top_of, whole_number

router = APIRouter()
router.include_router(explore_past.router)

ROOTS, HITS = 50, 50
"""Questions, and nodes found, on one page."""
LONGEST_SEARCH = 500


@router.get("/explore")
def explore(
    request: Request,
    _: Researcher,
    *,
    project: str = "",
    state: str = "",
    person: str = "",
    stale: str = "",
    text: str = "",
    before: str = "",
    after: str = "",
) -> Response:
    """A project's own questions, newest first."""

    def work(connection: Connection) -> dict[str, Any]:
        projects = all_projects(connection)
        if not projects:
            return {"projects": [], "project": None}
        chosen = next((each for each in projects if each.id == whole_number(project)), projects[-1])
        known = state if state in STATES else ""
        sought = RootsSought(chosen.id, known, whole_number(person), bool(stale), _searched(text))
        listed = roots(connection, sought, before=whole_number(before), after=whole_number(after), most=ROOTS)
        people = all_people(connection)
        return {
            "projects": projects,
            "project": chosen,
            "sought": sought,
            "is_filtered": sought != RootsSought(chosen.id),
            "listed": listed,
            "sizes": sizes(connection, chosen.id, [root.id for root in listed.rows]),
            "people": people,
            "names": {each.id: line_of(each.name, 80) for each in people},
        }

    found = store_of(request).read(work)
    return page(request, "explore.html", states=STATES, shown=state_label, line_of=line_of, **found)


@router.get("/explore/{kind}/{name}")
def tree(request: Request, _: Researcher, *, kind: str, name: str, at: str = "", of: str = "") -> Response:
    """A tree, opened down to a node."""
    root, way = branch_at(kind, name), read_way(at)

    def work(connection: Connection) -> dict[str, Any]:
        soil = ground(request, connection, root, of)
        seen = opened(connection, soil, way or ())
        if seen is None:
            raise HTTPException(404)
        larger = None if soil.of is None else top(connection, soil.of)
        return {
            **around(connection, root, seen.top),
            "ground": soil,
            "seen": seen,
            "detail": detail(connection, soil, seen.node, seen.way),
            "astray": at if way is None or not seen.found else "",
            "larger": None if larger is None or soil.of is None else (line_of(larger.question), page_of(soil.of)),
            "context": seen.top.context,
        }

    found = store_of(request).read(work)
    return page(request, "explore_tree.html", base=_base(request), sought=Sought(), states=STATES, **found)


@router.get("/explore/{kind}/{name}/below", include_in_schema=False)
def lines_below(
    request: Request,
    _: Researcher,
    *,
    kind: str,
    name: str,
    branch: str,
    at: str = "",
    of: str = "",
    start: str = "",
    stop: str = "",
) -> Response:
    """Some more lines of a tree: what was asked in a branch of it that is at the end of a way."""
    root, asker, way = branch_at(kind, name), read_name(branch), read_way(at)
    places = range(whole_number(start), whole_number(stop))
    if asker is None or way is None or not places:
        raise HTTPException(404)

    def work(connection: Connection) -> dict[str, Any]:
        return {"group": group(connection, ground(request, connection, root, of), way, asker, places)}

    return page(request, "explore_lines.html", **store_of(request).read(work))


@router.get("/explore/{kind}/{name}/node", include_in_schema=False)
def node_pane(
    request: Request, _: Researcher, *, kind: str, name: str, asker: str = "", at: str = "", of: str = ""
) -> Response:
    """What is known of a node, for the pane beside the tree."""
    root, way = branch_at(kind, name), read_way(at)

    def work(connection: Connection) -> dict[str, Any]:
        soil = ground(request, connection, root, of)
        node = None if way is None else node_in(connection, soil, read_name(asker), way)
        if node is None or way is None:
            raise HTTPException(404)
        context = top_of(connection, root).context
        return {"detail": detail(connection, soil, node, way), "context": context}

    return page(request, "explore_pane.html", base=_base(request), **store_of(request).read(work))


@router.get("/explore/{kind}/{name}/search")
def found_in_tree(
    request: Request,
    _: Researcher,
    *,
    kind: str,
    name: str,
    text: str = "",
    outcome: str = "",
    by: str = "",
    of: str = "",
    start: str = "",
) -> Response:
    """What there is in a tree of some words, an outcome, or an answerer; opened before or not."""
    root, sought = branch_at(kind, name), Sought(_searched(text), outcome, _searched(by))
    places = range(whole_number(start), whole_number(start) + HITS)

    def work(connection: Connection) -> dict[str, Any]:
        node, soil = top_of(connection, root), ground(request, connection, root, of)
        whole = soil.trees(connection, root)
        hits = Hits(0, []) if sought.is_empty else search(connection, whole, sought, places)
        return {
            **around(connection, root, node),
            "ground": soil,
            "total": hits.total,
            "found": found_lines(connection, soil, whole, hits.some, sought.words),
            "statistics": whole.statistics,
        }

    found = store_of(request).read(work)
    found |= {"sought": sought, "states": STATES, "places": places}
    return page(request, "explore_found.html", layout=layout(request), **found)


@router.get("/explore/{kind}/{name}/statistics")
def statistics_of_tree(request: Request, _: Researcher, *, kind: str, name: str) -> Response:
    """How much there is of what in a tree."""
    root = branch_at(kind, name)

    def work(connection: Connection) -> dict[str, Any]:
        node, soil = top_of(connection, root), ground(request, connection, root)
        statistics = soil.trees(connection, root).statistics
        return {**around(connection, root, node), "ground": soil, "statistics": statistics}

    found = store_of(request).read(work)
    found |= {"shown": state_label}
    return page(request, "explore_statistics.html", layout=layout(request), **found)


def _searched(text: str) -> str:
    """What somebody looks for, as far as it may go."""
    return text.replace("\x00", "")[:LONGEST_SEARCH]


def _base(request: Request) -> str:
    """What is put before an address to make a link that works elsewhere too."""
    return str(request.base_url).rstrip("/")
