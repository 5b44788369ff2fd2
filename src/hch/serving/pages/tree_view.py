"""A tree as a page shows it: lines that open one by one, as many at a time as a reader takes in.

However large the tree is, a page reads and sends a few hundred of its nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from hch.people.store.answers import person_name
from hch.people.store.exploring import Below, Branch, Node, below, person_number, shared, top
from hch.people.store.people import all_people
from hch.people.store.whole_trees import WholeTrees
from hch.serving.pages.addresses import DEEPEST, name_of, node_address, way_text
from hch.serving.pages.formatting import StateLabel, line_of, state_label

AT_ONCE = 200
"""Lines that are opened at once."""
ON_THE_WAY = 400
"""Lines beside the way down to a node, on all of its levels together."""
FEWEST_BESIDE = 10

Way = tuple[int, ...]


class Ground(msgspec.Struct, frozen=True):
    """What all lines of a page have in common: the tree, the larger one it was opened from, and who is called what."""

    root: Branch
    of: Branch | None
    names: Mapping[int, str]
    trees: WholeTrees

    def who(self, node: Node) -> str:
        """Who acted in a node, by name where it was a person."""
        return self.called(node.by if node.worked_by is None else person_name(node.worked_by))

    def called(self, by: str) -> str:
        """Whoever a transcript names as who acted: a person by name, anything else as it calls itself."""
        number = person_number(by)
        return line_of(by if number is None else self.names.get(number, by), 80)

    def address(self, way: Way) -> str:
        """Where a node of this page is to be found."""
        return node_address(self.root, way, self.of)


class Group(msgspec.Struct, frozen=True):
    """Some of what a node asked, from ``start`` on; ``total`` in all. ``asker`` names the node's branch.

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
    """A node in the tree.

    ``asker`` names the branch that it was asked in, ``branch`` the one that it goes on with. ``number`` counts from 1
    among the ``of`` that were asked there. ``round`` is set where another round of questions begins. ``onward`` is an
    address where it goes on, if that is too deep for this page.
    """

    way: str
    level: int
    number: int
    of: int
    asker: str
    branch: str
    question: str
    came: str
    state: StateLabel
    who: str
    holder: str
    at: float | None
    active_seconds: float | None
    draw: str
    asked: int
    stale: bool
    round: int | None
    repeat: Repeat | None
    onward: str
    address: str
    chosen: bool
    opened: Group | None

    @property
    def opens(self) -> bool:
        """Whether there is something below that this page can show."""
        return self.asked > 0 and not self.onward


class Opened(msgspec.Struct, frozen=True):
    """A tree opened down to a ``node``: the one that was wanted, or the last above it that is there.

    ``way`` leads to it, and ``asker`` is the branch in which it was asked.
    """

    root: Line
    top: Node
    node: Node
    way: Way
    asker: Branch | None
    found: bool


def ground_of(connection: Connection, root: Branch, of: Branch | None, trees: WholeTrees) -> Ground:
    """What the lines of a tree's page have in common."""
    return Ground(root, of, {person.id: person.name for person in all_people(connection)}, trees)


def opened(connection: Connection, ground: Ground, way: Way) -> Opened | None:
    """A tree with the way down to a node open, and what that node asked; of the root two levels. None where none is."""
    first = top(connection, ground.root)
    if first is None:
        return None
    nodes, groups = [first], list[tuple[Branch, int, Below]]()
    beside = max(FEWEST_BESIDE, min(AT_ONCE, ON_THE_WAY // (len(way) + 1)))
    for place in way:
        branch = nodes[-1].below
        start = max(0, place - beside // 2)
        some = Below() if branch is None else below(connection, {branch: range(start, start + beside)})[branch]
        chosen = next((node for node in some.nodes if node.place == place), None)
        if branch is None or chosen is None:
            break
        nodes.append(chosen)
        groups.append((branch, start, some))
    reached = way[: len(nodes) - 1]
    inner = _opened_below(connection, ground, reached, nodes[-1])
    for level in reversed(range(len(groups))):
        branch, start, some = groups[level]
        above = reached[:level]
        repeats = _repeats(connection, ground, {above: some.nodes})
        within = {reached[level]: inner}
        inner = _group(ground, above, branch, some, start=start, repeats=repeats, within=within, chosen=reached)
    root = _line(ground, (), first, inner=inner, chosen=not reached)
    asker = groups[-1][0] if groups else None
    return Opened(root, first, nodes[-1], reached, asker, found=reached == way)


def group(connection: Connection, ground: Ground, way: Way, branch: Branch, places: range) -> Group:
    """Some of what was asked in a branch that is at the end of a way."""
    some = below(connection, {branch: places[:AT_ONCE]})[branch]
    repeats = _repeats(connection, ground, {way: some.nodes})
    return _group(ground, way, branch, some, start=places.start, repeats=repeats)


def _opened_below(connection: Connection, ground: Ground, way: Way, node: Node) -> Group | None:
    """What a node asked; below the root also what its first sub-questions asked, while there is room."""
    if node.below is None or not node.asked or len(way) >= DEEPEST:
        return None
    some = below(connection, {node.below: range(AT_ONCE)})[node.below]
    repeats = _repeats(connection, ground, {way: some.nodes})
    within = {} if way else _second_level(connection, ground, some.nodes, repeats)
    return _group(ground, way, node.below, some, repeats=repeats, within=within)


def _second_level(
    connection: Connection, ground: Ground, nodes: Sequence[Node], repeats: Mapping[Way, Repeat]
) -> dict[int, Group | None]:
    room, opening = AT_ONCE, dict[int, Branch]()
    for node in nodes:
        if node.below is not None and 0 < node.asked <= room and (node.place,) not in repeats:
            opening[node.place] = node.below
            room -= node.asked
    found = below(connection, {branch: range(AT_ONCE) for branch in opening.values()})
    again = _repeats(connection, ground, {(place,): found[branch].nodes for place, branch in opening.items()})
    return {place: _group(ground, (place,), branch, found[branch], repeats=again) for place, branch in opening.items()}


def _group(
    ground: Ground,
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
            ground,
            here,
            node,
            of=some.total,
            asker=branch,
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
        earlier=ground.address((*way, max(0, start - 1))),
        later=ground.address((*way, start + len(lines))),
    )


def _line(
    ground: Ground,
    way: Way,
    node: Node,
    *,
    chosen: bool,
    inner: Group | None,
    of: int = 1,
    asker: Branch | None = None,
    repeat: Repeat | None = None,
    begins_round: bool = False,
) -> Line:
    too_deep = len(way) >= DEEPEST and node.below is not None and node.asked > 0
    return Line(
        way=way_text(way),
        level=len(way) + 1,
        number=node.place + 1,
        of=of,
        asker=name_of(asker) if asker is not None else "",
        branch=name_of(node.below) if node.below is not None else "",
        question=line_of(node.question),
        came=line_of(node.text or node.reason),
        state=state_label(node.state),
        who=ground.who(node),
        holder=line_of(ground.names.get(node.holder or 0, ""), 80) if not node.ended else "",
        at=node.at,
        active_seconds=node.active_seconds,
        draw=line_of(node.draw or "", 20),
        asked=node.asked,
        stale=node.stale,
        round=node.round + 1 if begins_round else None,
        repeat=repeat,
        onward=node_address(node.below, (), ground.of or ground.root) if too_deep and node.below is not None else "",
        address=ground.address(way),
        chosen=chosen,
        opened=inner,
    )


def _repeats(connection: Connection, ground: Ground, lists: Mapping[Way, Sequence[Node]]) -> dict[Way, Repeat]:
    """Of nodes at the ends of some ways, those whose part of the tree has come before, at a place with a shorter way.

    The whole tree is read only if there may be any.
    """
    places = {
        (*way, node.place): node.below for way, nodes in lists.items() for node in nodes if node.below is not None
    }
    seen, twice = set[Branch](), set[Branch]()
    for branch in places.values():
        (twice if branch in seen else seen).add(branch)
    suspects = shared(connection, seen) | twice
    if not suspects:
        return {}
    tree = ground.trees(connection, ground.root)
    found: dict[Way, Repeat] = {}
    for here, branch in places.items():
        number = tree.numbers.get(branch) if branch in suspects else None
        if number is not None:
            _, first = tree.way(number, DEEPEST)
            if first != here:
                found[here] = Repeat(way_text(first) or "the root", ground.address(first))
    return found
