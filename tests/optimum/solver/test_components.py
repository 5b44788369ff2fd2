from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import pairwise, product

import pytest

from hch.optimum.solver import elimination
from hch.optimum.solver.components import (
    AssignmentList,
    Component,
    EliminatedComponent,
    SolverComponent,
    join_components,
    solve_by_cp_sat,
    solve_problem,
)
from hch.optimum.solver.cp_sat import Problem, Restriction
from hch.optimum.solver.elimination import Assignment, TooWideError, build_factors, eliminate
from hch.optimum.solver.propagation import Answers, Constraint
from hch.optimum.world.errors import OutOfReachError


def random_problem(generator: random.Random, questions: int = 4) -> Problem:
    """Questions with constraints between any of them, where some answers cost something and some are not allowed."""
    names = [f"q{number}" for number in range(questions)]
    domains: dict[str, Answers] = {name: tuple("abc"[: generator.choice((1, 2, 3))]) for name in names}
    answers_by_view: dict[str, Mapping[str, Answers]] = {}
    for name in names:
        texts: dict[str, Answers] = {}
        for answer in domains[name]:
            text = "x" if answer in "ab" and generator.random() < 0.2 else answer
            texts[text] = (*texts.get(text, ()), answer)
        answers_by_view[name] = texts
    constraints: dict[str, list[Constraint]] = {}
    for name in names:
        asks = generator.sample(names, generator.choice((0, 1, 2)))
        if not asks:
            continue
        constraints[name] = []
        for heard in product(*(answers_by_view[other] for other in asks)):
            allowed = [answer for answer in domains[name] if generator.random() < 0.8]
            given = dict(zip(asks, heard, strict=True))
            if name in given:
                allowed = [answer for answer in allowed if answer in answers_by_view[name][given[name]]]
            constraints[name].append(Constraint(given, {answer: generator.choice((0, 0, 1, 2)) for answer in allowed}))
    return Problem(domains, constraints, answers_by_view)


def cost(problem: Problem, row: Assignment) -> int | None:
    chosen = dict(zip(problem.questions, row, strict=True))
    total = 0
    for question, cases in problem.constraints.items():
        for case in cases:
            if all(chosen[other] in problem.answers_by_view[other][text] for other, text in case.given.items()):
                if chosen[question] not in case.costs:
                    return None
                total += case.costs[chosen[question]]
    return total


def find_cheapest(problem: Problem) -> tuple[int | None, list[Assignment]]:
    costs = {row: total for row in product(*problem.domains.values()) if (total := cost(problem, row)) is not None}
    least = min(costs.values(), default=None)
    return least, sorted(row for row, total in costs.items() if total == least)


def restrict(rows: list[Assignment], questions: tuple[str, ...], allowed: Restriction) -> list[Assignment]:
    return [row for row in rows if all(a in allowed.get(q, (a,)) for q, a in zip(questions, row, strict=True))]


def check(solution: tuple[Component, int] | None, problem: Problem, generator: random.Random) -> None:
    least, rows = find_cheapest(problem)
    if not rows:
        assert solution is None
        return
    assert solution is not None
    component, least_cost = solution
    assert (component.questions, least_cost) == (problem.questions, least)
    for place, question in enumerate(problem.questions):
        assert set(component.possible_answers(question)) == {row[place] for row in rows}
    assert component.find_one() in rows
    some = {q: frozenset(generator.sample(answers, 1)) for q, answers in problem.domains.items() if q != "q0"}
    kept = restrict(rows, problem.questions, some)
    for at_least in (0, 1):
        faults = [(sum(a in some.get(q, ()) for q, a in zip(problem.questions, row, strict=True)), row) for row in rows]
        fewest = min((n for n, _ in faults if n >= at_least), default=None)
        result = component.find_fewest(some, at_least)
        assert (None if result is None else result[0]) == fewest
        assert result is None or result in faults
    one = problem.find_assignment(least_cost, some)
    assert one in kept if kept else one is None
    if not isinstance(component, SolverComponent):
        assert (component.count(), component.count(some)) == (len(rows), len(kept))
        assert sorted(component.assignments()) == rows


def test_elimination_lists_and_counts_every_cheapest_assignment() -> None:
    generator = random.Random(1)
    for _ in range(400):
        problem = random_problem(generator)
        check(solve_problem(problem), problem, generator)


def test_a_component_that_is_counted_but_not_listed_answers_the_same() -> None:
    generator = random.Random(2)
    for _ in range(200):
        problem = random_problem(generator)
        solution = solve_problem(problem, most=0)
        assert solution is None or isinstance(solution[0], EliminatedComponent)
        check(solution, problem, generator)


def test_cp_sat_gives_the_same_as_elimination() -> None:
    generator = random.Random(3)
    for _ in range(40):
        problem = random_problem(generator)
        check(solve_by_cp_sat(problem), problem, generator)


def test_a_component_that_is_neither_counted_nor_listed_is_still_decided() -> None:
    generator = random.Random(4)
    for _ in range(15):
        problem = random_problem(generator)
        solution = solve_by_cp_sat(problem, most=0)
        assert solution is None or isinstance(solution[0], SolverComponent)
        check(solution, problem, generator)
        if solution is not None:
            with pytest.raises(OutOfReachError, match="4 questions depend on one another"):
                solution[0].count()


def test_cp_sat_takes_over_where_a_factor_would_be_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elimination, "MOST_ROWS", 3)
    generator = random.Random(5)
    problem = next(p for p in iter(lambda: random_problem(generator), None) if is_too_wide(p) and find_cheapest(p)[1])
    check(solve_problem(problem), problem, generator)


def is_too_wide(problem: Problem) -> bool:
    try:
        eliminate(problem.domains, build_factors(problem.domains, problem.constraints, problem.answers_by_view))
    except TooWideError:
        return True
    return False


def test_a_limit_of_no_work_is_an_error() -> None:
    generator = random.Random(6)
    problem = random_problem(generator, questions=4)
    hurried = Problem(problem.domains, problem.constraints, problem.answers_by_view, effort=0.0)
    with pytest.raises(OutOfReachError, match="too closely for the solver"):
        hurried.find_least_cost()


def test_components_are_joined_into_one_list_up_to_a_limit() -> None:
    parts = [AssignmentList(("a",), (("x",), ("y",))), AssignmentList(("b", "c"), (("x", "x"), ("y", "y")))]
    assert join_components(parts).rows == (("x", "x", "x"), ("x", "y", "y"), ("y", "x", "x"), ("y", "y", "y"))
    with pytest.raises(OutOfReachError, match="in 4 ways"):
        join_components(parts, most=3)


def test_a_chain_of_thousands_is_counted_exactly() -> None:
    questions = [f"q{number}" for number in range(3000)]
    answers_by_view: dict[str, Mapping[str, Answers]] = {q: {"x": ("x",), "y": ("y",)} for q in questions}
    constraints = {
        below: [Constraint({above: "x"}, {"x": 0, "y": 0}), Constraint({above: "y"}, {"x": 0})]
        for above, below in pairwise(questions)
    }
    solution = solve_problem(Problem(dict.fromkeys(questions, ("x", "y")), constraints, answers_by_view))
    one, other = 1, 2
    for _ in range(2999):
        one, other = other, one + other
    assert solution is not None
    assert solution[0].count() == other
