"""Addresses of nodes of trees: the page of the tree, and the way down from its root as numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlencode

from hch.people.store.trees import Branch

DEEPEST = 30
"""Levels on one page. What lies deeper is a tree of its own, on a page of its own."""


def page_of(branch: Branch, more: str = "") -> str:
    """The address of a tree's page, or of one that belongs to it."""
    kind, name = ("transcript", branch.transcript) if branch.transcript else ("workspace", branch.workspace)
    return f"/explore/{kind}/{name}{more}"


def node_address(root: Branch, places: Sequence[int] = (), of: Branch | None = None) -> str:
    """The address of a node; ``of`` is the larger tree from which somebody came here."""
    asked = {"at": way_text(places)} if places else {}
    if of is not None and of != root:
        asked["of"] = name_of(of)
    return page_of(root) + (f"?{urlencode(asked)}" if asked else "")


def way_text(places: Sequence[int]) -> str:
    """A way down as text: ``0.3.1``; nothing for the root."""
    return ".".join(map(str, places))


def read_way(text: str) -> tuple[int, ...] | None:
    """The way that a text spells, None where it spells none, or one that is too long for a page."""
    if not text:
        return ()
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})*", text) or text.count(".") >= DEEPEST:
        return None
    return tuple(map(int, text.split(".")))


def name_of(branch: Branch) -> str:
    """A transcript or workspace in one word: its hash, or ``w12``."""
    return branch.transcript or f"w{branch.workspace}"


def read_name(text: str) -> Branch | None:
    """The transcript or workspace that a word names, as ``name_of`` does."""
    if re.fullmatch(r"[0-9a-f]{32}", text):
        return Branch(text)
    if re.fullmatch(r"w[1-9][0-9]{0,17}", text):
        return Branch(workspace=int(text[1:]))
    return None
