"""Sets of ways to answer some questions. An optimal set is a product of them, so it can be larger than any list."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Protocol

from hch.optimum.solver.elimination import Elimination, TooWideError, eliminated, factors
from hch.optimum.solver.narrowing import Answers
from hch.optimum.solver.search import Puzzle, Row, Within
from hch.optimum.world.errors import OutOfReachError

MOST_LISTED = 20_000
"""Ways that are written out, where questions depend on one another."""


class Block(Protocol):
    """Some questions, and ways to answer them. ``within`` leaves only those whose answers are among some."""

    @property
    def questions(self) -> Row: ...

    def count(self, within: Within = ..., /) -> int:
        """How many ways there are. Raises OutOfReachError where they are too many to be counted."""
        ...

    def possible(self, question: str, /) -> Answers:
        """The answers that the question has in some of the ways."""
        ...

    def one(self, within: Within, /) -> Row | None:
        """One of the ways, or None."""
        ...

    def fewest(self, bad: Within, at_least: int, /) -> tuple[int, Row] | None:
        """A way with as few answers among ``bad`` as there may be, but ``at_least`` so many; None if there is none."""
        ...

    def ways(self) -> Iterator[Row]:
        """All of them. Raises OutOfReachError where they are too many to be written out."""
        ...

    def drawn(self, generator: random.Random, /) -> Row:
        """One of the ways, each as likely as any other."""
        ...


@dataclass(frozen=True)
class Choice:
    """One question that depends on no other: any of these answers."""

    question: str
    answers: Answers

    @property
    def questions(self) -> Row:
        return (self.question,)

    def count(self, within: Within = {}, /) -> int:  # noqa: B006  # never written to
        if self.question not in within:
            return len(self.answers)
        return sum(answer in within[self.question] for answer in self.answers)

    def possible(self, question: str, /) -> Answers:  # noqa: ARG002  # there is only one
        return self.answers

    def one(self, within: Within, /) -> Row | None:
        allowed = within.get(self.question)
        return next(((answer,) for answer in self.answers if allowed is None or answer in allowed), None)

    def fewest(self, bad: Within, at_least: int, /) -> tuple[int, Row] | None:
        found = [(int(answer in bad.get(self.question, ())), (answer,)) for answer in self.answers]
        return min((each for each in found if each[0] >= at_least), default=None)

    def ways(self) -> Iterator[Row]:
        return ((answer,) for answer in self.answers)

    def drawn(self, generator: random.Random, /) -> Row:
        return (generator.choice(self.answers),)


@dataclass(frozen=True)
class Rows:
    """Questions that depend on one another, and every way to answer them."""

    questions: Row
    rows: tuple[Row, ...]

    def count(self, within: Within = {}, /) -> int:  # noqa: B006  # never written to
        return sum(1 for _ in self._allowed(within)) if within else len(self.rows)

    def possible(self, question: str, /) -> Answers:
        place = self.questions.index(question)
        return tuple(dict.fromkeys(row[place] for row in self.rows))

    def one(self, within: Within, /) -> Row | None:
        return next(self._allowed(within), None)

    def fewest(self, bad: Within, at_least: int, /) -> tuple[int, Row] | None:
        places = [(place, bad[question]) for place, question in enumerate(self.questions) if question in bad]
        found = ((sum(row[place] in answers for place, answers in places), row) for row in self.rows)
        return min((each for each in found if each[0] >= at_least), default=None)

    def ways(self) -> Iterator[Row]:
        return iter(self.rows)

    def drawn(self, generator: random.Random, /) -> Row:
        return generator.choice(self.rows)

    def _allowed(self, within: Within) -> Iterator[Row]:
        places = [(place, within[question]) for place, question in enumerate(self.questions) if question in within]
        return (row for row in self.rows if all(row[place] in answers for place, answers in places))


@dataclass(frozen=True)
class Counted:
    """Questions that depend on one another, with more ways to answer them than are written out; counted exactly."""

    puzzle: Puzzle
    elimination: Elimination

    @property
    def questions(self) -> Row:
        return self.elimination.questions

    def count(self, within: Within = {}, /) -> int:  # noqa: B006  # never written to
        return self.elimination.count if not within else self._within(within).count

    def possible(self, question: str, /) -> Answers:
        return tuple(a for a in self.puzzle.domains[question] if self.count({question: frozenset((a,))}))

    def one(self, within: Within, /) -> Row | None:
        return next(self._within(within).ways(), None)

    def fewest(self, bad: Within, at_least: int, /) -> tuple[int, Row] | None:
        starts: list[Within] = [{}]
        if at_least:
            starts = [{question: answers} for question, answers in bad.items() if question in self.puzzle.domains]
        found = [self._fewest(bad, start) for start in starts]
        return min((each for each in found if each is not None), default=None)

    def ways(self) -> Iterator[Row]:
        return self.elimination.ways()

    def drawn(self, generator: random.Random, /) -> Row:
        return self.elimination.drawn(generator)

    def _within(self, within: Within) -> Elimination:
        """The same, of these answers only; what then costs more than the optimum is none of it."""
        domains = {
            question: tuple(a for a in answers if question not in within or a in within[question])
            for question, answers in self.puzzle.domains.items()
        }
        found = eliminated(domains, factors(self.puzzle.reads, domains, self.puzzle.rules))
        return found if found.cost == self.elimination.cost else Elimination(found.questions, (), 0, 0)

    def _fewest(self, bad: Within, start: Within) -> tuple[int, Row] | None:
        from hch.optimum.solver.elimination import Factor

        whole = len(self.questions) + 1
        domains = {
            question: tuple(a for a in answers if question not in start or a in start[question])
            for question, answers in self.puzzle.domains.items()
        }
        # The loss comes first, and what is bad only breaks ties: no sum of the latter reaches one unit of the former.
        tables = [
            Factor(each.scope, {row: (cost * whole, ways) for row, (cost, ways) in each.table.items()})
            for each in factors(self.puzzle.reads, domains, self.puzzle.rules)
        ]
        tables += [
            Factor((question,), {(answer,): (int(answer in bad[question]), 1) for answer in answers})
            for question, answers in domains.items()
            if question in bad
        ]
        found = eliminated(domains, tables)
        if not found.count or found.cost // whole != self.elimination.cost:
            return None
        return found.cost % whole, next(found.ways())


@dataclass(frozen=True)
class Searched:
    """Questions that hang together too closely to be counted, with more ways than are written out.

    What can be decided of them the solver decides. ``some`` are the ways that were found, ``cost`` what they cost.
    """

    puzzle: Puzzle
    cost: int
    some: tuple[Row, ...]

    @property
    def questions(self) -> Row:
        return self.puzzle.questions

    def count(self, within: Within = {}, /) -> int:  # noqa: ARG002, B006  # it cannot be done
        raise OutOfReachError(
            f"{len(self.questions):,} questions depend on one another in at least {len(self.some):,} optimal ways, "
            f"which are too many to be listed, or too entangled to be sure that these are all"
        )

    @cached_property
    def _found(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for row in self.some:
            for question, answer in zip(self.questions, row, strict=True):
                found.setdefault(question, set()).add(answer)
        return found

    def possible(self, question: str, /) -> Answers:
        return tuple(
            answer
            for answer in self.puzzle.domains[question]
            if answer in self._found.get(question, ()) or self.one({question: frozenset((answer,))}) is not None
        )

    def one(self, within: Within, /) -> Row | None:
        return self.puzzle.one(self.cost, within)

    def fewest(self, bad: Within, at_least: int, /) -> tuple[int, Row] | None:
        bad = {question: answers for question, answers in bad.items() if question in self.puzzle.domains}
        row = self.puzzle.one(self.cost, {}, bad, at_least)
        if row is None:
            return None
        said = zip(self.questions, row, strict=True)
        return sum(answer in bad.get(question, ()) for question, answer in said), row

    def ways(self) -> Iterator[Row]:
        self.count()
        return iter(self.some)

    def drawn(self, generator: random.Random, /) -> Row:  # noqa: ARG002  # there is no fair draw to be had
        self.count()
        return self.some[0]


def block(puzzle: Puzzle, most: int = MOST_LISTED) -> tuple[Block, int] | None:
    """All cheapest ways to solve a puzzle, and what they cost; None where none is allowed.

    Up to ``most`` of them are written out. Raises OutOfReachError where the solver cannot find out what is cheapest.
    """
    try:
        found = eliminated(puzzle.domains, factors(puzzle.reads, puzzle.domains, puzzle.rules))
    except TooWideError:
        return searched(puzzle, most)
    if not found.count:
        return None
    if found.count <= most:
        return Rows(puzzle.questions, tuple(sorted(found.ways()))), found.cost
    return Counted(puzzle, found), found.cost


def searched(puzzle: Puzzle, most: int = MOST_LISTED) -> tuple[Block, int] | None:
    """The same by the solver alone."""
    cost = puzzle.least()
    if cost is None:
        return None
    rows, complete = puzzle.ways(cost, most)
    if complete and len(rows) <= most:
        return Rows(puzzle.questions, tuple(rows)), cost
    return Searched(puzzle, cost, tuple(rows)), cost


def merged(blocks: Mapping[int, Block], most: int = MOST_LISTED) -> Rows:
    """Several blocks as one list. Raises OutOfReachError where it would be longer than ``most``."""
    size = 1
    for each in blocks.values():
        size *= each.count()
    if size > most:
        raise OutOfReachError(
            f"a condition on several questions would have to be looked at in {size:,} ways to answer them"
        )
    questions = tuple(question for each in blocks.values() for question in each.questions)
    rows = tuple(tuple(a for row in rows for a in row) for rows in product(*(each.ways() for each in blocks.values())))
    return Rows(questions, rows)
