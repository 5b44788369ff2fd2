"""All cheapest assignments of a constraint problem, counted exactly by variable elimination (bucket elimination).

Each question's constraints become a factor, a table from the answers of a few questions to (cost, count). Questions are
eliminated one by one: factors that mention one are joined, then minimised over it. In the reverse order the minimisers
list every cheapest assignment without backtracking. Source: Dechter (1999), "Bucket elimination"; time and space are
exponential in the induced width of the order, which is at best the treewidth.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod

from hch.optimum.solver.propagation import Answers, Constraint, Domains

Assignment = tuple[str, ...]
"""An answer to each of some questions, in their order."""

Minimum = tuple[int, int]
"""The least cost, and the number of assignments that reach it: an element of the (min, +) semiring with counts."""

Table = dict[Assignment, Minimum]

MOST_ROWS = 60_000
"""Rows that one factor may have; a problem that needs more goes to CP-SAT."""


class TooWideError(Exception):
    """The induced width is too large: a factor would have more than MOST_ROWS rows."""


@dataclass(frozen=True, eq=False)
class Factor:
    """A table over the questions of ``scope``. Assignments that it lacks are not allowed."""

    scope: tuple[str, ...]
    table: Table


@dataclass(frozen=True)
class Bucket:
    """A question that was eliminated, and its minimisers given the questions eliminated after it.

    ``minimisers`` maps answers to ``scope`` to each cheapest answer there, with its cost and count.
    """

    question: str
    scope: tuple[str, ...]
    minimisers: Mapping[Assignment, list[tuple[str, int, int]]]


@dataclass(frozen=True)
class Elimination:
    """All cheapest assignments to ``questions``: their ``cost`` and exact ``count``, 0 where none is allowed."""

    questions: tuple[str, ...]
    buckets: tuple[Bucket, ...]
    cost: int
    count: int

    @cached_property
    def reversed_buckets(self) -> tuple[Bucket, ...]:
        return self.buckets[::-1]

    def assignments(self) -> Iterator[Assignment]:
        """Each cheapest assignment once, by depth-first search that never meets a dead end."""
        if not self.count:
            return
        chosen: dict[str, str] = {}
        stack = [iter(self._list_options(0, chosen))]
        while stack:
            option = next(stack[-1], None)
            if option is None:
                stack.pop()
                continue
            chosen[self.reversed_buckets[len(stack) - 1].question] = option[0]
            if len(stack) == len(self.reversed_buckets):
                yield tuple(chosen[question] for question in self.questions)
            else:
                stack.append(iter(self._list_options(len(stack), chosen)))

    def _list_options(self, number: int, chosen: Mapping[str, str]) -> list[tuple[str, int, int]]:
        bucket = self.reversed_buckets[number]
        return bucket.minimisers[tuple(chosen[question] for question in bucket.scope)]


def build_factors(
    domains: Domains,
    constraints: Mapping[str, Sequence[Constraint]],
    answers_by_view: Mapping[str, Mapping[str, Answers]],
) -> list[Factor]:
    """A factor for each question's constraints. ``answers_by_view`` has the answers behind each text that H can hear.

    Raises TooWideError where one of them has too many rows.
    """
    factors = []
    for question, cases in constraints.items():
        scope = tuple(dict.fromkeys([question, *(other for case in cases for other in case.given)]))
        table: Table = {}
        for case in cases:
            choices: list[Collection[str]] = []
            for other in scope:
                text = case.given.get(other)
                choices.append(domains[other] if text is None else answers_by_view[other].get(text, ()))
            choices[0] = [answer for answer in choices[0] if answer in case.costs]
            if prod(map(len, choices)) + len(table) > MOST_ROWS:
                raise TooWideError
            for row in product(*choices):
                table[row] = (case.costs[row[0]], 1)
        factors.append(Factor(scope, table))
    return factors


def eliminate(domains: Domains, factors: Sequence[Factor]) -> Elimination:
    """All cheapest assignments to these questions. Raises TooWideError where an intermediate factor is too large."""
    by_question: dict[str, list[Factor]] = {question: [] for question in domains}
    for factor in factors:
        for question in factor.scope:
            by_question[question].append(factor)
    buckets: list[Bucket] = []
    cost, count = 0, 1
    for question in _choose_order(domains, factors):
        joined = Factor((question,), {(answer,): (0, 1) for answer in domains[question]})
        # Small factors first: they rule out rows before the large ones multiply them.
        for factor in sorted(by_question[question], key=lambda factor: len(factor.table)):
            joined = _join(joined, factor)
            for other in factor.scope:
                if other != question:
                    by_question[other].remove(factor)
        bucket, message = _minimise_out(joined, question)
        buckets.append(bucket)
        for other in message.scope:
            by_question[other].append(message)
        if not message.scope:
            (minimum,) = message.table.values() or ((0, 0),)
            cost, count = cost + minimum[0], count * minimum[1]
    return Elimination(tuple(domains), tuple(buckets), cost, count)


def _choose_order(domains: Domains, factors: Sequence[Factor]) -> Iterator[str]:
    """The elimination order by the greedy min-weight heuristic: next is the question with the smallest joint table.

    An order of least induced width is NP-hard to find (Arnborg, Corneil, Proskurowski 1987); greedy orders are close
    to it in practice (Koller and Friedman 2009, section 9.4.3). Ties go to the world's order, so that results repeat.
    """
    neighbours: dict[str, set[str]] = {question: {question} for question in domains}
    for factor in factors:
        for question in factor.scope:
            neighbours[question].update(factor.scope)

    def table_size(question: str) -> int:
        return prod(len(domains[other]) for other in neighbours[question])

    # Entries of the heap whose size has changed since are stale: they are skipped when they come up.
    position = {question: number for number, question in enumerate(domains)}
    current = {question: table_size(question) for question in domains}
    heap = [(current[question], number, question) for question, number in position.items()]
    heapq.heapify(heap)
    while heap:
        size, _, question = heapq.heappop(heap)
        if current.get(question) != size:
            continue
        del current[question]
        yield question
        # Eliminating a question connects all of its neighbours with one another (fill-in edges).
        around = neighbours[question] - {question}
        for other in around:
            neighbours[other] = (neighbours[other] | around) - {question}
            current[other] = table_size(other)
            heapq.heappush(heap, (current[other], position[other], other))


def _join(left: Factor, right: Factor) -> Factor:
    """The natural join of two factors: costs add up, counts multiply. Raises TooWideError above MOST_ROWS rows."""
    shared = [question for question in right.scope if question in left.scope]
    right_key = [right.scope.index(question) for question in shared]
    left_key = [left.scope.index(question) for question in shared]
    new = [place for place, question in enumerate(right.scope) if question not in left.scope]
    by_key: dict[Assignment, list[tuple[Assignment, Minimum]]] = {}
    for row, minimum in right.table.items():
        key = tuple(row[place] for place in right_key)
        by_key.setdefault(key, []).append((tuple(row[place] for place in new), minimum))
    table: Table = {}
    for row, (cost, count) in left.table.items():
        for added, (added_cost, times) in by_key.get(tuple(row[place] for place in left_key), ()):
            table[row + added] = (cost + added_cost, count * times)
        if len(table) > MOST_ROWS:
            raise TooWideError
    return Factor(left.scope + tuple(right.scope[place] for place in new), table)


def _minimise_out(joined: Factor, question: str) -> tuple[Bucket, Factor]:
    """A factor without one of its questions: for all other answers the least cost and its count, and the minimisers."""
    place = joined.scope.index(question)
    scope = joined.scope[:place] + joined.scope[place + 1 :]
    minimisers: dict[Assignment, list[tuple[str, int, int]]] = {}
    for row, (cost, count) in joined.table.items():
        key, answer = row[:place] + row[place + 1 :], row[place]
        known = minimisers.get(key)
        if known is None or cost < known[0][1]:
            minimisers[key] = [(answer, cost, count)]
        elif cost == known[0][1]:
            known.append((answer, cost, count))
    table = {key: (options[0][1], sum(count for _, _, count in options)) for key, options in minimisers.items()}
    return Bucket(question, scope, minimisers), Factor(scope, table)
