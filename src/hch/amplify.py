"""A human consulting a model, and its fixed point.

``Amplify(H, M)`` is H consulting M. ``HCH(H, depth)`` is H consulting HCH of one depth less. Both are Answerers, so
either can stand wherever a model can. ``Otherwise(lookup, model)`` asks the model what the lookup cannot answer.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hch.budget import Budget
from hch.protocols import Answerer, Human
from hch.types import PASSED, Action, Answer, Ask, Fail, Outcome, Question, Workspace
from hch.workspaces import extended, finished, granted, well_formed


async def nobody(questions: Sequence[Question], /) -> list[Answer]:
    """The Answerer who is not there: passes on everything. It lies at the bottom of HCH."""
    return [NO_ONE] * len(questions)


NO_ONE = Answer(outcome=Outcome.PASSED, by="nobody", reason="no one is left to consult")


@dataclass(frozen=True)
class Otherwise:
    """Asks ``first``; what it passes on is asked of ``second``."""

    first: Answerer
    second: Answerer

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        answers = list(one_each(self.first, questions, await self.first(questions)))
        passed = [i for i, answer in enumerate(answers) if answer.outcome is PASSED]
        if passed:
            left = [questions[i] for i in passed]
            for i, answer in zip(passed, one_each(self.second, left, await self.second(left)), strict=True):
                answers[i] = answer
        return answers


@dataclass(frozen=True)
class Amplify:
    """A human consulting a model: an Answerer.

    All workspaces of a batch go forward together. In each round the human acts in every open workspace, and what they
    ask is put to the model in one batch, each distinct question once. ``budget`` is granted to each question that
    brings none of its own. If the human or the model raises, every workspace or question of that batch fails and the
    record says why.
    """

    human: Human
    model: Answerer
    budget: Budget | None = None
    name: str = "H"

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        answers: list[Answer] = [NO_ONE] * len(questions)
        places = list(range(len(questions)))
        open_: list[Workspace] = [Workspace(q, (), q.budget or self.budget) for q in questions]
        while open_:
            actions = await act(self.human, open_)
            waiting: list[tuple[int, Workspace, list[Question]]] = []
            distinct: dict[Question, int] = {}
            for place, workspace, action in zip(places, open_, actions, strict=True):
                asked = granted(workspace, action) if type(action) is Ask else finished(workspace, action, self.name)
                if isinstance(asked, Answer):
                    answers[place] = asked
                    continue
                for question in asked:
                    distinct.setdefault(question, len(distinct))
                waiting.append((place, workspace, asked))
            started = time.monotonic()
            found = await consult(self.model, list(distinct))
            seconds = time.monotonic() - started
            places = [place for place, _, _ in waiting]
            open_ = [
                extended(workspace, asked, [found[distinct[question]] for question in asked], seconds)
                for _, workspace, asked in waiting
            ]
        return answers


async def act(human: Human, workspaces: Sequence[Workspace]) -> list[Action]:
    """One action for each workspace; where the human raises, the error becomes the action in every one of them.

    AssertionError where the human returns another number of actions.
    """
    try:
        actions = await human(workspaces)
    except Exception as error:  # whatever went wrong, every workspace must still come to its end
        return [Fail(f"{type(error).__name__}: {error}")] * len(workspaces)
    assert len(actions) == len(workspaces), f"{human} was shown {len(workspaces)} workspaces and acted {len(actions)}×"
    return [well_formed(action) for action in actions]


async def consult(model: Answerer, questions: list[Question]) -> list[Answer]:
    """The model's answers; where it raises, the error becomes the outcome of every question in the batch.

    AssertionError where it returns another number of answers.
    """
    if not questions:
        return []
    try:
        answers = await model(questions)
    except Exception as error:  # whatever went wrong below, every node above must still come to its end
        return [Answer(outcome=Outcome.FAILED, reason=f"{type(error).__name__}: {error}")] * len(questions)
    return one_each(model, questions, answers)


def one_each(model: Answerer, questions: Sequence[Question], answers: list[Answer]) -> list[Answer]:
    """The answers, if there is one for each question; else AssertionError."""
    assert len(answers) == len(questions), f"{model} was asked {len(questions)} questions and gave {len(answers)}"
    return answers


@dataclass(frozen=True)
class HCH:
    """A human consulting HCH, to a depth: an Answerer.

    Computed on the graph of distinct (question, depth), never on the tree: what would be a tree of 2^40 nodes costs
    what its distinct questions cost. At depth 0 the human has only ``lookup``. With ``depth=None`` it is the fixed
    point itself: H consults H without end, and a question that leads back to itself fails, naming the way around.
    """

    human: Human
    depth: int | None
    lookup: Answerer = nobody
    budget: Budget | None = None

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        graph = _Graph(self)
        roots = [graph.node(question, self.depth) for question in questions]
        while graph.ready or graph.break_cycles(roots):
            await graph.round()
        return [root.answer for root in roots if root.answer is not None]


class _Node:
    """A distinct question at a depth: its workspace, what it waits for, and who waits for it."""

    __slots__ = ("answer", "asked", "depth", "missing", "parents", "waits_for", "workspace")

    def __init__(self, workspace: Workspace, depth: int | None) -> None:
        self.workspace, self.depth = workspace, depth
        self.answer: Answer | None = None
        self.asked: Sequence[Question] = ()
        self.waits_for: Sequence[_Node | Answer] = ()
        self.missing = 0
        self.parents: list[_Node] = []


class _Graph:
    """The nodes of one computation of HCH, and the ones in which the human can act now."""

    def __init__(self, hch: HCH) -> None:
        self.hch = hch
        self.nodes: dict[tuple[Question, int | None], _Node] = {}
        self.ready: list[_Node] = []

    def node(self, question: Question, depth: int | None) -> _Node:
        key = (question, depth)
        known = self.nodes.get(key)
        if known is None:
            workspace = Workspace(question, (), question.budget or self.hch.budget)
            known = self.nodes[key] = _Node(workspace, depth)
            self.ready.append(known)
        return known

    async def round(self) -> None:
        """The human acts once in every ready node."""
        acting, self.ready = self.ready, []
        actions = await act(self.hch.human, [node.workspace for node in acting])
        waiting: list[_Node] = []
        for node, action in zip(acting, actions, strict=True):
            name = "HCH" if node.depth is None else f"HCH({node.depth})"
            asked = granted(node.workspace, action) if type(action) is Ask else finished(node.workspace, action, name)
            if isinstance(asked, Answer):
                self.settle(node, asked)
            else:
                node.asked = asked
                waiting.append(node)
        distinct = dict.fromkeys(question for node in waiting for question in node.asked)
        found = dict(zip(distinct, await consult(self.hch.lookup, list(distinct)), strict=True))
        for node in waiting:
            node.waits_for = [self.source(node, question, found[question]) for question in node.asked]
            for source in node.waits_for:
                if isinstance(source, _Node) and source.answer is None:
                    source.parents.append(node)
                    node.missing += 1
            if not node.missing:
                self.resume(node)

    def source(self, node: _Node, question: Question, looked_up: Answer) -> _Node | Answer:
        """Where the answer to a sub-question comes from: the lookup, or HCH of one depth less."""
        if looked_up.outcome is not PASSED:
            return looked_up
        if node.depth is None:
            return self.node(question, None)
        if node.depth == 0:
            return _too_deep(node, question)
        return self.node(question, node.depth - 1)

    def settle(self, node: _Node, answer: Answer) -> None:
        node.answer = answer
        for parent in node.parents:
            parent.missing -= 1
            if not parent.missing and parent.answer is None:
                self.resume(parent)
        # Nobody looks at these any more, and what is gone costs the garbage collector nothing.
        del node.parents, node.workspace

    def resume(self, node: _Node) -> None:
        answers = [s if isinstance(s, Answer) else s.answer for s in node.waits_for]
        node.workspace = extended(node.workspace, node.asked, [a for a in answers if a is not None], 0.0)
        node.asked = node.waits_for = ()
        self.ready.append(node)

    def break_cycles(self, roots: Iterable[_Node]) -> bool:
        """If nodes still wait, they wait for each other: every node on a cycle fails. False if none waits."""
        if all(root.answer is not None for root in roots):
            return False
        stuck = [node for node in self.nodes.values() if node.missing]
        waits = {node: [s for s in node.waits_for if isinstance(s, _Node) and s.answer is None] for node in stuck}
        for members, way in cycles(waits):
            failure = Fail(_leads_back([node.workspace.question for node in way]))
            failed = [(node, finished(node.workspace, failure, "HCH")) for node in members]
            for node, answer in failed:
                node.answer = answer
            for node, answer in failed:
                self.settle(node, answer)
        return True


def cycles(waits: Mapping[_Node, Sequence[_Node]]) -> list[tuple[list[_Node], list[_Node]]]:
    """The sets of nodes that all wait for each other, and for each set one way round through some of them."""
    import networkx  # only a run that is stuck pays for the import

    graph = networkx.DiGraph(waits)
    found = []
    for members in networkx.strongly_connected_components(graph):
        inside = graph.subgraph(members)
        if inside.number_of_edges():
            edges = networkx.find_cycle(inside)
            found.append((list(members), [edge[0] for edge in edges] + [edges[0][0]]))
    return found


def _too_deep(node: _Node, question: Question) -> Answer:
    """What the human gets at depth 0; says so where the question is one that it descends from."""
    way, above = [question], node
    while True:
        asked = above.workspace.question
        way.append(asked)
        if (asked.text, asked.context) == (question.text, question.context):
            reason = f"no depth is left, and {_leads_back(way[::-1])}"
            return Answer(outcome=Outcome.PASSED, by="nobody", reason=reason)
        if not above.parents:
            return Answer(outcome=Outcome.PASSED, by="nobody", reason="no depth is left")
        above = above.parents[0]


def _leads_back(way: Sequence[Question]) -> str:
    steps = [question.text for question in way]
    if len(steps) > LONGEST_WAY:
        steps = [*steps[: LONGEST_WAY - 2], f"… {len(steps) - LONGEST_WAY + 1} more …", steps[-1]]
    return f"the question leads back to itself: {' → '.join(steps)}"


LONGEST_WAY = 12
"""How many questions of a cycle are named in its report."""
