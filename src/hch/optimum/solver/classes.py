"""Optimal models of a class that is smaller than all functions (the comments: optimal with respect to a model class).

A model is optimal in its class if none of the class costs less. Every model's cost is compared with every other's, or,
where the class limits how many answers a model has, with the best for each choice of answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product
from math import comb

from hch.optimum.losses.objective import Objective
from hch.optimum.solver.blocks import block
from hch.optimum.solver.grouping import in_blocks, puzzle, unit_of
from hch.optimum.solver.narrowing import Answers, narrowed, scored
from hch.optimum.world.errors import OutOfReachError
from hch.optimum.world.tree import followed
from hch.optimum.world.world import Limited, Listed, Model, Number, World

Row = tuple[str, ...]

MOST_SUBSETS = 2_000
"""Choices of answers that a limited class is looked at for."""
MOST_MODELS = 100_000
"""Models of a class that are looked at one by one."""


def in_class(world: World, objective: Objective) -> tuple[Row, ...]:
    """The optimal models of the world's class, as answers in the order of its questions.

    Raises OutOfReachError where the class is too large to be looked at.
    """
    if isinstance(world.models, Listed):
        return _listed(world, objective, world.models.models)
    assert isinstance(world.models, Limited), "all functions are no limited class"
    labels = list(dict.fromkeys(answer for entry in world.entries for answer in entry.answers))
    most = min(world.models.answers, len(labels))
    if comb(len(labels), most) > MOST_SUBSETS:
        raise OutOfReachError(
            f"a model class of at most {most} answers out of {len(labels)} has {comb(len(labels), most):,} choices of "
            f"answers to look at; {MOST_SUBSETS:,} are within reach"
        )
    choices = [frozenset(each) for each in combinations(labels, most)]
    found = set(_jointly(world, objective, choices) if objective.joint else _against_itself(world, objective, choices))
    return tuple(sorted(found))


def costs_to(world: World, objective: Objective, consulted: Model) -> Callable[[Model], Number]:
    """What a model costs, where H consults ``consulted``."""
    numbers = _table(world, objective, consulted)

    def cost(model: Model) -> Number:
        return sum((row[model[question]] for question, row in numbers.items()), 0)

    return cost


def _table(world: World, objective: Objective, consulted: Model) -> dict[str, dict[str, Number]]:
    found = {}
    for question, cost in objective.costs.items():
        leaf = followed(cost.tree, lambda each: world.read(consulted[each]))
        answers = world.by_question[question].answers
        found[question] = {a: cost.weight * c for a, c in zip(answers, cost.of(leaf), strict=True)}
    return found


def _listed(world: World, objective: Objective, models: Sequence[Model]) -> tuple[Row, ...]:
    questions = world.questions
    distinct = {tuple(model[question] for question in questions): model for model in models}
    if len(distinct) ** 2 > 50 * MOST_MODELS and not objective.joint:
        raise OutOfReachError(f"each of {len(distinct):,} listed models would have to be compared with every other")
    own = {row: costs_to(world, objective, model)(model) for row, model in distinct.items()}
    if objective.joint:
        least = min(own.values())
        return tuple(sorted(row for row, cost in own.items() if cost == least))
    found = []
    for row, consulted in distinct.items():
        cost = costs_to(world, objective, consulted)
        if own[row] <= min(map(cost, distinct.values())):
            found.append(row)
    return tuple(sorted(found))


def _offered(world: World, choice: frozenset[str]) -> dict[str, Answers] | None:
    """The answers that a choice leaves to each question; None if it leaves one without any."""
    found = {entry.question: tuple(a for a in entry.answers if a in choice) for entry in world.entries}
    return found if all(found.values()) else None


def _against_itself(world: World, objective: Objective, choices: Sequence[frozenset[str]]) -> Iterator[Row]:
    """The models that cost least to H consulting them: best of their own answers, and no other answers are better."""
    offers = [offer for offer in (_offered(world, choice) for choice in choices) if offer is not None]
    for offer in offers:
        for model in _candidates(world, objective, offer):
            numbers = _table(world, objective, model)
            own = sum(row[model[question]] for question, row in numbers.items())
            best = min(sum(min(row[a] for a in other[q]) for q, row in numbers.items()) for other in offers)
            if own == best:
                yield tuple(model[question] for question in world.questions)


def _candidates(world: World, objective: Objective, offer: dict[str, Answers]) -> Iterator[dict[str, str]]:
    """The models of these answers among which any optimal one is."""
    left = narrowed(world, objective, offer)
    found, blame = in_blocks(world, left)
    if blame:
        return
    size = 1
    for each in found:
        size *= each.count()
    if size > MOST_MODELS:
        raise OutOfReachError(
            f"{size:,} models of the class would have to be looked at; {MOST_MODELS:,} are within reach"
        )
    questions = [question for each in found for question in each.questions]
    for rows in product(*(tuple(each.ways()) for each in found)):
        yield dict(zip(questions, (answer for row in rows for answer in row), strict=True))


def _jointly(world: World, objective: Objective, choices: Sequence[frozenset[str]]) -> list[Row]:
    """The models with the least sum, whichever answers they choose."""
    rules = scored(world, objective, world.questions, unit_of(world, objective, world.questions))
    least, found = None, list[Row]()
    for choice in choices:
        offer = _offered(world, choice)
        solution = None if offer is None else block(puzzle(world, offer, rules))
        if solution is None:
            continue
        some, cost = solution
        if least is None or cost < least:
            least, found = cost, []
        if cost == least:
            if some.count() > MOST_MODELS:
                raise OutOfReachError(
                    f"{some.count():,} models of the class would have to be listed; {MOST_MODELS:,} are within reach"
                )
            places = [some.questions.index(question) for question in world.questions]
            found += [tuple(way[place] for place in places) for way in some.ways()]
    return found
