"""Constraint propagation: which answers can be optimal at all, and which questions still constrain one another.

Where H is well-founded this solves the whole problem: a question's cost is known once the answers that H hears are.
What remains are sets of questions that constrain one another, as in an arc-consistent constraint network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hch.optimum.losses.objective import Cost, Objective
from hch.optimum.world.tree import collect_questions, enumerate_paths
from hch.optimum.world.world import Number, World

Answers = tuple[str, ...]
Domains = Mapping[str, Answers]
"""By question, the answers that a model can give."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A conditional constraint: if H hears ``given``, a text by question, the answer is one of ``costs``.

    ``costs`` has the whole-number cost of each allowed answer.
    """

    given: Mapping[str, str]
    costs: Mapping[str, int]


Constraints = Mapping[str, tuple[Constraint, ...]]
"""By question, the constraints on its answer. Exactly one of them applies to each model."""


def propagate(world: World, objective: Objective, start: Domains | None = None) -> tuple[Domains, Constraints]:
    """The domains and constraints under "each answer costs least where H consults this same model".

    ``start`` has the answers to choose from, by default all of the world's. Every solution of the result is a model
    that is optimal against itself, and the other way round.
    """
    return _Propagation(world, objective, start).run()


class _Propagation:
    """The domains so far, and what H can hear while models stay in them."""

    def __init__(self, world: World, objective: Objective, start: Domains | None) -> None:
        self.world, self.costs = world, objective.costs
        self.start = {entry.question: entry.answers for entry in world.entries} if start is None else start
        self.domains: dict[str, Answers] = dict(self.start)
        self.views = {question: self._list_views(answers) for question, answers in self.domains.items()}
        self.best_at: dict[tuple[str, object], Answers] = {}

    def run(self) -> tuple[Domains, Constraints]:
        needs = {question: collect_questions(cost.tree) for question, cost in self.costs.items()}
        # Sub-questions come first, so one pass suffices outside of cycles; inside, passes run to a fixed point.
        for members, cyclic in _order_by_dependency(needs):
            changed = True
            while changed:
                changed = sum(map(self.reduce, members)) > 0 and cyclic
        constraints = {}
        for question in self.costs:
            if built := self.build_constraints(question, needs[question]):
                constraints[question] = built
        return self.domains, constraints

    def reduce(self, question: str) -> bool:
        """Keeps only the answers that are best for something that H can still hear; whether that removed any."""
        domain = self.domains[question]
        kept: set[str] = set()
        for _, best in self.enumerate_cases(question):
            kept.update(best)
        if kept.issuperset(domain):
            return False
        self.domains[question] = tuple(answer for answer in domain if answer in kept)
        self.views[question] = self._list_views(self.domains[question])
        return True

    def build_constraints(self, question: str, needs: Iterable[str]) -> tuple[Constraint, ...]:
        """The constraints on a question's answer; none where all of its domain is best whatever H hears."""
        undecided = [other for other in needs if len(self.views[other]) > 1]
        if not undecided or undecided == [question]:
            return ()
        domain = self.domains[question]
        constraints = []
        for heard, best in self.enumerate_cases(question):
            given = {other: text for other, text in heard.items() if len(self.views[other]) > 1}
            constraints.append(Constraint(given, {answer: 0 for answer in domain if answer in best}))
        if all(len(constraint.costs) == len(domain) for constraint in constraints):
            return ()
        return tuple(constraints)

    def enumerate_cases(self, question: str) -> Iterator[tuple[dict[str, str], Answers]]:
        """What H can hear at a question, each with the best answers there.

        If H asks the question that it is at, only answers that read as H heard it count: the model says both.
        """
        cost = self.costs[question]
        for heard, leaf in enumerate_paths(cost.tree, self.views):
            best, own = self.find_best(question, cost, leaf), heard.get(question)
            yield heard, best if own is None else tuple(a for a in best if self.world.human_view(a) == own)

    def find_best(self, question: str, cost: Cost, leaf: object) -> Answers:
        """The answers that cost least once H has reached this leaf."""
        best = self.best_at.get((question, leaf))
        if best is None:
            answers, start = self.world.by_question[question].answers, self.start[question]
            offered = [(a, c) for a, c in zip(answers, cost.answer_costs(leaf), strict=True) if a in start]
            least = min(number for _, number in offered)
            best = tuple(answer for answer, number in offered if number == least)
            self.best_at[question, leaf] = best
        return best

    def _list_views(self, answers: Answers) -> Answers:
        return tuple(dict.fromkeys(map(self.world.human_view, answers)))


def _order_by_dependency(needs: Mapping[str, list[str]]) -> list[tuple[list[str], bool]]:
    """The strongly connected components of "needs", dependencies first, each with whether it is cyclic."""
    import networkx

    graph = networkx.DiGraph()
    graph.add_nodes_from(needs)
    graph.add_edges_from((question, other) for question, others in needs.items() for other in others if other in needs)
    components = []
    for members in networkx.strongly_connected_components(graph):
        first = next(iter(members))
        components.append((sorted(members), len(members) > 1 or graph.has_edge(first, first)))
    return components


def build_joint_constraints(
    world: World, objective: Objective, questions: Iterable[str], unit: int
) -> dict[str, tuple[Constraint, ...]]:
    """The constraints of a joint objective: every answer is allowed, at its cost in units of 1/``unit``.

    A question's costs are counted from its cheapest answer in any case, since a cost may not be negative. The shift is
    the same for every model, so it does not change which are optimal.
    """
    constraints = {}
    for question in questions:
        cost = objective.costs.get(question)
        if cost is None:
            continue
        answers, built = world.by_question[question].answers, []
        cases = [(heard, cost.answer_costs(leaf)) for heard, leaf in enumerate_paths(cost.tree, world.human_views)]
        least = min(min(numbers) for _, numbers in cases)
        for heard, numbers in cases:
            own = heard.get(question)
            costs = {
                answer: _to_whole(cost.weight * (number - least) * unit)
                for answer, number in zip(answers, numbers, strict=True)
                if own is None or world.human_view(answer) == own
            }
            built.append(Constraint(heard, costs))
        constraints[question] = tuple(built)
    return constraints


def _to_whole(number: Number) -> int:
    assert number == int(number), "the unit divides every cost"
    return int(number)
