"""All that is known of one node of a tree, for the pane beside the tree."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from hch.people.store.exploring import Branch, Node, below, top
from hch.people.store.histories import workspaces_of
from hch.people.store.versions import Version, versions
from hch.serving.pages.addresses import name_of, node_address, page_of, way_text
from hch.serving.pages.formatting import StateLabel, budget_words, line_of, lines_of, state_label
from hch.serving.pages.tree_view import Ground, Way

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

    way: str
    question: str
    state: StateLabel
    text: str
    reason: str
    withheld: str
    who: str
    holder: str
    at: float | None
    active_seconds: float | None
    stale: bool
    draw: str
    round: int
    asked: int
    confidence: float
    granted: str
    spent: str
    left: str
    context: str
    transcript: str
    workspaces: list[int]
    others: list[Other]
    link: str
    own_page: str


def node_in(connection: Connection, ground: Ground, asker: Branch | None, way: Way) -> Node | None:
    """The node at the end of a way, which was asked in ``asker``; the root if that is None."""
    if asker is None or not way:
        return top(connection, ground.root)
    return next(iter(below(connection, {asker: [way[-1]]})[asker].nodes), None)


def detail(connection: Connection, ground: Ground, node: Node, way: Way) -> Detail:
    """What is known of a node at the end of a way."""
    made_in = [] if node.made_in is None else [node.made_in]
    if not made_in and node.transcript is not None and node.worked_by is not None:
        made_in = workspaces_of(connection, node.transcript)
    own = node.below if node.below is not None and way else None
    return Detail(
        way=way_text(way),
        question=lines_of(node.question),
        state=state_label(node.state),
        text=lines_of(node.text),
        reason=lines_of(node.reason),
        withheld=lines_of(node.withheld or ""),
        who=ground.who(node),
        holder=line_of(ground.names.get(node.holder or 0, ""), 80) if not node.ended else "",
        at=node.at if node.ended else None,
        active_seconds=node.active_seconds,
        stale=node.stale,
        draw=line_of(node.draw or "", 40),
        round=node.round + 1 if way else 0,
        asked=node.asked,
        confidence=node.confidence,
        granted=budget_words(node.granted, all_of=True),
        spent=budget_words(node.spent),
        left=budget_words(node.left, all_of=True) if not node.ended else "",
        context=node.context,
        transcript=node.transcript or "",
        workspaces=made_in,
        others=_others(connection, ground, node),
        link=ground.address(way),
        own_page="" if own is None else node_address(own, (), ground.of or ground.root),
    )


def _others(connection: Connection, ground: Ground, node: Node) -> list[Other]:
    """The other transcripts of the node's question, those that it can be compared with."""
    this = node.below
    if this is None:
        return []
    found = versions(connection, node.subject, MOST_VERSIONS)
    return [
        Other(
            version=each,
            who=ground.called(each.by),
            came=line_of(each.text or each.reason),
            state=state_label(each.outcome),
            address=page_of(Branch(each.transcript)),
            comparison=_comparison(each, node, this),
        )
        for each in found
        if each.transcript not in (node.transcript, this.transcript)
    ]


def _comparison(other: Version, node: Node, this: Branch) -> str:
    """The address of the two side by side, the earlier first. What has not ended yet is the later."""
    pair = [other.transcript, name_of(this)]
    if node.ended and node.at is not None and other.stored_at > node.at:
        pair.reverse()
    return f"/explore/differences/{pair[0]}/{pair[1]}"
