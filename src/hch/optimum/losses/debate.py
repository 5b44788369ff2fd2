"""Debate: two copies of a model argue for different answers in turns, and a judge decides. Solved as a zero-sum game.

The first side names an answer, the second another one; then they make statements in turns, the first beginning. The
value of an answer is the share that the first side can guarantee, and the optimum names an answer of greatest value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from hch.optimum.losses.objective import Cost, Objective, build_objective
from hch.optimum.world.errors import OutOfReachError, WorldError
from hch.optimum.world.tree import Leaf
from hch.optimum.world.world import Entry, Number, Statement, World
from hch.text.judgements import FIRST, SECOND, Judged

Judge = Callable[[Entry, str, str, frozenset[str]], Number]
"""The first side's share, from a question, the answers of both sides and the names of all statements made."""

MOST_POSITIONS = 500_000
"""Positions of one game that are evaluated."""

DRAW = Fraction(1, 2)


def judge_by_weight(entry: Entry, first: str, second: str, made: frozenset[str]) -> Number:
    """A judge who adds up unrefuted statements: the answer with more weight wins, equal weights share.

    A statement is unrefuted if every statement against it is itself refuted, as in the grounded semantics of abstract
    argumentation (Dung 1995). An answer's weight is its own plausibility plus the weights of the unrefuted statements
    that support it. Raises WorldError where statements refute each other in a circle.
    """
    by_name = {statement.name: statement for statement in entry.statements}
    attackers: dict[str, list[str]] = {}
    for name in made:
        for other in by_name[name].refutes:
            attackers.setdefault(other, []).append(name)
    unrefuted: dict[str, bool] = {}

    def is_unrefuted(name: str, path: tuple[str, ...]) -> bool:
        if name in path:
            raise WorldError(f"at “{entry.question}” statements refute each other in a circle: {', '.join(path)}")
        if name not in unrefuted:
            unrefuted[name] = not any(is_unrefuted(other, (*path, name)) for other in attackers.get(name, ()))
        return unrefuted[name]

    def weigh(answer: str) -> Number:
        weights = [by_name[n].weight for n in made if by_name[n].supports == answer and is_unrefuted(n, ())]
        return entry.plausible.get(answer, 0) + sum(weights)

    ours, theirs = weigh(first), weigh(second)
    return DRAW if ours == theirs else int(ours > theirs)


@dataclass(frozen=True)
class Debate:
    """1 minus the value of an answer.

    ``quotes`` restricts the statements to direct quotes. ``turns`` counts the statements of both sides together (None:
    the world's). Where nothing is plausible and no statement exists, every answer has the same value. Raises
    OutOfReachError where the game has more than MOST_POSITIONS positions.
    """

    quotes: bool = False
    turns: int | None = None
    judge: Judge = judge_by_weight

    def __call__(self, world: World, /) -> tuple[Objective, ...]:
        return (build_objective(world, lambda question: self._make_cost(world, question)),)

    def _make_cost(self, world: World, question: str) -> Cost | None:
        entry = world.by_question[question]
        if not entry.statements and not entry.plausible and self.judge is judge_by_weight:
            return None
        values = self.compute_values(world, question)
        costs = tuple(1 - values[world.representative(answer)] for answer in entry.answers)
        return Cost(Leaf(costs), tuple, world.weight(question))

    def compute_values(self, world: World, question: str) -> dict[str, Number]:
        """The value of each answer that the loss can distinguish: the first side's share against the best reply."""
        entry = world.by_question[question]
        answers = list(dict.fromkeys(map(world.representative, entry.answers)))
        turns = world.turns if self.turns is None else self.turns
        statements = tuple(statement for statement in entry.statements if statement.quote or not self.quotes)
        return {
            first: min(
                (
                    _Game(entry, first, second, statements, turns, self.judge).evaluate(0, frozenset(), IDLE, IDLE)
                    for second in answers
                    if second != first
                ),
                default=1,
            )
            for first in answers
        }


Progress = tuple[int, int]
"""The index of the statement that a side has begun, and how many more turns it takes."""

IDLE: Progress = (-1, 0)
"""The side has begun no statement."""


@dataclass(frozen=True)
class _Game:
    """The debate about two answers. A position: turns played, statements made, and the progress of each side."""

    entry: Entry
    first: str
    second: str
    statements: tuple[Statement, ...]
    turns: int
    judge: Judge
    values: dict[tuple[int, frozenset[int], Progress, Progress], Number] = field(default_factory=dict)

    def evaluate(self, turn: int, made: frozenset[int], mine: Progress, other: Progress) -> Number:
        """The first side's share under best play, by minimax with memory. ``mine`` is of the side to move."""
        if turn == self.turns:
            return self.judge(self.entry, self.first, self.second, frozenset(self.statements[n].name for n in made))
        key = (turn, made, mine, other)
        if key not in self.values:
            if len(self.values) >= MOST_POSITIONS:
                raise OutOfReachError(
                    f"the debate about “{self.entry.question}” has over {MOST_POSITIONS:,} positions, with "
                    f"{len(self.statements)} statements in {self.turns} turns: fewer of either are needed"
                )
            moves = self.list_moves(made, mine, other)
            values = [self.evaluate(turn + 1, now_made, other, progress) for now_made, progress in moves]
            self.values[key] = max(values) if turn % 2 == 0 else min(values)
        return self.values[key]

    def list_moves(
        self, made: frozenset[int], mine: Progress, other: Progress
    ) -> list[tuple[frozenset[int], Progress]]:
        """What the side to move can do: continue the statement that it has begun, or else be silent or begin one."""
        if mine != IDLE:
            number, left = mine
            return [(made | {number}, IDLE) if left == 1 else (made, (number, left - 1))]
        moves = [(made, IDLE)]
        for number, statement in enumerate(self.statements):
            if number not in made and number != other[0]:
                at_once = statement.takes == 1
                moves.append((made | {number}, IDLE) if at_once else (made, (number, statement.takes - 1)))
        return moves


# A debate that was really held: a world whose debates are solved can also be trained in, before the same judge.


def find_made_statements(entry: Entry, turns: Sequence[tuple[str, str]]) -> frozenset[str]:
    """The names of the statements made in a debate. ``turns`` has a side and a text for each turn, in order.

    A statement that takes n turns is made where one side says it in n of its own turns in a row, a part in each.
    """
    by_side = [[text for side, text in turns if side == speaker] for speaker in (FIRST, SECOND)]
    return frozenset(
        statement.name
        for statement in entry.statements
        for texts in by_side
        for start in range(len(texts) - statement.takes + 1)
        if " ".join(texts[start : start + statement.takes]) == statement.name
    )


def judge_debate(world: World, judged: Judged, judge: Judge = judge_by_weight) -> Number:
    """The first side's share of a debate that was held; a half where its question is none of the world's."""
    entry = world.by_question.get(judged.question)
    if entry is None:
        return DRAW
    first, second = judged.answers
    return judge(entry, first, second, find_made_statements(entry, judged.statements))
