"""HCH on a finite world: the fixed point of "H consulting it", and the cycles where no well-founded one exists.

The post takes HCH for granted. Where a question leads back to itself HCH is not defined there, and imitation may have
several optimal models or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hch.optimum.world.errors import NotDefinedError
from hch.optimum.world.tree import Branch, Leaf, Tree, get_child
from hch.optimum.world.world import World


@dataclass(frozen=True)
class Cycle:
    """A strongly connected set of questions, in the world's order, and one closed path through some of them."""

    questions: tuple[str, ...]
    path: tuple[str, ...]

    def __str__(self) -> str:
        return " → ".join(self.path)


@dataclass(frozen=True)
class HCHSolution:
    """HCH on a world: ``answers`` to the questions on which it is defined, None where H passes.

    ``undefined`` are the questions on which the recursion does not end. ``cycles`` are the ones that cause it: the
    other undefined questions only lead to a cycle.
    """

    answers: Mapping[str, str | None]
    undefined: tuple[str, ...]
    cycles: tuple[Cycle, ...]

    @property
    def well_founded(self) -> bool:
        return not self.undefined

    def get_answer(self, question: str, asking: str) -> str:
        """HCH's answer to ``question`` for H at ``asking``. Raises NotDefinedError if there is none, or H passes."""
        if question not in self.answers:
            raise NotDefinedError(f"HCH is not defined on “{question}”: {self.explain_missing(question)}")
        answer = self.answers[question]
        if answer is None:
            raise NotDefinedError(f"H consulting itself passes on “{question}”, and “{asking}” needs an answer to it")
        return answer

    def explain_missing(self, question: str) -> str:
        """Why HCH is not defined on a question: a clause."""
        for cycle in self.cycles:
            if question in cycle.questions:
                return f"the question leads back to itself ({cycle})"
        return f"it asks what leads back to itself ({self.cycles[0]})"


def solve_hch(world: World) -> HCHSolution:
    """HCH by depth-first evaluation with memory: each question is evaluated once, however often it is asked.

    H's trees are evaluated lazily: a question counts as a dependency only on the path that H really takes. That is why
    this is no topological sort of all questions that H might ask.
    """
    answers: dict[str, str | None] = {}
    # For a question under evaluation, the node of its tree that H has reached so far.
    nodes: dict[str, Tree[str | None]] = {entry.question: entry.human for entry in world.entries}
    undefined: set[str] = set()
    for root in world.questions:
        stack = [root]
        on_stack = {root}
        while stack:
            missing = _advance(world, stack[-1], nodes, answers)
            if missing is None:
                on_stack.discard(stack.pop())
            elif missing in on_stack or missing in undefined:
                # Every question on the stack waits for the one above it, so none of them is ever answered.
                undefined.update(stack)
                break
            else:
                stack.append(missing)
                on_stack.add(missing)
    blocked: dict[str, Branch[str | None]] = {}
    for question in undefined:
        node = nodes[question]
        assert isinstance(node, Branch), "an undefined question waits for an answer"
        blocked[question] = node
    order = tuple(question for question in world.questions if question in undefined)
    return HCHSolution(answers, order, _find_cycles(blocked, order))


def _advance(
    world: World, question: str, nodes: dict[str, Tree[str | None]], answers: dict[str, str | None]
) -> str | None:
    """Moves down a question's tree as far as the answers allow; the question that it waits for, None if done."""
    if question in answers:
        return None
    node = nodes[question]
    while isinstance(node, Branch):
        for subquestion in node.questions:
            if subquestion not in answers:
                nodes[question] = node
                return subquestion
        heard = tuple(None if (a := answers[sub]) is None else world.human_view(a) for sub in node.questions)
        # If the world defines nothing for a missing answer, H passes too.
        node = get_child(node, heard) or Leaf(None)
    answers[question] = node.value
    return None


def _find_cycles(blocked: Mapping[str, Branch[str | None]], order: tuple[str, ...]) -> tuple[Cycle, ...]:
    """The strongly connected components of "waits for", which is what the undefined questions reduce to."""
    if not blocked:
        return ()
    import networkx  # only a world with cycles pays for the import

    graph = networkx.DiGraph({q: [sub for sub in blocked[q].questions if sub in blocked] for q in order})
    position = {question: number for number, question in enumerate(order)}
    cycles = []
    for members in networkx.strongly_connected_components(graph):
        component = graph.subgraph(members)
        if component.number_of_edges():
            questions = tuple(sorted(members, key=position.__getitem__))
            edges = networkx.find_cycle(component, questions[0])
            cycles.append(Cycle(questions, (*(edge[0] for edge in edges), edges[0][0])))
    return tuple(sorted(cycles, key=lambda cycle: position[cycle.questions[0]]))
