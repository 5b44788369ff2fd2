"""HCH on the graph of distinct (question, depth), never on the tree.

A node is ready as soon as everything that it waits for is answered, whatever its depth; all ready nodes advance
together. Where none is ready and some still wait, they wait for each other: a cycle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hch.amplify.rounds import act, consult, recall_workspaces, start_anew
from hch.amplify.waiting import find_pending
from hch.amplify.workspace import add_round, finish, grant_questions
from hch.protocols import Answerer, Human, Recall
from hch.types import PASSED, Answer, Ask, Budget, Fail, Outcome, Question, Workspace


class Node:
    """A distinct question at a depth: its workspace, what it waits for, and who waits for it."""

    __slots__ = ("answer", "asked", "depth", "missing", "parents", "waits_for", "workspace")

    def __init__(self, workspace: Workspace, depth: int | None) -> None:
        self.workspace, self.depth = workspace, depth
        self.answer: Answer | None = None
        self.asked: Sequence[Question] = ()
        self.waits_for: Sequence[Node | Answer] = ()
        self.missing = 0
        self.parents: list[Node] = []

    @property
    def name(self) -> str:
        return "HCH" if self.depth is None else f"HCH({self.depth})"

    @property
    def heard(self) -> list[Answer]:
        """The answers that have come so far."""
        answers = [source if isinstance(source, Answer) else source.answer for source in self.waits_for]
        return [answer for answer in answers if answer is not None]


class Graph:
    """The nodes of one computation of HCH, and the ones in which the human can act now."""

    def __init__(self, human: Human, lookup: Answerer, budget: Budget | None, recall: Recall = start_anew) -> None:
        self.human, self.lookup, self.budget, self.recall = human, lookup, budget, recall
        self.nodes: dict[tuple[Question, int | None], Node] = {}
        self.ready: list[Node] = []
        self.fresh: list[Node] = []
        """The ready nodes that are new since the last round."""

    def node(self, question: Question, depth: int | None) -> Node:
        key = (question, depth)
        known = self.nodes.get(key)
        if known is None:
            workspace = Workspace(question, (), question.budget or self.budget)
            known = self.nodes[key] = Node(workspace, depth)
            self.ready.append(known)
            self.fresh.append(known)
        return known

    async def round(self) -> None:
        """The human acts once in every ready node."""
        await self.recall_fresh()
        acting, self.ready = self.ready, []
        actions = await act(self.human, [node.workspace for node in acting])
        waiting: list[Node] = []
        for node, action in zip(acting, actions, strict=True):
            workspace = node.workspace
            asked = grant_questions(workspace, action) if type(action) is Ask else finish(workspace, action, node.name)
            if isinstance(asked, Answer):
                self.settle(node, asked)
            else:
                node.asked = asked
                waiting.append(node)
        distinct = dict.fromkeys(question for node in waiting for question in node.asked)
        lookup_answers = dict(zip(distinct, await consult(self.lookup, list(distinct)), strict=True))
        for node in waiting:
            node.waits_for = [self.source(node, question, lookup_answers[question]) for question in node.asked]
            for source in node.waits_for:
                if isinstance(source, Node) and source.answer is None:
                    source.parents.append(node)
                    node.missing += 1
            if not node.missing and (ended := self.resume(node)) is not None:
                self.settle(node, ended)

    async def recall_fresh(self) -> None:
        """Resumes each new node from where its human left it; all fail if ``recall`` raises."""
        fresh, self.fresh = self.fresh, []
        left = await recall_workspaces(self.recall, [node.workspace for node in fresh])
        if isinstance(left, Fail):
            failing = set(fresh)
            self.ready = [node for node in self.ready if node not in failing]
            for node in fresh:
                self.settle(node, finish(node.workspace, left, node.name))
            return
        for node, workspace in zip(fresh, left, strict=True):
            node.workspace = workspace

    def source(self, node: Node, question: Question, looked_up: Answer) -> Node | Answer:
        """Where the answer to a sub-question comes from: the lookup, or HCH of one depth less."""
        if looked_up.outcome is not PASSED:
            return looked_up
        if node.depth is None:
            return self.node(question, None)
        if node.depth == 0:
            return _too_deep(node, question)
        return self.node(question, node.depth - 1)

    def settle(self, node: Node, answer: Answer) -> None:
        """Gives a node its answer. Parents that waited for nothing else go on, or wait for people too, to the top."""
        # No recursion: a chain of parents can be longer than Python's stack.
        ended = [(node, answer)]
        while ended:
            node, answer = ended.pop()
            node.answer = answer
            for parent in node.parents:
                parent.missing -= 1
                if not parent.missing and parent.answer is None and (above := self.resume(parent)) is not None:
                    ended.append((parent, above))
            # Nothing needs these any more, and fewer live objects make the garbage collector faster.
            del node.parents, node.workspace

    def resume(self, node: Node) -> Answer | None:
        """Adds the round of answers to a node, now ready; or returns its end, if an answer waits for people."""
        heard = node.heard
        wait = find_pending(heard)
        if wait is None:
            node.workspace = add_round(node.workspace, node.asked, heard, 0.0)
            self.ready.append(node)
        node.asked = node.waits_for = ()
        return None if wait is None else finish(node.workspace, wait, node.name)

    def break_cycles(self, roots: Iterable[Node]) -> bool:
        """If nodes still wait, they wait for each other: every node on a cycle fails. False if none waits.

        A cycle that also waits for a node outside it does not fail yet, since that node may lead back into it. So which
        nodes fail depends on the questions alone, and not on the batch or its order. If one of its nodes waits for
        people, the whole cycle does.
        """
        if all(root.answer is not None for root in roots):
            return False
        stuck = [node for node in self.nodes.values() if node.missing]
        waits = {node: [s for s in node.waits_for if isinstance(s, Node) and s.answer is None] for node in stuck}
        ended: list[tuple[Node, Answer]] = []
        # Each set comes after those that it waits for, so it is known by then whether those wait for people.
        for members, way in cycles(waits):
            wait = find_pending(answer for node in members for answer in node.heard)
            end = wait or Fail(_leads_back([node.workspace.question for node in way]))
            for node in members:
                node.answer = finish(node.workspace, end, node.name)
                ended.append((node, node.answer))
        for node, answer in ended:
            self.settle(node, answer)
        return True


def cycles(waits: Mapping[Node, Sequence[Node]]) -> list[tuple[list[Node], list[Node]]]:
    """The sets of nodes that wait for each other and for nothing else, each with one cycle through some of them.

    A set may also wait for another such set, which ends at the same time.
    """
    import networkx  # only a run that is stuck pays for the import

    graph = networkx.DiGraph(waits)
    order = {node: number for number, node in enumerate(waits)}
    groups = []
    ending: set[Node] = set()
    # networkx yields a component after those that it waits for.
    for members in networkx.strongly_connected_components(graph):
        inside = graph.subgraph(members)
        if inside.number_of_edges() and all(s in members or s in ending for node in members for s in waits[node]):
            ending |= members
            edges = networkx.find_cycle(inside)
            groups.append((sorted(members, key=order.__getitem__), [edge[0] for edge in edges] + [edges[0][0]]))
    return groups


def _too_deep(node: Node, question: Question) -> Answer:
    """The answer to a sub-question at depth 0; its reason says so where the question leads back to itself."""
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
"""How many questions of a cycle an error names."""
