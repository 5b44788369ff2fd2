"""Explore: the trees of a project, from the list of its questions down to a single node. For researchers.

A tree is a transcript's or, live, a workspace's. A line that is opened in it is fetched then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from fastapi import APIRouter, HTTPException, Request
from sqlalchemy import Connection, select
from starlette.responses import Response

from hch.people.store.histories import history
from hch.people.store.people import all_people
from hch.people.store.projects import all_projects, get_project
from hch.people.store.roots import Filter, roots, sizes
from hch.people.store.tables import workspaces
from hch.people.store.trees import Branch, Node, read_below, read_facts, read_top
from hch.people.store.whole_trees import Hits, Search, WholeTrees, search
from hch.serving.pages.addresses import page_of, read_name, read_way
from hch.serving.pages.differences import Side, compare, rows_of
from hch.serving.pages.formatting import STATES, line_of, lines_of, state_label
from hch.serving.pages.history_text import step_text
from hch.serving.pages.node_view import detail, node_in
from hch.serving.pages.search_view import hit_lines
from hch.serving.pages.sessions import Researcher
from hch.serving.pages.settings import Settings
from hch.serving.pages.templating import page
from hch.serving.pages.tree_view import TreePage, open_tree, read_group, tree_page_of
from hch.serving.pages.views import number_facts

P = ParamSpec("P")
T = TypeVar("T")

router = APIRouter()

ROOTS, HITS, STEPS, FACTS = 50, 50, 100, 50
"""Questions, hits of a search, steps of a history, and facts of a context on one page."""
LONGEST_SEARCH = 500
MOST_COMPARED = 2000
"""Consultations of either round that are compared."""


@router.get("/explore")
def list_roots(
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
        number = _whole_number(project)
        chosen = next((project for project in projects if project.id == number), projects[-1])
        known = state if state in STATES else ""
        wanted = Filter(chosen.id, known, _whole_number(person), bool(stale), _search_text(text))
        listed = roots(connection, wanted, before=_whole_number(before), after=_whole_number(after), most=ROOTS)
        people = all_people(connection)
        return {
            "projects": projects,
            "project": chosen,
            "sought": wanted,
            "is_filtered": wanted != Filter(chosen.id),
            "listed": listed,
            "sizes": sizes(connection, [root.id for root in listed.rows]),
            "people": people,
            "names": {person.id: line_of(person.name, 80) for person in people},
        }

    values = _read(request, work)
    return page(request, "explore.html", states=STATES, shown=state_label, line_of=line_of, **values)


@router.get("/explore/context/{context}")
def show_context(request: Request, _: Researcher, *, context: str, start: str = "") -> Response:
    """The facts that questions are about."""
    facts = _read(request, read_facts, context)
    if facts is None:
        raise HTTPException(404)
    places = range(_whole_number(start), min(_whole_number(start) + FACTS, len(facts)))
    some = [fact for fact in number_facts(map(lines_of, facts)) if fact.number - 1 in places]
    values: dict[str, Any] = {"facts": some, "total": len(facts), "places": places, "context": context}
    return page(request, "explore_context.html", layout=_layout(request), line_of=line_of, **values)


@router.get("/explore/differences/{earlier}/{later}")
def compare_rounds(request: Request, _: Researcher, *, earlier: str, later: str) -> Response:
    """Two rounds of a question side by side: what changed from the earlier to the later one."""

    def work(connection: Connection) -> dict[str, Any]:
        sides, complete = list[Side](), True
        for branch in (read_name(earlier), read_name(later)):
            if branch is None:
                raise HTTPException(404)
            below = read_below(connection, {branch: range(MOST_COMPARED)})[branch]
            sides.append(Side(_top_of(connection, branch), below.nodes))
            complete &= below.total <= MOST_COMPARED
        tree_page = _tree_page(request, connection, Branch())
        return {
            "sides": [_about(side, tree_page.who(side.end)) for side in sides],
            "same_question": sides[0].end.subject == sides[1].end.subject,
            "compared": rows_of(compare(*sides), tree_page),
            "complete": complete,
            "most": MOST_COMPARED,
        }

    values = _read(request, work)
    return page(request, "explore_differences.html", earlier=earlier, later=later, **values)


@router.get("/explore/{kind}/{name}")
def show_tree(request: Request, _: Researcher, *, kind: str, name: str, at: str = "", of: str = "") -> Response:
    """A tree, opened down to a node."""
    root, way = _branch_at(kind, name), read_way(at)

    def work(connection: Connection) -> dict[str, Any]:
        tree_page = _tree_page(request, connection, root, of)
        tree = open_tree(connection, tree_page, way or ())
        if tree is None:
            raise HTTPException(404)
        larger = None if tree_page.of is None else read_top(connection, tree_page.of)
        return {
            **_around(connection, root, tree.top),
            "tree_page": tree_page,
            "tree": tree,
            "detail": detail(connection, tree_page, tree.node, tree.way),
            "astray": at if way is None or not tree.exists else "",
            "larger": None if larger is None else (line_of(larger.question), page_of(tree_page.of or root)),
            "context": tree.top.context,
        }

    values = _read(request, work)
    return page(request, "explore_tree.html", base=_base(request), sought=Search(), states=STATES, **values)


@router.get("/explore/{kind}/{name}/below", include_in_schema=False)
def show_lines(
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
    root, asker, way = _branch_at(kind, name), read_name(branch), read_way(at)
    places = range(_whole_number(start), _whole_number(stop))
    if asker is None or way is None or not places:
        raise HTTPException(404)

    def work(connection: Connection) -> dict[str, Any]:
        return {"group": read_group(connection, _tree_page(request, connection, root, of), way, asker, places)}

    return page(request, "explore_lines.html", **_read(request, work))


@router.get("/explore/{kind}/{name}/node", include_in_schema=False)
def show_node(
    request: Request, _: Researcher, *, kind: str, name: str, asker: str = "", at: str = "", of: str = ""
) -> Response:
    """All that is known of a node, for the pane beside the tree."""
    root, way = _branch_at(kind, name), read_way(at)

    def work(connection: Connection) -> dict[str, Any]:
        tree_page = _tree_page(request, connection, root, of)
        node = None if way is None else node_in(connection, tree_page, read_name(asker), way)
        if node is None or way is None:
            raise HTTPException(404)
        context = _top_of(connection, root).context
        return {"detail": detail(connection, tree_page, node, way), "context": context}

    return page(request, "explore_pane.html", base=_base(request), **_read(request, work))


@router.get("/explore/{kind}/{name}/search")
def search_tree(
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
    """The nodes of a tree with some words, an outcome, or an answerer; opened before or not."""
    root, sought = _branch_at(kind, name), Search(_search_text(text), outcome, _search_text(by))
    places = range(_whole_number(start), _whole_number(start) + HITS)

    def work(connection: Connection) -> dict[str, Any]:
        node, tree_page = _top_of(connection, root), _tree_page(request, connection, root, of)
        whole = tree_page.trees(connection, root)
        hits = Hits(0, []) if sought.is_empty else search(connection, whole, sought, places)
        return {
            **_around(connection, root, node),
            "tree_page": tree_page,
            "total": hits.total,
            "hits": hit_lines(connection, tree_page, whole, hits.some, sought.words),
            "statistics": whole.statistics,
        }

    values = _read(request, work) | {"sought": sought, "states": STATES, "places": places}
    return page(request, "explore_found.html", layout=_layout(request), **values)


@router.get("/explore/{kind}/{name}/statistics")
def show_statistics(request: Request, _: Researcher, *, kind: str, name: str) -> Response:
    """How much there is of what in a tree."""
    root = _branch_at(kind, name)

    def work(connection: Connection) -> dict[str, Any]:
        node, tree_page = _top_of(connection, root), _tree_page(request, connection, root)
        statistics = tree_page.trees(connection, root).statistics
        return {**_around(connection, root, node), "tree_page": tree_page, "statistics": statistics}

    values = _read(request, work)
    return page(request, "explore_statistics.html", layout=_layout(request), shown=state_label, **values)


@router.get("/explore/{kind}/{name}/history")
def show_history(request: Request, _: Researcher, *, kind: str, name: str, start: str = "") -> Response:
    """All that happened to a workspace: who had it, what they saw, wrote, asked and said, and who judged it."""
    root = _branch_at(kind, name)
    places = range(_whole_number(start), _whole_number(start) + STEPS)
    if not root.workspace:
        raise HTTPException(404)

    def work(connection: Connection) -> dict[str, Any]:
        node = _top_of(connection, root)
        names = {person.id: person.name for person in all_people(connection)}
        past = history(connection, root.workspace, places)
        return {
            **_around(connection, root, node),
            "question": lines_of(node.question),
            "state": state_label(node.state),
            "suggestion": lines_of(past.suggestion or ""),
            "total": past.total,
            "steps": [step_text(step, root.workspace, names) for step in past.steps],
        }

    return page(request, "explore_history.html", places=places, **_read(request, work))


def _read(request: Request, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What ``work`` reads in the store that the pages are over."""
    settings: Settings = request.app.state.settings
    return settings.store.read(work, *args, **kwargs)


def _branch_at(kind: str, name: str) -> Branch:
    """The tree that an address names. Raises 404 where it names none."""
    word = name if kind == "transcript" else f"w{name}" if kind == "workspace" else ""
    branch = read_name(word)
    if branch is None or (kind == "transcript") != bool(branch.transcript):
        raise HTTPException(404)
    return branch


def _top_of(connection: Connection, root: Branch) -> Node:
    """The root of a tree. Raises 404 where there is no such tree."""
    node = read_top(connection, root)
    if node is None:
        raise HTTPException(404)
    return node


def _tree_page(request: Request, connection: Connection, root: Branch, of: str = "") -> TreePage:
    """What the lines of a tree share; ``of`` names the larger tree that somebody came from."""
    state = request.app.state
    if not hasattr(state, "whole_trees"):
        state.whole_trees = WholeTrees()
    return tree_page_of(connection, root, read_name(of), state.whole_trees)


def _around(connection: Connection, root: Branch, node: Node) -> dict[str, Any]:
    """The values of a template that are about the tree of its page."""
    number = None
    if root.workspace:
        number = connection.execute(select(workspaces.c.project_id).where(workspaces.c.id == root.workspace)).scalar()
    project = None if number is None else get_project(connection, number)
    return {
        "root": root,
        "project": project,
        "project_name": "" if project is None else line_of(project.rules.title or project.name, 80),
        "title": line_of(node.question),
        "page": page_of(root),
        "search_page": page_of(root, "/search"),
        "statistics_page": page_of(root, "/statistics"),
        "history_page": page_of(root, "/history"),
    }


def _about(side: Side, who: str) -> dict[str, Any]:
    """The values that stand above one of two rounds."""
    page_below = page_of(side.end.below) if side.end.below is not None else ""
    return {
        "node": side.end,
        "question": lines_of(side.end.question),
        "who": who,
        "state": state_label(side.end.state),
    } | {
        "asked": len(side.asked),
        "page": page_below,
    }


def _layout(request: Request) -> str:
    """The template around the answer: that of a page, or none where a script puts it into another page."""
    return "explore_part.html" if "hx-request" in request.headers else "base.html"


def _whole_number(text: str) -> int:
    """The number that a text spells, 0 where it spells none that counts anything."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _search_text(text: str) -> str:
    """The text that somebody searches for, as long as it may be."""
    return text.replace("\x00", "")[:LONGEST_SEARCH]


def _base(request: Request) -> str:
    """The beginning of an address that works elsewhere too."""
    return str(request.base_url).rstrip("/")
