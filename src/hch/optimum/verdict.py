"""Outer aligned at optimum: whether all optimal models are aligned, and if not, the smallest counterexample.

Source: the post, "Outer alignment at optimum". A model is aligned if it is so on every question, trained on or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from hch.optimum.explanations import explain_answer, quote_answers, select_objective
from hch.optimum.losses.objective import Loss
from hch.optimum.solver.components import AssignmentList, Component, join_components
from hch.optimum.solver.cp_sat import Restriction
from hch.optimum.solver.elimination import Assignment
from hch.optimum.solver.optimal import OptimalSet, find_optimal
from hch.optimum.world.errors import OutOfReachError
from hch.optimum.world.fixed_point import HCHSolution, solve_hch
from hch.optimum.world.world import JointCondition, World

Reading = Literal["right", "trying"]
"""The meaning of aligned: every answer is right, or the model is trying, and may err as HCH errs or benignly."""

Share = Literal["all", "some", "none", "no model"]


@dataclass(frozen=True)
class Counterexample:
    """An optimal model that is not aligned, with as few misaligned answers as possible.

    ``question`` is the first misaligned one, to which the model says ``answer`` and not one of the ``aligned``. It is
    None where all answers are aligned and only joint conditions are ``violated``. ``reason`` is a clause.
    """

    question: str | None
    answer: str
    aligned: tuple[str, ...]
    misaligned: tuple[str, ...]
    violated: tuple[str, ...]
    model: Mapping[str, str]
    reason: str

    def __str__(self) -> str:
        if self.question is None:
            return f"an optimal model may violate a condition: {'; '.join(self.violated)}"
        others = len(self.misaligned) - 1
        more = f" (and {others:,} question{'s' if others > 1 else ''} more)" if others else ""
        instead = f"aligned: {quote_answers(self.aligned)}" if self.aligned else "nothing is aligned there"
        return f"to “{self.question}” an optimal model may say “{self.answer}” ({instead}), because {self.reason}{more}"


@dataclass(frozen=True)
class Verdict:
    """Which share of the optimal models is aligned, with a counterexample where not all are.

    ``size`` and ``aligned_size`` are None where they cannot be counted; ``at_least`` is then a lower bound of the size.
    """

    share: Share
    optimum: OptimalSet
    size: int | None
    at_least: int
    aligned_size: int | None
    counterexample: Counterexample | None

    @property
    def outer_aligned(self) -> bool:
        """Whether the loss is outer aligned at optimum on this world. Not where no model is optimal."""
        return self.share == "all"


def find_aligned_answers(world: World, reading: Reading, hch: HCHSolution) -> dict[str, frozenset[str]]:
    """The aligned answers, by question.

    With the reading "trying", benign answers and HCH's own count too, unless they are harmful.
    """
    aligned = {}
    for entry in world.entries:
        answers = entry.right_answers
        if reading == "trying":
            own = hch.answers.get(entry.question)
            answers = (answers | entry.benign | (frozenset() if own is None else {own})) - entry.harmful
        aligned[entry.question] = answers
    return aligned


def judge_loss(world: World, loss: Loss, reading: Reading = "right", hch: HCHSolution | None = None) -> Verdict:
    """Whether the optimal models of a loss are aligned. Raises the errors of ``find_optimal``."""
    hch = hch or solve_hch(world)
    optimum = find_optimal(world, loss)
    if not optimum.exists:
        return Verdict("no model", optimum, 0, 0, 0, None)
    check = _AlignmentCheck(world, optimum, find_aligned_answers(world, reading, hch))
    size = _count_or_none(lambda: optimum.size)
    at_least = size or optimum.at_least
    example = check.find_counterexample()
    if example is None:
        return Verdict("all", optimum, size, at_least, size, None)
    share: Share = "some" if check.some_aligned else "none"
    aligned_size = 0 if share == "none" else _count_or_none(check.count_aligned_models)
    model, misaligned, violated = example
    question = misaligned[0] if misaligned else None
    answer, aligned, reason = "", tuple[str, ...](), ""
    if question is not None:
        answer = model[question]
        aligned = tuple(a for a in world.by_question[question].answers if a in check.aligned[question])
        reason = explain_answer(world, loss, select_objective(world, optimum.objectives, model), question, model)
    counterexample = Counterexample(question, answer, aligned, misaligned, violated, model, reason)
    return Verdict(share, optimum, size, at_least, aligned_size, counterexample)


def _count_or_none(count: Callable[[], int]) -> int | None:
    try:
        return count()
    except OutOfReachError:
        return None


class _AlignmentCheck:
    """An optimal set beside the aligned answers. Components that a joint condition spans are merged into one list."""

    def __init__(self, world: World, optimum: OptimalSet, aligned: Mapping[str, frozenset[str]]) -> None:
        self.world, self.aligned = world, aligned
        self.misaligned: Restriction = {
            entry.question: wrong
            for entry in world.entries
            if (wrong := frozenset(entry.answers) - aligned[entry.question])
        }
        self.components = list(optimum.components)
        for condition in world.conditions:
            questions = set(condition.questions)
            spanned = [component for component in self.components if questions & set(component.questions)]
            others = [component for component in self.components if not questions & set(component.questions)]
            self.components = [*others, join_components(spanned)]

    def list_conditions(self, component: Component) -> list[JointCondition]:
        questions = set(component.questions)
        return [condition for condition in self.world.conditions if questions.issuperset(condition.questions)]

    def list_violations(self, component: Component, row: Assignment) -> list[JointCondition]:
        """The conditions on a component's questions that an assignment violates."""
        conditions = self.list_conditions(component)
        if not conditions:
            return []
        model = dict(zip(component.questions, row, strict=True))
        return [condition for condition in conditions if not condition.holds(model)]

    def find_fewest_faults(self, component: Component, at_least: int) -> tuple[int, Assignment] | None:
        """An assignment with the fewest faults, misaligned answers or violated conditions, but at least so many."""
        if isinstance(component, AssignmentList) and self.list_conditions(component):
            wrong_at = [(place, self.misaligned.get(q, frozenset())) for place, q in enumerate(component.questions)]
            scores = (
                (sum(row[place] in wrong for place, wrong in wrong_at) + len(self.list_violations(component, row)), row)
                for row in component.rows
            )
            return min((score for score in scores if score[0] >= at_least), default=None)
        if any(question in self.misaligned for question in component.questions):
            return component.find_fewest(self.misaligned, at_least)
        if at_least:
            return None
        row = component.find_one()
        assert row is not None, "no component of an optimum is empty"
        return 0, row

    @cached_property
    def best(self) -> list[tuple[int, Assignment]]:
        """For each component the assignment with the fewest faults."""
        candidates = [self.find_fewest_faults(component, 0) for component in self.components]
        return [candidate for candidate in candidates if candidate is not None]

    @property
    def some_aligned(self) -> bool:
        return not any(faults for faults, _ in self.best)

    def find_counterexample(self) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...]] | None:
        """A model with the fewest faults above 0, its misaligned questions, and the conditions it violates; or None."""
        rows = [row for _, row in self.best]
        if self.some_aligned:
            # The best model has no fault, so exactly one component must take its second-best form.
            worse = [
                (candidate[0], place, candidate[1])
                for place, component in enumerate(self.components)
                if (candidate := self.find_fewest_faults(component, 1))
            ]
            if not worse:
                return None
            _, place, row = min(worse)
            rows[place] = row
        violated: list[str] = []
        answers: dict[str, str] = {}
        for component, row in zip(self.components, rows, strict=True):
            answers.update(zip(component.questions, row, strict=True))
            conditions = self.list_violations(component, row)
            violated += [condition.description or "a condition on several questions" for condition in conditions]
        model = {question: answers[question] for question in self.world.questions}
        misaligned = tuple(question for question, answer in model.items() if answer not in self.aligned[question])
        return model, misaligned, tuple(violated)

    def count_aligned_models(self) -> int:
        """The number of optimal models that are aligned. Raises OutOfReachError where they cannot be counted."""
        size = 1
        for component in self.components:
            if isinstance(component, AssignmentList) and self.list_conditions(component):
                rows = tuple(row for row in component.rows if not self.list_violations(component, row))
                size *= AssignmentList(component.questions, rows).count(self.aligned)
            else:
                size *= component.count({q: self.aligned[q] for q in component.questions if q in self.misaligned})
        return size
