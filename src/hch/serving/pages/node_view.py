"""All that is known of one node of a tree, for the pane beside the tree."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from hch.people.store.histories import Version, versions, workspaces_of
from hch.people.store.trees import Branch, Node, read_below, read_top
from hch.serving.pages.addresses import name_of, page_of, way_text
from hch.serving.pages.formatting import StateLabel, budget_words, line_of, lines_of, state_label
from hch.serving.pages.tree_view import TreePage, Way

MOST_VERSIONS = 20


class Other(msgspec.Struct, frozen=True):
    """Another transcript of the same question, and where the two are compared."""

    version: Version
    who: str
    came: str
    state: StateLabel
    address: str
    comparison: str


class Detail(msgspec.Struct, frozen=True):
    """A node with its whole texts. What is not known, or goes without saying, is empty."""

    node: Node
    way: str
    question: str
    state: StateLabel
    text: str
    reason: str
    withheld: str
    who: str
    holder: str
    granted: str
    spent: str
    left: str
    workspaces: list[int]
    others: list[Other]
    link: str
    own_page: str


def node_in(connection: Connection, page: TreePage, asker: Branch | None, way: Way) -> Node | None:
    """The node at the end of a way, which was asked in ``asker``; the root if that is None."""
    if asker is None or not way:
        return read_top(connection, page.root)
    return next(iter(read_below(connection, {asker: [way[-1]]})[asker].nodes), None)


def detail(connection: Connection, page: TreePage, node: Node, way: Way) -> Detail:
    """All that is known of a node at the end of a way."""
    made_in = [] if node.made_in is None else [node.made_in]
    if not made_in and node.transcript is not None and node.worked_by is not None:
        made_in = workspaces_of(connection, node.transcript)
    return Detail(
        node=node,
        way=way_text(way),
        question=lines_of(node.question),
        state=state_label(node.state),
        text=lines_of(node.text),
        reason=lines_of(node.reason),
        withheld=lines_of(node.withheld or ""),
        who=page.who(node),
        holder=page.holder(node),
        granted=budget_words(node.granted, all_of=True),
        spent=budget_words(node.spent),
        left=budget_words(node.left, all_of=True) if not node.ended else "",
        workspaces=made_in,
        others=_others(connection, page, node),
        link=page.address(way),
        own_page=page.own_address(node.below) if way and node.below is not None else "",
    )


def _others(connection: Connection, page: TreePage, node: Node) -> list[Other]:
    """The other transcripts of the node's question, those that it can be compared with."""
    this = node.below
    if this is None:
        return []
    return [
        Other(
            version=version,
            who=page.name(version.by),
            came=line_of(version.text or version.reason),
            state=state_label(version.outcome),
            address=page_of(Branch(version.transcript)),
            comparison=_comparison(version, node, this),
        )
        for version in versions(connection, node.subject, MOST_VERSIONS)
        if version.transcript not in (node.transcript, this.transcript)
    ]


def _comparison(other: Version, node: Node, this: Branch) -> str:
    """The address of the two side by side, the earlier first. What has not ended yet is the later."""
    pair = [other.transcript, name_of(this)]
    if node.ended and node.at is not None and other.stored_at > node.at:
        pair.reverse()
    return f"/explore/differences/{pair[0]}/{pair[1]}"
