"""Questions that hang together too closely to be eliminated, by a solver: CP-SAT of OR-tools.

It is chosen over z3 because it enumerates all solutions by itself and minimises exactly over whole numbers; it is
imported when it is needed, which takes half a second. One worker and a limit on its own count of work, not on time,
make it do the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hch.optimum.solver.narrowing import Answers, Rule
from hch.optimum.world.errors import OutOfReachError

Row = tuple[str, ...]

Within = Mapping[str, frozenset[str]]
"""For some questions, the only answers that count."""


@dataclass(frozen=True)
class Puzzle:
    """Questions with their answers, and rules that tie them; ``reads`` has the answers that H reads as a text.

    ``effort`` is the solver's own measure of work for one call: about three for a second of a machine of today.
    """

    domains: Mapping[str, Answers]
    rules: Mapping[str, Sequence[Rule]]
    reads: Mapping[str, Mapping[str, Answers]]
    effort: float = 150.0

    @property
    def questions(self) -> Row:
        return tuple(self.domains)

    def least(self) -> int | None:
        """What the cheapest way costs; None where none is allowed. Raises OutOfReachError if that is not found out."""
        model = _Model(self)
        model.minimise(model.cost)
        found = model.solve()
        return None if found is None else model.value(model.cost)

    def ways(self, cost: int, most: int) -> tuple[list[Row], bool]:
        """Ways with this cost, in the order of their answers, and whether these are all: about ``most`` are listed.

        They may also be few and not all, where the solver did not come to an end.
        """
        model = _Model(self)
        model.require(model.cost == cost)
        return model.all(most)

    def one(self, cost: int, within: Within, bad: Within | None = None, at_least: int = 0) -> Row | None:
        """A way with this cost, its answers within some; None where there is none.

        Of these one that has fewest answers among ``bad``, but ``at_least`` so many.
        """
        model = _Model(self)
        model.require(model.cost == cost)
        for question, answers in within.items():
            for answer in self.domains[question]:
                if answer not in answers:
                    model.require(model.says[question][answer] == 0)
        if bad is not None:
            count = sum(
                model.says[question][answer]
                for question, answers in bad.items()
                for answer in self.domains[question]
                if answer in answers
            )
            model.require(count >= at_least)
            model.minimise(count)
        return model.solve()


class _Model:
    """The puzzle as the solver has it: a switch for each answer, and one for each cost that a question may have."""

    def __init__(self, puzzle: Puzzle) -> None:
        from ortools.sat.python import cp_model

        self.library: Any = cp_model
        self.puzzle = puzzle
        self.model = cp_model.CpModel()
        self.solver = cp_model.CpSolver()
        self.solver.parameters.num_workers = 1
        self.solver.parameters.max_deterministic_time = puzzle.effort
        # The rules are clauses: there is nothing for a linear relaxation to find.
        self.solver.parameters.linearization_level = 0
        self.says: dict[str, dict[str, Any]] = {}
        self.reads: dict[str, dict[str, Any]] = {}
        for question, answers in puzzle.domains.items():
            self.says[question] = {answer: self.model.new_bool_var("") for answer in answers}
            self.model.add_exactly_one(self.says[question].values())
        self.cost = sum(self.rule(question, rules) for question, rules in puzzle.rules.items())

    def rule(self, question: str, rules: Sequence[Rule]) -> Any:
        """Adds what ties a question, and returns what it costs."""
        costs = sorted({cost for rule in rules for cost in rule.costs.values()})
        # A switch that nothing ties would double every solution.
        paid = {cost: self.model.new_bool_var("") for cost in costs} if len(costs) > 1 else {}
        if paid:
            self.model.add_exactly_one(paid.values())
        for rule in rules:
            heard = [self.reading(each, text) for each, text in rule.conditions.items()]
            unless = [literal.negated() for literal in heard if literal is not None]
            if len(unless) < len(heard):
                continue  # it cannot be heard
            allowed = [self.says[question][answer] for answer in self.puzzle.domains[question] if answer in rule.costs]
            self.model.add_bool_or([*unless, *allowed])
            if paid:
                for answer, cost in rule.costs.items():
                    if answer in self.says[question]:
                        self.model.add_bool_or([*unless, self.says[question][answer].negated(), paid[cost]])
        return sum(cost * switch for cost, switch in paid.items() if cost) if paid else sum(costs)

    def reading(self, question: str, text: str) -> Any:
        """The switch for what H reads of an answer; None where no answer reads so."""
        known = self.reads.setdefault(question, {})
        if text not in known:
            says = self.says[question]
            answers = [says[answer] for answer in self.puzzle.reads[question].get(text, ()) if answer in says]
            if len(answers) > 1:
                known[text] = self.model.new_bool_var("")
                self.model.add_max_equality(known[text], answers)
            else:
                known[text] = answers[0] if answers else None
        return known[text]

    def require(self, condition: Any) -> None:
        """Adds a condition; one that says nothing of any switch is a Python truth already."""
        if isinstance(condition, bool):
            if not condition:
                self.model.add_bool_or([])
        else:
            self.model.add(condition)

    def minimise(self, what: Any) -> None:
        if not isinstance(what, int):
            self.model.minimize(what)

    def value(self, what: Any) -> int:
        return what if isinstance(what, int) else int(self.solver.value(what))

    def solve(self) -> Row | None:
        """The best way, or None where there is none. Raises OutOfReachError where the solver does not find out."""
        status = self.solver.solve(self.model)
        if status == self.library.INFEASIBLE:
            return None
        if status != self.library.OPTIMAL:
            raise OutOfReachError(
                f"{len(self.puzzle.domains):,} questions depend on one another too closely for the solver to be sure "
                f"of an optimum in the work it is given"
            )
        return self.row(self.solver.value)

    def row(self, value: Any) -> Row:
        return tuple(next(a for a, switch in says.items() if value(switch)) for says in self.says.values())

    def all(self, most: int) -> tuple[list[Row], bool]:
        """All ways, up to so many, and whether that is all."""
        # One more than is wanted is let in, so that one knows whether there is one.
        outer, found = self, list[Row]()

        class Listing(self.library.CpSolverSolutionCallback):  # type: ignore[name-defined,misc]
            """Notes each solution, and stops when there are enough."""

            def on_solution_callback(self) -> None:
                found.append(outer.row(self.value))
                if len(found) > most:
                    self.stop_search()

        self.solver.parameters.enumerate_all_solutions = True
        status = self.solver.solve(self.model, Listing())
        complete = status in (self.library.OPTIMAL, self.library.INFEASIBLE) and len(found) <= most
        return sorted(found), complete
