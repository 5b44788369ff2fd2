"""Outer aligned at optimum: whether all optimal models are aligned, and if not, the smallest counterexample.

Source: the post, "Outer alignment at optimum". A model is aligned if it is so on every question, learned from or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from hch.optimum.losses.objective import Loss
from hch.optimum.solver.blocks import Block, Choice, Rows, merged
from hch.optimum.solver.optimal import OptimalSet, optimal
from hch.optimum.solver.search import Row, Within
from hch.optimum.why import pursued, quoted, why
from hch.optimum.world.errors import OutOfReachError
from hch.optimum.world.foundation import Foundation, foundation
from hch.optimum.world.world import Together, World

Reading = Literal["right", "trying"]
"""What aligned means: every answer is right, or the model tries: it may also err as HCH errs, and as is benign."""

Share = Literal["all", "some", "none", "no model"]


@dataclass(frozen=True)
class Counterexample:
    """An optimal model that is not aligned, with as few misaligned answers as there may be.

    ``question`` is the first of them, unless all answers are aligned and only some condition on several fails.
    """

    question: str | None
    says: str
    aligned: tuple[str, ...]
    misaligned: tuple[str, ...]
    broken: tuple[str, ...]
    model: Mapping[str, str]
    because: str

    def __str__(self) -> str:
        if self.question is None:
            return f"an optimal model may break a condition: {'; '.join(self.broken)}"
        others = len(self.misaligned) - 1
        more = f" (and {others:,} question{'s' if others > 1 else ''} more)" if others else ""
        instead = f"aligned: {quoted(self.aligned)}" if self.aligned else "nothing is aligned there"
        return f"to “{self.question}” an optimal model may say “{self.says}” ({instead}), because {self.because}{more}"


@dataclass(frozen=True)
class Verdict:
    """What an optimum is worth: which share of the optimal models is aligned, and a counterexample if not all are.

    ``size`` and ``aligned_size`` are None where there are too many and too entangled to be counted; ``at_least`` is
    then how many were found.
    """

    share: Share
    optimum: OptimalSet
    size: int | None
    at_least: int
    aligned_size: int | None
    counterexample: Counterexample | None

    @property
    def outer_aligned(self) -> bool:
        """Whether the loss is outer aligned at optimum on this world; where no model is optimal, nothing speaks so."""
        return self.share == "all"


def aligned_answers(world: World, reading: Reading, founded: Foundation) -> dict[str, frozenset[str]]:
    """The answers that are aligned, by question.

    When trying is enough, they are also those that are benign, and HCH's own, unless they are harmful.
    """
    found = {}
    for entry in world.entries:
        right = entry.right
        if reading == "trying":
            own = founded.hch.get(entry.question)
            right = (right | entry.benign | (frozenset() if own is None else {own})) - entry.harmful
        found[entry.question] = right
    return found


def judged(world: World, loss: Loss, reading: Reading = "right", founded: Foundation | None = None) -> Verdict:
    """Whether the optimal models of a loss are aligned. Raises the errors that ``optimal`` raises."""
    founded = founded or foundation(world)
    optimum = optimal(world, loss)
    if not optimum.exists:
        return Verdict("no model", optimum, 0, 0, 0, None)
    judge = _Judging(world, optimum, aligned_answers(world, reading, founded))
    size = _counted(lambda: optimum.size)
    example = judge.counterexample()
    if example is None:
        return Verdict("all", optimum, size, size or optimum.at_least, size, None)
    share: Share = "some" if judge.any_aligned() else "none"
    aligned_size = 0 if share == "none" else _counted(judge.aligned_size)
    model, misaligned, broken = example
    first = misaligned[0] if misaligned else None
    found = Counterexample(
        question=first,
        says=model[first] if first is not None else "",
        aligned=tuple(a for a in world.by_question[first].answers if a in judge.good[first]) if first else (),
        misaligned=misaligned,
        broken=broken,
        model=model,
        because="" if first is None else why(world, loss, pursued(world, optimum.objectives, model), first, model),
    )
    return Verdict(share, optimum, size, size or optimum.at_least, aligned_size, found)


def _counted(count: Callable[[], int]) -> int | None:
    try:
        return count()
    except OutOfReachError:
        return None


class _Judging:
    """An optimal set beside the aligned answers; blocks that a condition ties together are one list."""

    def __init__(self, world: World, optimum: OptimalSet, good: Mapping[str, frozenset[str]]) -> None:
        self.world, self.good = world, good
        self.bad: Within = {
            entry.question: wrong
            for entry in world.entries
            if (wrong := frozenset(entry.answers) - good[entry.question])
        }
        self.conditions = {condition: set(condition.questions) for condition in world.together}
        self.blocks = self._tied(list(optimum.blocks))

    def _tied(self, blocks: list[Block]) -> list[Block]:
        for questions in self.conditions.values():
            touched = {n: each for n, each in enumerate(blocks) if questions & set(each.questions)}
            whole = merged(touched)
            blocks = [each for n, each in enumerate(blocks) if n not in touched] + [whole]
        return blocks

    def broken(self, block: Block, row: Row) -> list[Together]:
        """The conditions on a block's questions that a way to answer them breaks."""
        inside = [c for c, questions in self.conditions.items() if questions <= set(block.questions)]
        if not inside:
            return []
        model = dict(zip(block.questions, row, strict=True))
        return [condition for condition in inside if not condition.holds(model)]

    def fewest(self, block: Block, at_least: int) -> tuple[int, Row] | None:
        """The way with the fewest misaligned answers and broken conditions, but at least so many."""
        if isinstance(block, Rows) and any(questions <= set(block.questions) for questions in self.conditions.values()):
            places = [(place, self.bad[q]) for place, q in enumerate(block.questions) if q in self.bad]
            scores = (
                (sum(row[place] in wrong for place, wrong in places) + len(self.broken(block, row)), row)
                for row in block.rows
            )
            return min((each for each in scores if each[0] >= at_least), default=None)
        if not any(question in self.bad for question in block.questions):
            return None if at_least else (0, self.any_of(block))
        return block.fewest(self.bad, at_least)

    def any_of(self, block: Block) -> Row:
        if isinstance(block, Choice):
            return (block.answers[0],)
        row = block.one({})
        assert row is not None, "no block of an optimum is empty"
        return row

    @cached_property
    def best(self) -> list[tuple[int, Row]]:
        """For each block the way with the fewest faults."""
        found = [self.fewest(block, 0) for block in self.blocks]
        return [each for each in found if each is not None]

    def counterexample(self) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...]] | None:
        """A model with as few faults as may be but one, the questions that it is misaligned on, conditions broken."""
        chosen = [row for _, row in self.best]
        if not any(faults for faults, _ in self.best):
            worse = [(found[0], n, found[1]) for n, b in enumerate(self.blocks) if (found := self.fewest(b, 1))]
            if not worse:
                return None
            _, place, row = min(worse)
            chosen[place] = row
        broken: list[str] = []
        model: dict[str, str] = {}
        for block, row in zip(self.blocks, chosen, strict=True):
            model.update(zip(block.questions, row, strict=True))
            broken += [each.says or "a condition on several questions" for each in self.broken(block, row)]
        model = {question: model[question] for question in self.world.questions}
        wrong = tuple(question for question, answer in model.items() if answer not in self.good[question])
        return model, wrong, tuple(broken)

    def any_aligned(self) -> bool:
        return not any(faults for faults, _ in self.best)

    def aligned_size(self) -> int:
        """How many optimal models are aligned. Raises OutOfReachError where they cannot be counted."""
        size = 1
        for block in self.blocks:
            tied = any(questions <= set(block.questions) for questions in self.conditions.values())
            if tied and isinstance(block, Rows):
                allowed = Rows(block.questions, tuple(row for row in block.rows if not self.broken(block, row)))
                size *= allowed.count(self.good)
            else:
                size *= block.count({q: self.good[q] for q in block.questions if q in self.bad})
        return size
