"""A tree as a page shows it: lines that open one by one, as many at a time as a reader takes in.

However large the tree is, a page reads and sends a few hundred of its nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from hch.people.store.items import person_name, person_number
from hch.people.store.people import all_people
from hch.people.store.trees import Below, Branch, Node, find_shared_branches, read_below, read_top
from hch.people.store.whole_trees import WholeTrees
from hch.serving.pages.addresses import DEEPEST, name_of, node_address, way_text
from hch.serving.pages.formatting import StateLabel, line_of, state_label

AT_ONCE = 200
"""Lines that are opened at once."""
ON_THE_WAY = 400
"""Lines beside the way down to a node, on all of its levels together."""
FEWEST_BESIDE = 10

Way = tuple[int, ...]
"""The places by which one comes down from the root to a node."""


class TreePage(msgspec.Struct, frozen=True):
    """What all lines of a page share: the tree, the larger one it was opened from (``of``), and people's names."""

    root: Branch
    of: Branch | None
    names: Mapping[int, str]
    trees: WholeTrees

    def who(self, node: Node) -> str:
        """Who acted in a node, by name where it was a person."""
        return self.name(node.by if node.worked_by is None else person_name(node.worked_by))

    def name(self, by: str) -> str:
        """The name of who acted, as a transcript has it: of a person their name, of anything else what it says."""
        number = person_number(by)
        return line_of(by if number is None else self.names.get(number, by), 80)

    def holder(self, node: Node) -> str:
        """Who has a node now, if anybody has."""
        return "" if node.ended else line_of(self.names.get(node.holder or 0, ""), 80)

    def address(self, way: Way) -> str:
        """The address of a node of this page."""
        return node_address(self.root, way, self.of)

    def own_address(self, branch: Branch) -> str:
        """The address of a branch of this tree as a tree of its own, from which a link leads back here."""
        return node_address(branch, (), self.of or self.root)


class Group(msgspec.Struct, frozen=True):
    """Some of what was asked in a node, from ``start`` on; ``total`` in all. ``asker`` names the node's branch.

    ``earlier`` and ``later`` are the addresses of the nodes beside them.
    """

    asker: str
    way: str
    level: int
    start: int
    total: int
    lines: list[Line]
    earlier: str
    later: str

    @property
    def before(self) -> tuple[int, int] | None:
        """The places of those that would be shown next before these, if there are any."""
        return (max(0, self.start - AT_ONCE), self.start) if self.start else None

    @property
    def after(self) -> tuple[int, int] | None:
        """The places of those that would be shown next after these, if there are any."""
        end = self.start + len(self.lines)
        return (end, min(end + AT_ONCE, self.total)) if end < self.total else None


class Repeat(msgspec.Struct, frozen=True):
    """Where the same part of the tree comes first."""

    way: str
    address: str


class Line(msgspec.Struct, frozen=True):
    """A node in the tree, with its texts on one line.

    ``asker`` names the branch that it was asked in, as one ``of`` so many; ``branch`` the one that it goes on with.
    ``round`` is set where another round of questions begins. ``onward`` is an address where it goes on, if that is too
    deep for this page.
    """

    node: Node
    way: str
    level: int
    of: int
    asker: str
    branch: str
    question: str
    came: str
    state: StateLabel
    who: str
    holder: str
    round: int | None
    repeat: Repeat | None
    onward: str
    address: str
    chosen: bool
    opened: Group | None

    @property
    def opens(self) -> bool:
        """Whether there is something below that this page can show."""
        return self.node.asked > 0 and not self.onward


class OpenTree(msgspec.Struct, frozen=True):
    """A tree opened down to a ``node``: the one that was wanted, or the last above it that ``exists``.

    ``way`` leads to it.
    """

    root: Line
    top: Node
    node: Node
    way: Way
    exists: bool


def tree_page_of(connection: Connection, root: Branch, of: Branch | None, trees: WholeTrees) -> TreePage:
    """What the lines of a tree's page share."""
    return TreePage(root, of, {person.id: person.name for person in all_people(connection)}, trees)


def open_tree(connection: Connection, page: TreePage, way: Way) -> OpenTree | None:
    """A tree with the way down to a node open, and what was asked in it: of the root two levels. None: no such tree."""
    first = read_top(connection, page.root)
    if first is None:
        return None
    nodes, groups = [first], list[tuple[Branch, int, Below]]()
    beside = max(FEWEST_BESIDE, min(AT_ONCE, ON_THE_WAY // (len(way) + 1)))
    for place in way:
        branch = nodes[-1].below
        start = max(0, place - beside // 2)
        some = Below() if branch is None else read_below(connection, {branch: range(start, start + beside)})[branch]
        chosen = next((node for node in some.nodes if node.place == place), None)
        if branch is None or chosen is None:
            break
        nodes.append(chosen)
        groups.append((branch, start, some))
    reached = way[: len(nodes) - 1]
    inner = _open_below(connection, page, reached, nodes[-1])
    for level in reversed(range(len(groups))):
        branch, start, some = groups[level]
        above = reached[:level]
        repeats = _repeats(connection, page, {above: some.nodes})
        within = {reached[level]: inner}
        inner = _group(page, above, branch, some, start=start, repeats=repeats, within=within, chosen=reached)
    root = _line(page, (), first, inner=inner, chosen=not reached)
    return OpenTree(root, first, nodes[-1], reached, exists=reached == way)


def read_group(connection: Connection, page: TreePage, way: Way, branch: Branch, places: range) -> Group:
    """Some of what was asked in a branch that is at the end of a way."""
    some = read_below(connection, {branch: places[:AT_ONCE]})[branch]
    repeats = _repeats(connection, page, {way: some.nodes})
    return _group(page, way, branch, some, start=places.start, repeats=repeats)


def _open_below(connection: Connection, page: TreePage, way: Way, node: Node) -> Group | None:
    """What was asked in a node; below the root also what its first sub-questions asked, while there is room."""
    if node.below is None or not node.asked or len(way) >= DEEPEST:
        return None
    some = read_below(connection, {node.below: range(AT_ONCE)})[node.below]
    repeats = _repeats(connection, page, {way: some.nodes})
    within = {} if way else _second_level(connection, page, some.nodes, repeats)
    return _group(page, way, node.below, some, repeats=repeats, within=within)


def _second_level(
    connection: Connection, page: TreePage, nodes: Sequence[Node], repeats: Mapping[Way, Repeat]
) -> dict[int, Group | None]:
    room, opening = AT_ONCE, dict[int, Branch]()
    for node in nodes:
        if node.below is not None and 0 < node.asked <= room and (node.place,) not in repeats:
            opening[node.place] = node.below
            room -= node.asked
    below = read_below(connection, {branch: range(AT_ONCE) for branch in opening.values()})
    again = _repeats(connection, page, {(place,): below[branch].nodes for place, branch in opening.items()})
    return {place: _group(page, (place,), branch, below[branch], repeats=again) for place, branch in opening.items()}


def _group(
    page: TreePage,
    way: Way,
    branch: Branch,
    some: Below,
    *,
    repeats: Mapping[Way, Repeat],
    start: int = 0,
    within: Mapping[int, Group | None] | None = None,
    chosen: Way | None = None,
) -> Group:
    lines, round_ = [], some.nodes[0].round if start and some.nodes else 0
    for node in some.nodes:
        here = (*way, node.place)
        line = _line(
            page,
            here,
            node,
            of=some.total,
            asker=name_of(branch),
            inner=(within or {}).get(node.place),
            repeat=repeats.get(here),
            chosen=here == chosen,
            begins_round=node.round != round_,
        )
        lines.append(line)
        round_ = node.round
    return Group(
        asker=name_of(branch),
        way=way_text(way),
        level=len(way) + 2,
        start=start,
        total=some.total,
        lines=lines,
        earlier=page.address((*way, max(0, start - 1))),
        later=page.address((*way, start + len(lines))),
    )


def _line(
    page: TreePage,
    way: Way,
    node: Node,
    *,
    chosen: bool,
    inner: Group | None,
    of: int = 1,
    asker: str = "",
    repeat: Repeat | None = None,
    begins_round: bool = False,
) -> Line:
    too_deep = len(way) >= DEEPEST and node.asked > 0
    return Line(
        node=node,
        way=way_text(way),
        level=len(way) + 1,
        of=of,
        asker=asker,
        branch=name_of(node.below) if node.below is not None else "",
        question=line_of(node.question),
        came=line_of(node.text or node.reason),
        state=state_label(node.state),
        who=page.who(node),
        holder=page.holder(node),
        round=node.round + 1 if begins_round else None,
        repeat=repeat,
        onward=page.own_address(node.below) if too_deep and node.below is not None else "",
        address=page.address(way),
        chosen=chosen,
        opened=inner,
    )


def _repeats(connection: Connection, page: TreePage, lists: Mapping[Way, Sequence[Node]]) -> dict[Way, Repeat]:
    """The nodes at the ends of some ways whose part of the tree comes first elsewhere, at a place with a shorter way.

    To say where that is, the whole tree is read; so it is read only if the store has any such part among the nodes.
    """
    places = {
        (*way, node.place): node.below for way, nodes in lists.items() for node in nodes if node.below is not None
    }
    seen, twice = set[Branch](), set[Branch]()
    for branch in places.values():
        (twice if branch in seen else seen).add(branch)
    suspects = find_shared_branches(connection, seen) | twice
    if not suspects:
        return {}
    tree = page.trees(connection, page.root)
    repeats: dict[Way, Repeat] = {}
    for here, branch in places.items():
        number = tree.numbers.get(branch) if branch in suspects else None
        if number is not None:
            _, first = tree.way(number, DEEPEST)
            if first != here:
                repeats[here] = Repeat(way_text(first) or "the root", page.address(first))
    return repeats
