"""The exact set of models that are optimal for a loss, in a world's model class.

It is a product of blocks: where H is well-founded each question is one by itself, so the set may have any size. A model
class that is smaller than all functions couples all questions, so there the set is a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from hch.optimum.losses.objective import Loss, Objective
from hch.optimum.solver.blocks import Block, Choice, Rows, block, merged
from hch.optimum.solver.classes import in_class
from hch.optimum.solver.grouping import grouped, in_blocks, puzzle, unit_of
from hch.optimum.solver.narrowing import Answers, Rule, narrowed, scored
from hch.optimum.world.tree import asked
from hch.optimum.world.world import Everything, World


@dataclass(frozen=True)
class OptimalSet:
    """The optimal models: each combination of a way from each block. None at all if there is ``blame``.

    ``blame`` are the questions on which nothing agrees with itself. ``objectives`` are what the models are optimal for.
    """

    blocks: tuple[Block, ...]
    objectives: tuple[Objective, ...]
    blame: tuple[str, ...] = ()

    @cached_property
    def size(self) -> int:
        """How many optimal models there are. Raises OutOfReachError where they are too entangled to be counted."""
        if self.blame or not self.blocks:
            return 0
        size = 1
        for each in self.blocks:
            size *= each.count()
        return size

    @property
    def exists(self) -> bool:
        """Whether any model is optimal."""
        return bool(self.blocks)

    @property
    def at_least(self) -> int:
        """How many were found where they are too many to count."""
        found = 1
        for each in self.blocks:
            found *= len(some) if (some := getattr(each, "some", ())) else each.count()
        return found

    @cached_property
    def _block_of(self) -> dict[str, Block]:
        return {question: each for each in self.blocks for question in each.questions}

    def possible(self, question: str) -> Answers:
        """What optimal models answer to a question; nothing where no model is optimal."""
        return self._block_of[question].possible(question) if self.exists else ()

    @property
    def factors(self) -> bool:
        """Whether every question can be answered by itself."""
        return all(isinstance(each, Choice) for each in self.blocks)

    def models(self) -> Iterator[dict[str, str]]:
        """Every optimal model. There may be very many: see ``size``."""
        if not self.exists:
            return
        questions = [question for each in self.blocks for question in each.questions]
        for rows in product(*(tuple(each.ways()) for each in self.blocks)):
            yield dict(zip(questions, (answer for row in rows for answer in row), strict=True))


def optimal(world: World, loss: Loss) -> OptimalSet:
    """The models that are optimal for a loss. Raises WorldError where the loss has no meaning on this world.

    Raises OutOfReachError, naming the size, where the exact set would take too much work.
    """
    return solved(world, loss(world))


def solved(world: World, objectives: tuple[Objective, ...]) -> OptimalSet:
    """The models that are optimal for one of these objectives."""
    sets = [_solved(world, each) for each in objectives]
    if len(sets) == 1:
        return sets[0]
    return _union(world, sets, objectives)


def _solved(world: World, objective: Objective) -> OptimalSet:
    if not isinstance(world.models, Everything):
        rows = in_class(world, objective)
        whole = Rows(tuple(world.questions), rows)
        return OptimalSet((whole,) if rows else (), (objective,), () if rows else tuple(world.questions))
    left = narrowed(world, objective)
    found, blame = in_blocks(world, left)
    if objective.joint and blame:
        return _joint(world, objective, found)
    if blame:
        return OptimalSet((), (objective,), tuple(question for each in blame for question in each))
    return OptimalSet(tuple(found), (objective,))


def _joint(world: World, objective: Objective, agreeing: list[Block]) -> OptimalSet:
    """The optimum of one sum, where some questions cannot all agree with themselves: the sum is then above 0.

    Questions that have nothing to do with those keep what they have.
    """
    ties = {q: [Rule(dict.fromkeys(asked(cost.tree), ""), {})] for q, cost in objective.costs.items()}
    done = {question for each in agreeing for question in each.questions}
    found: list[Block] = []
    for group in grouped(world.questions, ties):
        if all(question in done for question in group):
            inside = set(group)
            found += [each for each in agreeing if each.questions[0] in inside]
            continue
        unit = unit_of(world, objective, group)
        rules = scored(world, objective, group, unit)
        solution = block(puzzle(world, {question: world.by_question[question].answers for question in group}, rules))
        if solution is None:
            return OptimalSet((), (objective,), tuple(group))
        found.append(solution[0])
    return OptimalSet(tuple(found), (objective,))


def _union(world: World, sets: list[OptimalSet], objectives: tuple[Objective, ...]) -> OptimalSet:
    """The models in one of several sets. Raises OutOfReachError where the list of them would be too long."""
    sets = [each for each in sets if each.exists]
    if not sets:
        return OptimalSet((), objectives, tuple(world.questions))
    widest = max(sets, key=lambda each: each.size)
    if all(_contains(world, widest, each) for each in sets):
        return OptimalSet(widest.blocks, objectives)
    # What all of them leave as it is stays apart, so that only the rest has to be listed.
    shared = [
        question
        for question in world.questions
        if all(each.factors for each in sets) and len({frozenset(each.possible(question)) for each in sets}) == 1
    ]
    questions = tuple(question for question in world.questions if question not in shared)
    rows: dict[tuple[str, ...], None] = {}
    for each in sets:
        inside = {n: part for n, part in enumerate(each.blocks) if set(part.questions) <= set(questions)}
        whole = merged(inside)
        order = [whole.questions.index(question) for question in questions]
        rows.update(dict.fromkeys(tuple(row[place] for place in order) for row in whole.rows))
    apart = [Choice(question, sets[0].possible(question)) for question in shared]
    return OptimalSet((*apart, Rows(questions, tuple(sorted(rows)))), objectives)


def _contains(world: World, one: OptimalSet, other: OptimalSet) -> bool:
    """Whether every model of the other set is in this one, as far as that is seen question by question."""
    if not one.factors:
        return False
    return all(set(other.possible(question)) <= set(one.possible(question)) for question in world.questions)
