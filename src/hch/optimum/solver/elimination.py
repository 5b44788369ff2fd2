"""Exact counts of all cheapest ways to answer questions that depend on one another, by variable elimination.

Every rule becomes a table from the answers of a few questions to (cost, number of ways). Questions are summed out one
by one, keeping what costs least; read backwards, what was kept lists every cheapest way without a dead end
(Dechter 1999).
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from hch.optimum.solver.narrowing import Answers, Rule

Ways = tuple[int, int]
"""The least cost, and in how many ways it is reached."""

Table = dict[tuple[str, ...], Ways]

MOST_ROWS = 60_000
"""Rows of one table; what needs more is left to a solver."""


class TooWideError(Exception):
    """The questions hang together too closely to be eliminated; a table would have too many rows."""


@dataclass(frozen=True, eq=False)
class Factor:
    """A table over some questions. What is not in it cannot be."""

    scope: tuple[str, ...]
    table: Table


@dataclass(frozen=True)
class Step:
    """A question summed out: its table with the questions that come after it, and the least cost left without it."""

    question: str
    rest: tuple[str, ...]
    options: Mapping[tuple[str, ...], list[tuple[str, int, int]]]
    """For answers to ``rest``: each answer that costs least there, with that cost and its number of ways."""


@dataclass(frozen=True)
class Elimination:
    """All cheapest ways to answer some questions: ``cost`` is what they cost, ``count`` how many there are.

    If no way is allowed, ``count`` is 0.
    """

    questions: tuple[str, ...]
    steps: tuple[Step, ...]
    cost: int
    count: int

    @cached_property
    def backwards(self) -> tuple[Step, ...]:
        return self.steps[::-1]

    def ways(self) -> Iterator[tuple[str, ...]]:
        """Each cheapest way, once: an answer to each question, in their order."""
        if not self.count:
            return
        chosen: dict[str, str] = {}
        open_ = [iter(self.options(0, chosen))]
        while open_:
            option = next(open_[-1], None)
            if option is None:
                open_.pop()
                continue
            chosen[self.backwards[len(open_) - 1].question] = option[0]
            if len(open_) == len(self.backwards):
                yield tuple(chosen[question] for question in self.questions)
            else:
                open_.append(iter(self.options(len(open_), chosen)))

    def options(self, number: int, chosen: Mapping[str, str]) -> list[tuple[str, int, int]]:
        """What the question at a place may be, once those before it are chosen."""
        step = self.backwards[number]
        return step.options[tuple(chosen[question] for question in step.rest)]

    def drawn(self, generator: random.Random) -> tuple[str, ...]:
        """One of the cheapest ways, each as likely as any other. There has to be one."""
        chosen: dict[str, str] = {}
        for number, step in enumerate(self.backwards):
            options = self.options(number, chosen)
            left = generator.randrange(sum(ways for _, _, ways in options))
            for answer, _, ways in options:
                left -= ways
                if left < 0:
                    chosen[step.question] = answer
                    break
        return tuple(chosen[question] for question in self.questions)


def factors(
    world_read: Mapping[str, Mapping[str, Answers]], domains: Mapping[str, Answers], rules: Mapping[str, Sequence[Rule]]
) -> list[Factor]:
    """The tables of these rules. ``world_read`` has, for each question, the answers that read so.

    Raises TooWideError where one of them has too many rows.
    """
    found = []
    for question, cases in rules.items():
        scope = tuple(dict.fromkeys([question, *(each for rule in cases for each in rule.conditions)]))
        table: Table = {}
        for rule in cases:
            choices: list[Collection[str]] = []
            for each in scope:
                text = rule.conditions.get(each)
                choices.append(domains[each] if text is None else world_read[each].get(text, ()))
            choices[0] = [a for a in choices[0] if a in rule.costs]
            _limit(_volume(choices) + len(table))
            for row in product(*choices):
                table[row] = (rule.costs[row[0]], 1)
        found.append(Factor(scope, table))
    return found


def eliminated(domains: Mapping[str, Answers], tables: Sequence[Factor]) -> Elimination:
    """All cheapest ways to answer these questions. Raises TooWideError where they hang together too closely."""
    by_question: dict[str, list[Factor]] = {question: [] for question in domains}
    for factor in tables:
        for question in factor.scope:
            by_question[question].append(factor)
    steps: list[Step] = []
    cost, count = 0, 1
    for question in _order(domains, tables):
        joined = Factor((question,), {(answer,): (0, 1) for answer in domains[question]})
        for factor in sorted(by_question[question], key=lambda each: len(each.table)):
            joined = _joined(joined, factor)
            for each in factor.scope:
                if each != question:
                    by_question[each].remove(factor)
        step, message = _summed(joined, question)
        steps.append(step)
        for each in message.scope:
            by_question[each].append(message)
        if not message.scope:
            (ways,) = message.table.values() or ((0, 0),)
            cost, count = cost + ways[0], count * ways[1]
    return Elimination(tuple(domains), tuple(steps), cost, count)


def _order(domains: Mapping[str, Answers], tables: Sequence[Factor]) -> Iterator[str]:
    """The questions in the order in which each makes the smallest table, as far as one can tell one by one."""
    neighbours: dict[str, set[str]] = {question: {question} for question in domains}
    for factor in tables:
        for question in factor.scope:
            neighbours[question].update(factor.scope)

    def volume(question: str) -> int:
        return _volume([domains[each] for each in neighbours[question]])

    # A question whose neighbours have changed is put in again, and its older place passed over.
    places = {question: place for place, question in enumerate(domains)}
    current = {question: volume(question) for question in domains}
    waiting = [(current[question], place, question) for question, place in places.items()]
    heapq.heapify(waiting)
    while waiting:
        size, _, question = heapq.heappop(waiting)
        if current.get(question) != size:
            continue
        del current[question]
        yield question
        around = neighbours[question] - {question}
        for each in around:
            neighbours[each] = (neighbours[each] | around) - {question}
            current[each] = volume(each)
            heapq.heappush(waiting, (current[each], places[each], each))


def _joined(one: Factor, other: Factor) -> Factor:
    """Both tables together: costs add up, ways multiply."""
    shared = [question for question in other.scope if question in one.scope]
    fresh = [place for place, question in enumerate(other.scope) if question not in one.scope]
    by_shared: dict[tuple[str, ...], list[tuple[tuple[str, ...], Ways]]] = {}
    places = [other.scope.index(question) for question in shared]
    for row, ways in other.table.items():
        key = tuple(row[place] for place in places)
        by_shared.setdefault(key, []).append((tuple(row[place] for place in fresh), ways))
    mine = [one.scope.index(question) for question in shared]
    table: Table = {}
    for row, (cost, count) in one.table.items():
        for more, (extra, times) in by_shared.get(tuple(row[place] for place in mine), ()):
            table[row + more] = (cost + extra, count * times)
        if len(table) > MOST_ROWS:
            raise TooWideError
    return Factor(one.scope + tuple(other.scope[place] for place in fresh), table)


def _summed(joined: Factor, question: str) -> tuple[Step, Factor]:
    """A question taken out of a table: for all others' answers, the least cost and what reaches it."""
    place = joined.scope.index(question)
    rest = joined.scope[:place] + joined.scope[place + 1 :]
    options: dict[tuple[str, ...], list[tuple[str, int, int]]] = {}
    for row, (cost, count) in joined.table.items():
        key, answer = row[:place] + row[place + 1 :], row[place]
        known = options.get(key)
        if known is None or cost < known[0][1]:
            options[key] = [(answer, cost, count)]
        elif cost == known[0][1]:
            known.append((answer, cost, count))
    message = {key: (found[0][1], sum(count for _, _, count in found)) for key, found in options.items()}
    return Step(question, rest, options), Factor(rest, message)


def _volume(choices: Collection[Collection[str]]) -> int:
    size = 1
    for choice in choices:
        size *= len(choice)
    return size


def _limit(size: int) -> None:
    if size > MOST_ROWS:
        raise TooWideError
