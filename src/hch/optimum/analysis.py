"""All that is said of a world at once: whether H is well-founded, and what the optimum of each loss is worth."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from hch.optimum.goodhart import Goodhart, goodhart
from hch.optimum.losses.approval import Approval
from hch.optimum.losses.closeness import Closeness
from hch.optimum.losses.imitation import Imitation
from hch.optimum.losses.objective import Loss
from hch.optimum.solver.optimal import optimal
from hch.optimum.solver.sampling import Estimate, agrees, estimate, random_model
from hch.optimum.strengths import Departure, Flawed, departs
from hch.optimum.verdict import Reading, Verdict, aligned_answers, judged
from hch.optimum.world.errors import NotDefinedError, OutOfReachError, WorldError
from hch.optimum.world.foundation import Foundation, foundation
from hch.optimum.world.world import Everything, World


@dataclass(frozen=True)
class Sampled:
    """What a sample says of an optimum that is out of reach: of random models, how many are optimal.

    ``aligned`` is, of the optimal ones among them, how many are aligned; None where none was found.
    """

    optimal: Estimate
    aligned: Estimate | None


@dataclass(frozen=True)
class Finding:
    """What was found of one loss: a verdict, or the reason why there is none.

    ``reach`` is True where that is only because it would take too much work. ``departure`` is the strength at which a
    flawed loss leaves what it is without the flaw; None for losses without one.
    """

    name: str
    summary: str
    verdict: Verdict | None
    reason: str = ""
    reach: bool = False
    departure: Departure | None = None
    curve: Goodhart | None = None
    no_curve: str = ""
    sampled: Sampled | None = None


@dataclass(frozen=True)
class Analysis:
    """A world, and what was found of it. ``consistent`` is how many models agree with H everywhere (None: too many)."""

    world: World
    reading: Reading
    founded: Foundation
    consistent: int | None
    why_not: str
    findings: tuple[Finding, ...]

    @property
    def hch_is_the_only_one(self) -> bool:
        """Whether HCH is defined everywhere, and no other model agrees with H."""
        return self.founded.well_founded and self.consistent == 1


@dataclass(frozen=True)
class Analyse:
    """Looks at a world. ``curves`` says whether to draw Goodhart's curves, ``sample`` how many models may be drawn."""

    reading: Reading = "right"
    curves: bool = False
    sample: int | None = None
    seed: int = 0

    def __call__(self, world: World, losses: Mapping[str, tuple[Loss, str]], /) -> Analysis:
        """What is found of these losses, each by its name with a summary."""
        founded = foundation(world)
        consistent, why_not = _consistent(world)
        findings = tuple(self._finding(world, founded, name, *loss) for name, loss in losses.items())
        return Analysis(world, self.reading, founded, consistent, why_not, findings)

    def _finding(self, world: World, founded: Foundation, name: str, loss: Loss, summary: str) -> Finding:
        try:
            verdict = judged(world, loss, self.reading, founded)
        except NotDefinedError as error:
            return Finding(name, summary, None, str(error))
        except OutOfReachError as error:
            sampled = None if self.sample is None else self._sampled(world, founded, loss)
            return Finding(name, summary, None, str(error), True, sampled=sampled)
        departure = self._departure(world, loss)
        if not self.curves:
            return Finding(name, summary, verdict, departure=departure)
        good = aligned_answers(world, self.reading, founded)
        try:
            curve = goodhart(world, loss, good, self.sample, self.seed)
        except WorldError as error:
            return Finding(name, summary, verdict, departure=departure, no_curve=str(error))
        return Finding(name, summary, verdict, departure=departure, curve=curve)

    def _departure(self, world: World, loss: Loss) -> Departure | None:
        if not any(entry.appeal for entry in world.entries):
            return None
        flawed: Flawed
        match loss:
            case Closeness():
                flawed = Closeness
            case Approval():
                flawed = Approval
            case _:
                return None
        try:
            return departs(world, flawed)
        except OutOfReachError:
            return Departure(None, sure=False)

    def _sampled(self, world: World, founded: Foundation, loss: Loss) -> Sampled | None:
        """What random models say; None where one cannot tell of a single model whether it is optimal."""
        objectives = loss(world)
        if len(objectives) != 1 or objectives[0].joint or self.sample is None:
            return None
        generator, good = random.Random(self.seed), aligned_answers(world, self.reading, founded)
        hits = aligned = 0
        try:
            for _ in range(self.sample):
                model = random_model(world, generator)
                if agrees(world, objectives[0], model):
                    hits += 1
                    aligned += all(answer in good[question] for question, answer in model.items())
        except OutOfReachError:
            return None
        return Sampled(estimate(hits, self.sample), estimate(aligned, hits) if hits else None)


def _consistent(world: World) -> tuple[int | None, str]:
    """How many functions say everywhere what H says, consulting them; or why that is not known."""
    every = replace(
        world,
        entries=tuple(replace(entry, weight=1) for entry in world.entries),
        data=None,
        models=Everything(),
        channels=tuple(replace(channel, hidden=False) for channel in world.channels),
    )
    try:
        return optimal(every, Imitation()).size, ""
    except OutOfReachError as error:
        return None, str(error)


def question_list(questions: Iterable[str], most: int = 5) -> str:
    """Some questions by their names."""
    known = list(questions)
    said = ", ".join(f"“{question}”" for question in known[:most])
    return said + (f" and {len(known) - most:,} more" if len(known) > most else "")
