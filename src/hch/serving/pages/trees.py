"""What the pages about trees have in common: which tree a request is about, and what is shown around it."""

from __future__ import annotations

from typing import Any

from fastapi import HTTPException, Request
from sqlalchemy import Connection, select

from hch.people.store.database import Database
from hch.people.store.exploring import Branch, Node, top
from hch.people.store.projects import get_project
from hch.people.store.tables import workspaces
from hch.people.store.whole_trees import WholeTrees
from hch.serving.pages.addresses import page_of, read_name
from hch.serving.pages.formatting import line_of
from hch.serving.pages.settings import Settings
from hch.serving.pages.tree_view import Ground, ground_of


def store_of(request: Request) -> Database:
    """The store that the pages are over."""
    settings: Settings = request.app.state.settings
    return settings.store


def branch_at(kind: str, name: str) -> Branch:
    """The tree that an address names. Raises 404 where it names none."""
    word = name if kind == "transcript" else f"w{name}" if kind == "workspace" else ""
    branch = read_name(word)
    if branch is None or (kind == "transcript") != bool(branch.transcript):
        raise HTTPException(404)
    return branch


def top_of(connection: Connection, root: Branch) -> Node:
    """The root of a tree. Raises 404 where there is no such tree."""
    node = top(connection, root)
    if node is None:
        raise HTTPException(404)
    return node


def ground(request: Request, connection: Connection, root: Branch, of: str = "") -> Ground:
    """What the lines of a tree have in common; ``of`` names the larger tree that somebody came from."""
    state = request.app.state
    if not hasattr(state, "whole_trees"):
        state.whole_trees = WholeTrees()
    return ground_of(connection, root, read_name(of), state.whole_trees)


def around(connection: Connection, root: Branch, node: Node) -> dict[str, Any]:
    """What a template needs to know of the tree that its page is about."""
    row = None
    if root.workspace:
        row = connection.execute(select(workspaces.c.project_id).where(workspaces.c.id == root.workspace)).scalar()
    project = None if row is None else get_project(connection, row)
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


def layout(request: Request) -> str:
    """The template around the answer: that of a page, or none where a script puts it into another page."""
    return "explore_part.html" if "hx-request" in request.headers else "base.html"


def whole_number(text: str) -> int:
    """The number that a text spells, 0 where it spells none that counts anything."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
