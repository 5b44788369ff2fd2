"""Whether H comes to an answer when it consults itself: HCH on a finite world, and the questions that lead back.

Source: the post takes HCH for granted; where a question leads back to itself there is none, and imitation may then
have several optimal models, or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hch.optimum.world.errors import NotDefinedError
from hch.optimum.world.tree import Asks, Leaf, Tree, after, asked
from hch.optimum.world.world import World


@dataclass(frozen=True)
class Cycle:
    """Questions that wait for each other, in the world's order, and one way round through some of them."""

    questions: tuple[str, ...]
    way: tuple[str, ...]

    def __str__(self) -> str:
        return " → ".join(self.way)


@dataclass(frozen=True)
class Foundation:
    """HCH on a world: its answer to each question on which it has one, None where H passes.

    ``undefined`` are the questions on which H consulting itself never comes to an end, ``cycles`` those of them that
    are to blame: they lead back to themselves, and the others only ask them.
    """

    hch: Mapping[str, str | None]
    undefined: tuple[str, ...]
    cycles: tuple[Cycle, ...]

    @property
    def well_founded(self) -> bool:
        return not self.undefined

    def heard(self, question: str, asking: str) -> str:
        """HCH's answer, as somebody needs it who asks. Raises NotDefinedError where there is none."""
        if question not in self.hch:
            raise NotDefinedError(f"HCH is not defined on “{question}”: {self.reason(question)}")
        answer = self.hch[question]
        if answer is None:
            raise NotDefinedError(f"H consulting itself passes on “{question}”, and “{asking}” needs an answer to it")
        return answer

    def reason(self, question: str) -> str:
        """Why HCH is not defined on a question, in words."""
        for cycle in self.cycles:
            if question in cycle.questions:
                return f"the question leads back to itself ({cycle})"
        cycle = self.cycles[0]
        return f"it asks what leads back to itself ({cycle})"


def foundation(world: World) -> Foundation:
    """HCH, worked out question by question; a question is worked out once, however often it is asked."""
    known: dict[str, str | None] = {}
    waits: dict[str, Asks[str | None]] = {}
    trees: dict[str, Tree[str | None]] = {entry.question: entry.human for entry in world.entries}
    undefined: set[str] = set()
    for root in world.questions:
        above = [root]
        on_way = {root}
        while above:
            question = above[-1]
            missing = _step(world, question, trees, known)
            if missing is None:
                on_way.discard(above.pop())
            elif missing in on_way or missing in undefined:
                # What is above waits for what is below, so that none of it ends.
                undefined.update(above)
                break
            else:
                above.append(missing)
                on_way.add(missing)
    for question in undefined:
        tree = trees[question]
        assert isinstance(tree, Asks), "what is done is not undefined"
        waits[question] = tree
    order = tuple(question for question in world.questions if question in undefined)
    return Foundation(known, order, _cycles(waits, order))


def _step(world: World, question: str, trees: dict[str, Tree[str | None]], known: dict[str, str | None]) -> str | None:
    """Takes a question as far as what is known allows; the question that it waits for, or None if it is done."""
    if question in known:
        return None
    tree = trees[question]
    while isinstance(tree, Asks):
        for each in tree.questions:
            if each not in known:
                trees[question] = tree
                return each
        told = [known[each] for each in tree.questions]
        # Where nothing is said of an answer that did not come, H can say nothing either.
        tree = after(tree, tuple(None if text is None else world.read(text) for text in told)) or Leaf(None)
    known[question] = tree.value
    return None


def _cycles(waits: Mapping[str, Asks[str | None]], order: tuple[str, ...]) -> tuple[Cycle, ...]:
    if not waits:
        return ()
    import networkx  # only a world that leads back to itself pays for the import

    graph = networkx.DiGraph({q: [each for each in waits[q].questions if each in waits] for q in order})
    place = {question: number for number, question in enumerate(order)}
    found = []
    for members in networkx.strongly_connected_components(graph):
        inside = graph.subgraph(members)
        if inside.number_of_edges():
            first = min(members, key=place.__getitem__)
            edges = networkx.find_cycle(inside, first)
            found.append(Cycle(tuple(sorted(members, key=place.__getitem__)), (*(e[0] for e in edges), edges[0][0])))
    return tuple(sorted(found, key=lambda cycle: place[cycle.questions[0]]))


def consultations(world: World) -> dict[str, list[str]]:
    """Which questions H may ask at each question, whatever it hears."""
    return {entry.question: asked(entry.human) for entry in world.entries}
