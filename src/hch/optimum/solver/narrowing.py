"""Which answers can be optimal at all, worked out from question to question, and what still depends on what.

Where H is well-founded this is the whole answer: a question's cost is known as soon as the answers that H hears are.
What is left are groups of questions that truly depend on one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hch.optimum.losses.objective import Cost, Objective
from hch.optimum.world.tree import asked, paths
from hch.optimum.world.world import Number, World

Answers = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What one way of hearing allows: if each of these questions reads so, the answer is one of ``costs``.

    What each of them then costs is a whole number; answers that are not named are not allowed.
    """

    conditions: Mapping[str, str]
    costs: Mapping[str, int]


@dataclass(frozen=True)
class Narrowed:
    """The answers left to each question, and the rules of those on which they depend on other answers."""

    domains: Mapping[str, Answers]
    rules: Mapping[str, tuple[Rule, ...]]


def narrowed(world: World, objective: Objective, start: Mapping[str, Answers] | None = None) -> Narrowed:
    """What the condition "each answer costs least of all to H consulting this very model" leaves of each question.

    ``start`` has the answers that there are to choose from; without it, all that the world has.
    """
    return _Narrowing(world, objective, start).done()


class _Narrowing:
    """The answers and readings left so far."""

    def __init__(self, world: World, objective: Objective, start: Mapping[str, Answers] | None) -> None:
        self.world, self.costs = world, objective.costs
        self.start = {entry.question: entry.answers for entry in world.entries} if start is None else start
        self.domains: dict[str, Answers] = dict(self.start)
        self.readings = {q: tuple(dict.fromkeys(map(world.read, answers))) for q, answers in self.domains.items()}
        self.known: dict[tuple[str, object], Answers] = {}

    def done(self) -> Narrowed:
        needs = {question: asked(cost.tree) for question, cost in self.costs.items()}
        for members, circular in ordered(needs):
            changed = True
            while changed:
                changed = sum(map(self.narrow, members)) > 0 and circular
        rules = {}
        for question in self.costs:
            found = self.rules(question, needs[question]) if needs[question] else ()
            if found:
                rules[question] = found
        return Narrowed(self.domains, rules)

    def best(self, question: str, cost: Cost, leaf: object) -> Answers:
        """The answers that cost least once H has come to this leaf."""
        found = self.known.get((question, leaf))
        if found is None:
            answers, numbers, start = self.world.by_question[question].answers, cost.of(leaf), self.start[question]
            offered = [(a, number) for a, number in zip(answers, numbers, strict=True) if a in start]
            least = min(number for _, number in offered)
            found = tuple(answer for answer, number in offered if number == least)
            self.known[question, leaf] = found
        return found

    def narrow(self, question: str) -> bool:
        """Leaves what is best for some of the readings left; whether that took something away."""
        cost, domain = self.costs[question], self.domains[question]
        left: set[str] = set()
        for heard, leaf in paths(cost.tree, self.readings):
            left.update(self.consistent(question, heard, self.best(question, cost, leaf)))
        if len(left) == len(domain) and left.issuperset(domain):
            return False
        self.domains[question] = tuple(answer for answer in domain if answer in left)
        read = tuple(dict.fromkeys(map(self.world.read, self.domains[question])))
        shrunk = len(read) < len(self.readings[question]) or len(left) < len(domain)
        self.readings[question] = read
        return shrunk

    def consistent(self, question: str, heard: Mapping[str, str], best: Iterable[str]) -> Iterable[str]:
        """Of the best answers those that are what H has heard, where it asked the very question that it is at."""
        own = heard.get(question)
        return best if own is None else [answer for answer in best if self.world.read(answer) == own]

    def rules(self, question: str, needs: Iterable[str]) -> tuple[Rule, ...]:
        """What ties a question's answer to others'; nothing where the same are best whatever H hears."""
        links = [each for each in needs if len(self.readings[each]) > 1]
        if not links or links == [question]:
            return ()
        cost, domain = self.costs[question], self.domains[question]
        found = []
        for heard, leaf in paths(cost.tree, self.readings):
            best = set(self.consistent(question, heard, self.best(question, cost, leaf)))
            conditions = {each: text for each, text in heard.items() if len(self.readings[each]) > 1}
            found.append(Rule(conditions, dict.fromkeys((answer for answer in domain if answer in best), 0)))
        return () if all(len(rule.costs) == len(domain) for rule in found) else tuple(found)


def ordered(needs: Mapping[str, list[str]]) -> list[tuple[list[str], bool]]:
    """The questions in groups that need each other, what is needed first; and whether a group needs itself."""
    import networkx

    graph = networkx.DiGraph()
    graph.add_nodes_from(needs)
    graph.add_edges_from((question, each) for question, found in needs.items() for each in found if each in needs)
    groups = []
    for members in networkx.strongly_connected_components(graph):
        first = next(iter(members))
        groups.append((sorted(members), len(members) > 1 or graph.has_edge(first, first)))
    return groups


def scored(world: World, objective: Objective, questions: Iterable[str], unit: int) -> dict[str, tuple[Rule, ...]]:
    """The rules of one joint objective: everything is allowed, and costs what it costs, in units of 1/``unit``.

    Each question's costs are counted from its cheapest answer of all on, as a whole number may not be below 0.
    """
    found = {}
    for question in questions:
        cost = objective.costs.get(question)
        if cost is None:
            continue
        answers, rules = world.by_question[question].answers, []
        ways = [(heard, cost.of(leaf)) for heard, leaf in paths(cost.tree, world.hearings)]
        least = min(min(numbers) for _, numbers in ways)
        for heard, numbers in ways:
            costs = {a: _whole(cost.weight * (c - least) * unit) for a, c in zip(answers, numbers, strict=True)}
            own = heard.get(question)
            if own is not None:
                costs = {answer: number for answer, number in costs.items() if world.read(answer) == own}
            rules.append(Rule(heard, costs))
        found[question] = tuple(rules)
    return found


def _whole(number: Number) -> int:
    assert number == int(number), "the unit divides every cost"
    return int(number)
