"""The exact set of models that are optimal for a loss, in a world's model class.

It is a product of components: where H is well-founded each question is one by itself, so the set may have any size. A
model class smaller than all functions couples all questions, so there the set is a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod

from hch.optimum.losses.objective import Loss, Objective
from hch.optimum.solver.components import (
    AssignmentList,
    Component,
    SolverComponent,
    build_problem,
    find_connected_groups,
    find_cost_unit,
    join_components,
    solve_components,
    solve_problem,
)
from hch.optimum.solver.elimination import Assignment
from hch.optimum.solver.model_classes import find_optimal_in_class
from hch.optimum.solver.propagation import Answers, Constraint, build_joint_constraints, propagate
from hch.optimum.world.tree import collect_questions
from hch.optimum.world.world import AllFunctions, World


@dataclass(frozen=True)
class OptimalSet:
    """The optimal models: every combination of an assignment from each component.

    Where no model is optimal there are no components, and ``blame`` has the questions on which no answer is consistent.
    ``objectives`` are what the models are optimal for.
    """

    components: tuple[Component, ...]
    objectives: tuple[Objective, ...]
    blame: tuple[str, ...] = ()

    @cached_property
    def size(self) -> int:
        """The number of optimal models. Raises OutOfReachError where it cannot be counted."""
        return prod(component.count() for component in self.components) if self.exists else 0

    @property
    def exists(self) -> bool:
        """Whether any model is optimal."""
        return bool(self.components)

    @property
    def at_least(self) -> int:
        """A lower bound of the size, for where it cannot be counted."""
        return prod(
            len(component.some) if isinstance(component, SolverComponent) and component.some else component.count()
            for component in self.components
        )

    @cached_property
    def _component_of(self) -> dict[str, Component]:
        return {question: component for component in self.components for question in component.questions}

    def possible_answers(self, question: str) -> Answers:
        """The answers that optimal models give to a question; none where no model is optimal."""
        return self._component_of[question].possible_answers(question) if self.exists else ()

    @property
    def is_product(self) -> bool:
        """Whether every question is a component by itself."""
        return all(len(component.questions) == 1 for component in self.components)

    def models(self) -> Iterator[dict[str, str]]:
        """Every optimal model. There may be very many: see ``size``."""
        if not self.exists:
            return
        questions = [question for component in self.components for question in component.questions]
        for rows in product(*(tuple(component.assignments()) for component in self.components)):
            yield dict(zip(questions, (answer for row in rows for answer in row), strict=True))


def find_optimal(world: World, loss: Loss) -> OptimalSet:
    """The models that are optimal for a loss. Raises WorldError where the loss has no meaning on this world.

    Raises OutOfReachError, with the size, where the exact set would take too much work.
    """
    return solve_objectives(world, loss(world))


def solve_objectives(world: World, objectives: tuple[Objective, ...]) -> OptimalSet:
    """The models that are optimal for at least one of these objectives."""
    sets = [_solve(world, objective) for objective in objectives]
    if len(sets) == 1:
        return sets[0]
    return _unite(world, sets, objectives)


def _solve(world: World, objective: Objective) -> OptimalSet:
    questions = tuple(world.questions)
    if not isinstance(world.models, AllFunctions):
        rows = find_optimal_in_class(world, objective)
        return OptimalSet((AssignmentList(questions, rows),) if rows else (), (objective,), () if rows else questions)
    components, infeasible = solve_components(world, *propagate(world, objective))
    if objective.joint and infeasible:
        return _solve_joint(world, objective, components)
    if infeasible:
        return OptimalSet((), (objective,), tuple(question for group in infeasible for question in group))
    return OptimalSet(tuple(components), (objective,))


def _solve_joint(world: World, objective: Objective, consistent: list[Component]) -> OptimalSet:
    """The optimum of a joint sum that is above its lower bound, since no model agrees with itself everywhere.

    A fixed point reaches the lower bound, so the components without conflict are solved already. The others are solved
    as weighted constraint problems.
    """
    ties = {
        question: [Constraint(dict.fromkeys(collect_questions(cost.tree), ""), {})]
        for question, cost in objective.costs.items()
    }
    solved = {question for component in consistent for question in component.questions}
    components: list[Component] = []
    for group in find_connected_groups(world.questions, ties):
        if solved.issuperset(group):
            inside = set(group)
            components += [component for component in consistent if component.questions[0] in inside]
            continue
        unit = find_cost_unit(world, objective, group)
        constraints = build_joint_constraints(world, objective, group, unit)
        domains = {question: world.by_question[question].answers for question in group}
        solution = solve_problem(build_problem(world, domains, constraints))
        if solution is None:
            return OptimalSet((), (objective,), tuple(group))
        components.append(solution[0])
    return OptimalSet(tuple(components), (objective,))


def _unite(world: World, sets: list[OptimalSet], objectives: tuple[Objective, ...]) -> OptimalSet:
    """The models in at least one of several sets. Raises OutOfReachError where they are too many to list."""
    sets = [optimum for optimum in sets if optimum.exists]
    if not sets:
        return OptimalSet((), objectives, tuple(world.questions))
    widest = max(sets, key=lambda optimum: optimum.size)
    if all(_contains(world, widest, optimum) for optimum in sets):
        return OptimalSet(widest.components, objectives)
    # A question with the same free answers in every set stays a factor of its own, so only the rest is listed.
    shared = [
        question
        for question in world.questions
        if all(optimum.is_product for optimum in sets)
        and len({frozenset(optimum.possible_answers(question)) for optimum in sets}) == 1
    ]
    questions = tuple(question for question in world.questions if question not in shared)
    rows: dict[Assignment, None] = {}
    for optimum in sets:
        whole = join_components(part for part in optimum.components if set(part.questions) <= set(questions))
        order = [whole.questions.index(question) for question in questions]
        rows.update(dict.fromkeys(tuple(row[place] for place in order) for row in whole.rows))
    free = [AssignmentList((question,), tuple((a,) for a in sets[0].possible_answers(question))) for question in shared]
    return OptimalSet((*free, AssignmentList(questions, tuple(sorted(rows)))), objectives)


def _contains(world: World, one: OptimalSet, other: OptimalSet) -> bool:
    """Whether a set contains another, where that can be decided question by question."""
    if not one.is_product:
        return False
    return all(
        set(other.possible_answers(question)) <= set(one.possible_answers(question)) for question in world.questions
    )
