"""Independent components of a problem, and the set of optimal assignments to each.

Components share no constraint, so the optimal set is their product, which can be far larger than any list. Each
component keeps its assignments in the cheapest form that answers questions about them exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import lcm, prod
from typing import Protocol

from hch.optimum.losses.objective import Objective
from hch.optimum.solver.cp_sat import Problem, Restriction
from hch.optimum.solver.elimination import Assignment, Elimination, Factor, TooWideError, build_factors, eliminate
from hch.optimum.solver.propagation import Answers, Constraint, Constraints, Domains
from hch.optimum.world.errors import OutOfReachError
from hch.optimum.world.tree import enumerate_paths
from hch.optimum.world.world import World

MOST_LISTED = 20_000
"""Assignments of one component that are written out as a list."""


class Component(Protocol):
    """Some questions, and a set of assignments to them."""

    @property
    def questions(self) -> tuple[str, ...]: ...

    def count(self, allowed: Restriction = ..., /) -> int:
        """The number of assignments from the allowed answers. Raises OutOfReachError where it cannot be counted."""
        ...

    def possible_answers(self, question: str, /) -> Answers:
        """The answers to a question that occur in some assignment."""
        ...

    def find_one(self) -> Assignment | None:
        """Some assignment, None where there is none."""
        ...

    def find_fewest(self, bad: Restriction, at_least: int, /) -> tuple[int, Assignment] | None:
        """An assignment with the fewest ``bad`` answers, but no fewer than ``at_least``, and how many; or None."""
        ...

    def assignments(self) -> Iterator[Assignment]:
        """All assignments. Raises OutOfReachError where there are too many to list."""
        ...


@dataclass(frozen=True)
class AssignmentList:
    """A component with every assignment listed; of a single question, its answers."""

    questions: tuple[str, ...]
    rows: tuple[Assignment, ...]

    def count(self, allowed: Restriction = {}, /) -> int:  # noqa: B006  # never written to
        if not allowed:
            return len(self.rows)
        places = self._find_places(allowed)
        return sum(all(row[place] in answers for place, answers in places) for row in self.rows)

    def possible_answers(self, question: str, /) -> Answers:
        place = self.questions.index(question)
        return tuple(dict.fromkeys(row[place] for row in self.rows))

    def find_one(self) -> Assignment | None:
        return next(iter(self.rows), None)

    def find_fewest(self, bad: Restriction, at_least: int, /) -> tuple[int, Assignment] | None:
        places = self._find_places(bad)
        scores = ((sum(row[place] in answers for place, answers in places), row) for row in self.rows)
        return min((score for score in scores if score[0] >= at_least), default=None)

    def assignments(self) -> Iterator[Assignment]:
        return iter(self.rows)

    def _find_places(self, restriction: Restriction) -> list[tuple[int, frozenset[str]]]:
        return [(place, restriction[q]) for place, q in enumerate(self.questions) if q in restriction]


@dataclass(frozen=True)
class EliminatedComponent:
    """A component whose assignments are counted exactly by elimination, but are too many to list."""

    problem: Problem
    elimination: Elimination

    @property
    def questions(self) -> tuple[str, ...]:
        return self.elimination.questions

    def count(self, allowed: Restriction = {}, /) -> int:  # noqa: B006  # never written to
        if not allowed:
            return self.elimination.count
        domains = _restrict(self.problem.domains, allowed)
        restricted = _eliminate(self.problem, domains)
        # If the allowed answers cost more than the optimum, none of the cheapest assignments uses only them.
        return restricted.count if restricted.cost == self.elimination.cost else 0

    def possible_answers(self, question: str, /) -> Answers:
        return tuple(a for a in self.problem.domains[question] if self.count({question: frozenset((a,))}))

    def find_one(self) -> Assignment | None:
        return next(self.elimination.assignments(), None)

    def find_fewest(self, bad: Restriction, at_least: int, /) -> tuple[int, Assignment] | None:
        starts: list[Restriction] = [{}]
        if at_least:
            # At least one bad answer: force each question in turn to have one, and take the best result.
            starts = [{question: answers} for question, answers in bad.items() if question in self.problem.domains]
        candidates = [self._find_fewest_within(bad, start) for start in starts]
        return min((candidate for candidate in candidates if candidate is not None), default=None)

    def _find_fewest_within(self, bad: Restriction, allowed: Restriction) -> tuple[int, Assignment] | None:
        domains = _restrict(self.problem.domains, allowed)
        # Lexicographic minimum in one number: the loss counts in steps larger than any number of bad answers.
        scale = len(self.questions) + 1
        factors = [
            Factor(factor.scope, {row: (cost * scale, count) for row, (cost, count) in factor.table.items()})
            for factor in build_factors(domains, self.problem.constraints, self.problem.answers_by_view)
        ]
        factors += [
            Factor((question,), {(answer,): (int(answer in bad[question]), 1) for answer in answers})
            for question, answers in domains.items()
            if question in bad
        ]
        result = eliminate(domains, factors)
        if not result.count or result.cost // scale != self.elimination.cost:
            return None
        return result.cost % scale, next(result.assignments())

    def assignments(self) -> Iterator[Assignment]:
        return self.elimination.assignments()


@dataclass(frozen=True)
class SolverComponent:
    """A component too entangled to be counted, with too many assignments to list: CP-SAT decides questions about it.

    ``some`` are the optimal assignments that were enumerated, ``cost`` is the cost of each.
    """

    problem: Problem
    cost: int
    some: tuple[Assignment, ...]

    @property
    def questions(self) -> tuple[str, ...]:
        return self.problem.questions

    def count(self, allowed: Restriction = {}, /) -> int:  # noqa: ARG002, B006  # it cannot be counted
        raise OutOfReachError(
            f"{len(self.questions):,} questions depend on one another in at least {len(self.some):,} optimal ways, "
            f"which are too many to be listed, or too entangled to be sure that these are all"
        )

    @cached_property
    def _known_answers(self) -> dict[str, set[str]]:
        """By question, the answers that occur in ``some``: they need no call to the solver."""
        return {question: {row[place] for row in self.some} for place, question in enumerate(self.questions)}

    def possible_answers(self, question: str, /) -> Answers:
        known = self._known_answers[question]
        return tuple(
            answer
            for answer in self.problem.domains[question]
            if answer in known or self.problem.find_assignment(self.cost, {question: frozenset((answer,))}) is not None
        )

    def find_one(self) -> Assignment | None:
        return self.problem.find_assignment(self.cost, {})

    def find_fewest(self, bad: Restriction, at_least: int, /) -> tuple[int, Assignment] | None:
        bad = {question: answers for question, answers in bad.items() if question in self.problem.domains}
        row = self.problem.find_assignment(self.cost, {}, bad, at_least)
        if row is None:
            return None
        return sum(answer in bad.get(question, ()) for question, answer in zip(self.questions, row, strict=True)), row

    def assignments(self) -> Iterator[Assignment]:
        self.count()
        return iter(self.some)


def solve_components(
    world: World, domains: Domains, constraints: Constraints
) -> tuple[list[Component], list[tuple[str, ...]]]:
    """The components of a propagated problem, each solved, and the questions of those without any solution."""
    components: list[Component] = []
    infeasible: list[tuple[str, ...]] = []
    for group in find_connected_groups(domains, constraints):
        if any(not domains[question] for question in group):
            infeasible.append(tuple(group))
        elif len(group) == 1:
            components.append(AssignmentList(tuple(group), tuple((answer,) for answer in domains[group[0]])))
        else:
            inside = {question: constraints[question] for question in group if question in constraints}
            solution = solve_problem(build_problem(world, {question: domains[question] for question in group}, inside))
            if solution is None:
                infeasible.append(tuple(group))
            else:
                components.append(solution[0])
    return components, infeasible


def build_problem(world: World, domains: Domains, constraints: Constraints) -> Problem:
    """The problem of these questions alone, with what H reads of their answers."""
    answers_by_view: dict[str, dict[str, Answers]] = {}
    for question, answers in domains.items():
        by_view = answers_by_view.setdefault(question, {})
        for answer in answers:
            view = world.human_view(answer)
            by_view[view] = (*by_view.get(view, ()), answer)
    return Problem(domains, constraints, answers_by_view)


def solve_problem(problem: Problem, most: int = MOST_LISTED) -> tuple[Component, int] | None:
    """All cheapest assignments of a problem, and their cost; None where none is allowed.

    Up to ``most`` are listed. Raises OutOfReachError where CP-SAT cannot decide what is cheapest.
    """
    try:
        elimination = _eliminate(problem, problem.domains)
    except TooWideError:
        return solve_by_cp_sat(problem, most)
    if not elimination.count:
        return None
    if elimination.count <= most:
        return AssignmentList(problem.questions, tuple(sorted(elimination.assignments()))), elimination.cost
    return EliminatedComponent(problem, elimination), elimination.cost


def solve_by_cp_sat(problem: Problem, most: int = MOST_LISTED) -> tuple[Component, int] | None:
    """The same by CP-SAT alone."""
    cost = problem.find_least_cost()
    if cost is None:
        return None
    rows, complete = problem.list_assignments(cost, most)
    if complete and len(rows) <= most:
        return AssignmentList(problem.questions, tuple(rows)), cost
    return SolverComponent(problem, cost, tuple(rows)), cost


def join_components(components: Iterable[Component], most: int = MOST_LISTED) -> AssignmentList:
    """Several components as one list, their product. Raises OutOfReachError where it has over ``most`` rows."""
    components = list(components)
    size = prod(component.count() for component in components)
    if size > most:
        raise OutOfReachError(
            f"a condition on several questions would have to be looked at in {size:,} ways to answer them"
        )
    questions = tuple(question for component in components for question in component.questions)
    choices = product(*(component.assignments() for component in components))
    return AssignmentList(questions, tuple(tuple(a for row in rows for a in row) for rows in choices))


def find_connected_groups(questions: Iterable[str], constraints: Mapping[str, Iterable[Constraint]]) -> list[list[str]]:
    """The connected components of "shares a constraint", by union-find; questions stay in their order."""
    parent = {question: question for question in questions}

    def find_root(question: str) -> str:
        while parent[question] != question:
            parent[question] = parent[parent[question]]
            question = parent[question]
        return question

    for question, cases in constraints.items():
        for case in cases:
            for other in case.given:
                parent[find_root(other)] = find_root(question)
    groups: dict[str, list[str]] = {}
    for question in parent:
        groups.setdefault(find_root(question), []).append(question)
    return list(groups.values())


def find_cost_unit(world: World, objective: Objective, questions: Iterable[str]) -> int:
    """The least number that makes every weighted cost of these questions whole: the solvers work on integers."""
    unit = 1
    for question in questions:
        cost = objective.costs.get(question)
        if cost is not None:
            for _, leaf in enumerate_paths(cost.tree, world.human_views):
                unit = lcm(unit, *(Fraction(cost.weight * c).denominator for c in cost.answer_costs(leaf)))
    return unit


def _restrict(domains: Domains, allowed: Restriction) -> dict[str, Answers]:
    return {
        question: tuple(a for a in answers if question not in allowed or a in allowed[question])
        for question, answers in domains.items()
    }


def _eliminate(problem: Problem, domains: Domains) -> Elimination:
    return eliminate(domains, build_factors(domains, problem.constraints, problem.answers_by_view))
