"""Debate: two copies argue for different answers in turns, and a judge says who wins. Solved by backward induction.

The first names an answer, the second another one; then they make statements in turns, the first beginning. What the
first can be sure of, whatever the second does, is the value of an answer, and the optimum names one of the best.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from hch.optimum.losses.objective import Cost, Objective, looked_at
from hch.optimum.world.errors import OutOfReachError, WorldError
from hch.optimum.world.tree import Leaf
from hch.optimum.world.world import Entry, Number, Statement, World

Judge = Callable[[Entry, str, str, frozenset[str]], Number]
"""From a question, the first's and the second's answer and the names of all statements made to the first's share."""

MOST_STATES = 500_000
"""Positions of one game that are looked at."""

EVEN = Fraction(1, 2)


def weighing(entry: Entry, first: str, second: str, made: frozenset[str]) -> Number:
    """The judge who adds up what stands: the answer with more weight wins, equal ones share.

    A statement stands if nothing that stands refutes it. An answer's weight is what is plausible of it by itself and
    the weights of the statements that stand for it. Raises WorldError where statements refute each other in a circle.
    """
    by_name = {statement.name: statement for statement in entry.statements}
    against: dict[str, list[str]] = {}
    for name in made:
        for other in by_name[name].refutes:
            against.setdefault(other, []).append(name)
    standing: dict[str, bool] = {}

    def stands(name: str, above: tuple[str, ...]) -> bool:
        if name in above:
            raise WorldError(f"at “{entry.question}” statements refute each other in a circle: {', '.join(above)}")
        if name not in standing:
            standing[name] = not any(stands(other, (*above, name)) for other in against.get(name, ()))
        return standing[name]

    def weight(answer: str) -> Number:
        said = [by_name[n].weight for n in made if by_name[n].supports == answer and stands(n, ())]
        return entry.plausible.get(answer, 0) + sum(said)

    ours, theirs = weight(first), weight(second)
    return EVEN if ours == theirs else int(ours > theirs)


@dataclass(frozen=True)
class Debate:
    """How much less than a sure win an answer is worth to whoever names it first.

    ``quotes`` restricts the statements to direct quotes. ``turns`` are the statements, both sides together (None: as
    the world says). Where nothing is plausible and nothing can be said, every answer is worth the same. Raises
    OutOfReachError where the game has more positions than can be looked at.
    """

    quotes: bool = False
    turns: int | None = None
    judge: Judge = weighing

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        return (looked_at(world, lambda question: self._cost(world, question)),)

    def _cost(self, world: World, question: str) -> Cost | None:
        entry = world.by_question[question]
        if not entry.statements and not entry.plausible and self.judge is weighing:
            return None
        values = self.values(world, question)
        costs = tuple(1 - values[world.face(answer)] for answer in entry.answers)
        return Cost(Leaf(costs), tuple, world.weight(question))

    def values(self, world: World, question: str) -> dict[str, Number]:
        """The value of each answer that the loss can tell from others: the share that its first speaker is sure of."""
        entry = world.by_question[question]
        faces = list(dict.fromkeys(map(world.face, entry.answers)))
        turns = world.turns if self.turns is None else self.turns
        library = tuple(each for each in entry.statements if each.quote or not self.quotes)
        found: dict[str, Number] = {}
        for first in faces:
            games = [
                _Game(entry, first, second, library, turns, self.judge).value() for second in faces if second != first
            ]
            found[first] = min(games, default=1)
        return found


@dataclass(frozen=True)
class _Game:
    """What is said about two answers: a position is the turns gone, what was made, and what each is in the midst of."""

    entry: Entry
    first: str
    second: str
    library: tuple[Statement, ...]
    turns: int
    judge: Judge
    known: dict[tuple[int, frozenset[int], tuple[int, int], tuple[int, int]], Number] = field(default_factory=dict)

    def value(self) -> Number:
        return self.at(0, frozenset(), IDLE, IDLE)

    def at(self, turn: int, made: frozenset[int], mine: tuple[int, int], other: tuple[int, int]) -> Number:
        """The first's share with best play of both. ``mine`` is of whoever moves: a statement, and its turns left."""
        if turn == self.turns:
            return self.judge(self.entry, self.first, self.second, frozenset(self.library[n].name for n in made))
        key = (turn, made, mine, other)
        if key not in self.known:
            if len(self.known) >= MOST_STATES:
                raise OutOfReachError(
                    f"the debate about “{self.entry.question}” has over {MOST_STATES:,} positions, with "
                    f"{len(self.library)} statements in {self.turns} turns: fewer of either are needed"
                )
            values = [self.at(turn + 1, now, other, then) for now, then in self.moves(made, mine, other)]
            self.known[key] = max(values) if turn % 2 == 0 else min(values)
        return self.known[key]

    def moves(
        self, made: frozenset[int], mine: tuple[int, int], other: tuple[int, int]
    ) -> list[tuple[frozenset[int], tuple[int, int]]]:
        """What may be done in a turn: say nothing, or go on with what was begun, or begin what was not said yet."""
        if mine != IDLE:
            number, left = mine
            return [(made | {number}, IDLE) if left == 1 else (made, (number, left - 1))]
        found = [(made, IDLE)]
        for number, statement in enumerate(self.library):
            if number in made or number == other[0]:
                continue
            done = statement.takes == 1
            found.append((made | {number}, IDLE) if done else (made, (number, statement.takes - 1)))
        return found


IDLE = (-1, 0)
"""In the midst of nothing."""
