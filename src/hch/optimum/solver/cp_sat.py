"""Problems whose treewidth is too large for elimination, by CP-SAT of OR-tools.

CP-SAT is used rather than z3 because it enumerates all solutions by itself and minimises exactly over integers. It is
imported on demand, which takes half a second. One worker and a limit on its deterministic work, not on time, make it
give the same result everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hch.optimum.solver.elimination import Assignment
from hch.optimum.solver.propagation import Answers, Constraint, Domains
from hch.optimum.world.errors import OutOfReachError

Restriction = Mapping[str, frozenset[str]]
"""For some questions, the only answers that are allowed."""


@dataclass(frozen=True)
class Problem:
    """A weighted constraint problem: find the cheapest assignment of an answer to each question.

    ``answers_by_view`` has the answers behind each text that H can hear. ``effort`` limits one call to CP-SAT in its
    own deterministic unit, of which a present machine does about three a second.
    """

    domains: Domains
    constraints: Mapping[str, Sequence[Constraint]]
    answers_by_view: Mapping[str, Mapping[str, Answers]]
    effort: float = 150.0

    @property
    def questions(self) -> Assignment:
        return tuple(self.domains)

    def find_least_cost(self) -> int | None:
        """The cost of the cheapest assignment; None where none is allowed. Raises OutOfReachError if not decided."""
        model = _CPModel(self)
        model.minimise(model.cost)
        return None if model.solve() is None else model.get_value(model.cost)

    def list_assignments(self, cost: int, most: int) -> tuple[list[Assignment], bool]:
        """Up to about ``most`` assignments of this cost, sorted, and whether these are all.

        There may be fewer that are not all, where CP-SAT reaches its limit.
        """
        model = _CPModel(self)
        model.require(model.cost == cost)
        return model.enumerate(most)

    def find_assignment(
        self, cost: int, allowed: Restriction, bad: Restriction | None = None, at_least: int = 0
    ) -> Assignment | None:
        """An assignment of this cost from the ``allowed`` answers; None where there is none.

        With ``bad``, one with the fewest answers among those, but no fewer than ``at_least``.
        """
        model = _CPModel(self)
        model.require(model.cost == cost)
        for question, answers in allowed.items():
            for answer in self.domains[question]:
                if answer not in answers:
                    model.require(model.chosen[question][answer] == 0)
        if bad is not None:
            count = sum(
                model.chosen[question][answer]
                for question, answers in bad.items()
                for answer in self.domains[question]
                if answer in answers
            )
            model.require(count >= at_least)
            model.minimise(count)
        return model.solve()


class _CPModel:
    """The problem in CP-SAT: a Boolean for each answer, and one for each cost that a question can have.

    A constraint "if H hears t₁, …, tₙ then one of these answers, at its cost" becomes clauses: ¬t₁ ∨ … ∨ ¬tₙ ∨ a₁ ∨ …,
    and for each answer a with cost c: ¬t₁ ∨ … ∨ ¬tₙ ∨ ¬a ∨ c. The objective is the sum of the costs paid.
    """

    def __init__(self, problem: Problem) -> None:
        from ortools.sat.python import cp_model

        self.library: Any = cp_model
        self.problem = problem
        self.model = cp_model.CpModel()
        self.solver = cp_model.CpSolver()
        self.solver.parameters.num_workers = 1
        self.solver.parameters.max_deterministic_time = problem.effort
        # All constraints are clauses, so a linear relaxation finds nothing.
        self.solver.parameters.linearization_level = 0
        self.chosen: dict[str, dict[str, Any]] = {}
        self.heard: dict[str, dict[str, Any]] = {}
        for question, answers in problem.domains.items():
            self.chosen[question] = {answer: self.model.new_bool_var("") for answer in answers}
            self.model.add_exactly_one(self.chosen[question].values())
        self.cost = sum(self.add_constraints(question, cases) for question, cases in problem.constraints.items())

    def add_constraints(self, question: str, cases: Sequence[Constraint]) -> Any:
        """Adds a question's constraints; the expression of its cost."""
        costs = sorted({cost for case in cases for cost in case.costs.values()})
        # With one possible cost no Boolean is needed; a free one would double every solution.
        paid = {cost: self.model.new_bool_var("") for cost in costs} if len(costs) > 1 else {}
        if paid:
            self.model.add_exactly_one(paid.values())
        for case in cases:
            literals = [self.get_heard_literal(other, text) for other, text in case.given.items()]
            unless = [literal.negated() for literal in literals if literal is not None]
            if len(unless) < len(literals):
                continue  # no answer reads so, and the case never applies
            answers = self.problem.domains[question]
            allowed = [self.chosen[question][answer] for answer in answers if answer in case.costs]
            self.model.add_bool_or([*unless, *allowed])
            if paid:
                for answer, cost in case.costs.items():
                    if answer in self.chosen[question]:
                        self.model.add_bool_or([*unless, self.chosen[question][answer].negated(), paid[cost]])
        return sum(cost * literal for cost, literal in paid.items() if cost) if paid else sum(costs)

    def get_heard_literal(self, question: str, text: str) -> Any:
        """The literal for "the answer to the question reads so"; None where no answer does."""
        known = self.heard.setdefault(question, {})
        if text not in known:
            chosen = self.chosen[question]
            literals = [chosen[a] for a in self.problem.answers_by_view[question].get(text, ()) if a in chosen]
            if len(literals) > 1:
                known[text] = self.model.new_bool_var("")
                self.model.add_max_equality(known[text], literals)
            else:
                known[text] = literals[0] if literals else None
        return known[text]

    def require(self, condition: Any) -> None:
        """Adds a condition. Without variables it is a Python bool, and False becomes an empty clause."""
        if isinstance(condition, bool):
            if not condition:
                self.model.add_bool_or([])
        else:
            self.model.add(condition)

    def minimise(self, expression: Any) -> None:
        if not isinstance(expression, int):
            self.model.minimize(expression)

    def get_value(self, expression: Any) -> int:
        return expression if isinstance(expression, int) else int(self.solver.value(expression))

    def solve(self) -> Assignment | None:
        """An optimal assignment, or None where there is none. Raises OutOfReachError at the limit of work."""
        status = self.solver.solve(self.model)
        if status == self.library.INFEASIBLE:
            return None
        if status != self.library.OPTIMAL:
            raise OutOfReachError(
                f"{len(self.problem.domains):,} questions depend on one another too closely for the solver to be sure "
                f"of an optimum in the work it is given"
            )
        return self.read_assignment(self.solver.value)

    def read_assignment(self, value: Any) -> Assignment:
        return tuple(next(a for a, literal in chosen.items() if value(literal)) for chosen in self.chosen.values())

    def enumerate(self, most: int) -> tuple[list[Assignment], bool]:
        """All solutions up to one more than ``most``, sorted, and whether these are all of at most ``most``."""
        outer, solutions = self, list[Assignment]()

        class Collect(self.library.CpSolverSolutionCallback):  # type: ignore[name-defined,misc]
            """Collects solutions, and stops once it has more than ``most``: that there are more is known then."""

            def on_solution_callback(self) -> None:
                solutions.append(outer.read_assignment(self.value))
                if len(solutions) > most:
                    self.stop_search()

        self.solver.parameters.enumerate_all_solutions = True
        status = self.solver.solve(self.model, Collect())
        complete = status in (self.library.OPTIMAL, self.library.INFEASIBLE) and len(solutions) <= most
        return sorted(solutions), complete
