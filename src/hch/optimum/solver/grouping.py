"""Questions in the groups that depend on one another, and every group solved by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import lcm

from hch.optimum.losses.objective import Objective
from hch.optimum.solver.blocks import Block, Choice, block
from hch.optimum.solver.narrowing import Answers, Narrowed, Rule
from hch.optimum.solver.search import Puzzle
from hch.optimum.world.tree import paths
from hch.optimum.world.world import World


def in_blocks(world: World, left: Narrowed) -> tuple[list[Block], list[tuple[str, ...]]]:
    """The blocks of what is left, and the questions of those in which nothing is allowed."""
    found: list[Block] = []
    empty: list[tuple[str, ...]] = []
    for group in grouped(left.domains, left.rules):
        if any(not left.domains[question] for question in group):
            empty.append(tuple(group))
        elif len(group) == 1:
            found.append(Choice(group[0], left.domains[group[0]]))
        else:
            rules = {question: left.rules[question] for question in group if question in left.rules}
            solution = block(puzzle(world, {question: left.domains[question] for question in group}, rules))
            if solution is None:
                empty.append(tuple(group))
            else:
                found.append(solution[0])
    return found, empty


def puzzle(world: World, domains: Mapping[str, Answers], rules: Mapping[str, tuple[Rule, ...]]) -> Puzzle:
    """Questions that depend on one another, with what H reads of their answers."""
    reads: dict[str, dict[str, Answers]] = {}
    for question, answers in domains.items():
        texts = reads.setdefault(question, {})
        for answer in answers:
            texts[world.read(answer)] = (*texts.get(world.read(answer), ()), answer)
    return Puzzle(domains, rules, reads)


def grouped(questions: Iterable[str], rules: Mapping[str, Iterable[Rule]]) -> list[list[str]]:
    """The questions in groups that no rule ties to one another, in their order."""
    above = {question: question for question in questions}

    def root(question: str) -> str:
        while above[question] != question:
            above[question] = above[above[question]]
            question = above[question]
        return question

    for question, found in rules.items():
        for rule in found:
            for each in rule.conditions:
                above[root(each)] = root(question)
    groups: dict[str, list[str]] = {}
    for question in above:
        groups.setdefault(root(question), []).append(question)
    return list(groups.values())


def unit_of(world: World, objective: Objective, questions: Iterable[str]) -> int:
    """The least number that makes every weighted cost of these questions whole."""
    unit = 1
    for question in questions:
        cost = objective.costs.get(question)
        if cost is not None:
            for _, leaf in paths(cost.tree, world.hearings):
                unit = lcm(unit, *(Fraction(cost.weight * each).denominator for each in cost.of(leaf)))
    return unit
