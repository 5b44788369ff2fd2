"""Optimal models of a class smaller than all functions (the comments on the post: optimal in a model class).

A model is optimal in its class if none of the class costs less. The cost of each candidate is compared with that of
every other model or, where the class limits the number of distinct answers, with the best for each set of answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from math import comb, prod

from hch.optimum.losses.objective import Objective
from hch.optimum.solver.components import build_problem, find_cost_unit, solve_components, solve_problem
from hch.optimum.solver.elimination import Assignment
from hch.optimum.solver.propagation import Domains, build_joint_constraints, propagate
from hch.optimum.world.errors import OutOfReachError
from hch.optimum.world.world import LimitedModels, ListedModels, Model, Number, World

MOST_SUBSETS = 2_000
"""Sets of answers that are tried for a limited class."""
MOST_MODELS = 100_000
"""Models of a class that are compared one by one."""

CostTable = dict[str, dict[str, Number]]
"""By question and answer the weighted cost, for a fixed model that H consults."""


def find_optimal_in_class(world: World, objective: Objective) -> tuple[Assignment, ...]:
    """The optimal models of the world's class, as answers in the order of its questions.

    Raises OutOfReachError where the class is too large to search.
    """
    if isinstance(world.models, ListedModels):
        return _search_list(world, objective, world.models.models)
    assert isinstance(world.models, LimitedModels), "the class of all functions is solved by components"
    labels = list(dict.fromkeys(answer for entry in world.entries for answer in entry.answers))
    most = min(world.models.answers, len(labels))
    if comb(len(labels), most) > MOST_SUBSETS:
        raise OutOfReachError(
            f"a model class of at most {most} answers out of {len(labels)} has {comb(len(labels), most):,} choices of "
            f"answers to look at; {MOST_SUBSETS:,} are within reach"
        )
    # Every model with fewer answers is contained in a set of exactly ``most``.
    restricted = (_restrict_answers(world, frozenset(subset)) for subset in combinations(labels, most))
    choices = [domains for domains in restricted if domains is not None]
    search = _search_joint if objective.joint else _search_fixed_points
    return tuple(sorted(set(search(world, objective, choices))))


def _tabulate_costs(world: World, objective: Objective, consulted: Model) -> CostTable:
    return {
        question: {answer: cost.weight * c for answer, c in cost.evaluate(world, question, consulted).items()}
        for question, cost in objective.costs.items()
    }


def _sum_costs(table: CostTable, model: Model) -> Number:
    return sum((costs[model[question]] for question, costs in table.items()), 0)


def _search_list(world: World, objective: Objective, models: Sequence[Model]) -> tuple[Assignment, ...]:
    distinct = {tuple(model[question] for question in world.questions): model for model in models}
    if len(distinct) ** 2 > 50 * MOST_MODELS and not objective.joint:
        raise OutOfReachError(f"each of {len(distinct):,} listed models would have to be compared with every other")
    own = {row: _sum_costs(_tabulate_costs(world, objective, model), model) for row, model in distinct.items()}
    if objective.joint:
        least = min(own.values())
        return tuple(sorted(row for row, cost in own.items() if cost == least))
    optimal = []
    for row, consulted in distinct.items():
        table = _tabulate_costs(world, objective, consulted)
        if own[row] <= min(_sum_costs(table, other) for other in distinct.values()):
            optimal.append(row)
    return tuple(sorted(optimal))


def _restrict_answers(world: World, subset: frozenset[str]) -> Domains | None:
    """The answers from a subset for each question; None where one question has none."""
    domains = {entry.question: tuple(a for a in entry.answers if a in subset) for entry in world.entries}
    return domains if all(domains.values()) else None


def _search_fixed_points(world: World, objective: Objective, choices: Sequence[Domains]) -> Iterator[Assignment]:
    """The models with the least cost in the class where H consults that same model.

    Within its own set of answers such a model is a fixed point of propagation, so those are the candidates; each is
    then compared with the best model of every other set.
    """
    for domains in choices:
        for model in _list_candidates(world, objective, domains):
            table = _tabulate_costs(world, objective, model)
            best = min(sum(min(costs[a] for a in other[q]) for q, costs in table.items()) for other in choices)
            if _sum_costs(table, model) == best:
                yield tuple(model[question] for question in world.questions)


def _list_candidates(world: World, objective: Objective, domains: Domains) -> Iterator[dict[str, str]]:
    """The models over these domains that are optimal against themselves."""
    components, infeasible = solve_components(world, *propagate(world, objective, domains))
    if infeasible:
        return
    size = prod(component.count() for component in components)
    if size > MOST_MODELS:
        raise OutOfReachError(
            f"{size:,} models of the class would have to be looked at; {MOST_MODELS:,} are within reach"
        )
    questions = [question for component in components for question in component.questions]
    for rows in product(*(tuple(component.assignments()) for component in components)):
        yield dict(zip(questions, (answer for row in rows for answer in row), strict=True))


def _search_joint(world: World, objective: Objective, choices: Sequence[Domains]) -> list[Assignment]:
    """The models with the least sum over all sets of answers."""
    unit = find_cost_unit(world, objective, world.questions)
    constraints = build_joint_constraints(world, objective, world.questions, unit)
    least: int | None = None
    optimal: list[Assignment] = []
    for domains in choices:
        solution = solve_problem(build_problem(world, domains, constraints))
        if solution is None:
            continue
        component, cost = solution
        if least is None or cost < least:
            least, optimal = cost, []
        if cost == least:
            if component.count() > MOST_MODELS:
                raise OutOfReachError(
                    f"{component.count():,} models of the class would have to be listed; {MOST_MODELS:,} are within "
                    f"reach"
                )
            places = [component.questions.index(question) for question in world.questions]
            optimal += [tuple(row[place] for place in places) for row in component.assignments()]
    return optimal
