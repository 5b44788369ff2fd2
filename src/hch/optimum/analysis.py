"""The analysis of a world: whether H is well-founded, and whether the optimum of each loss is aligned."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hch.optimum.flaw_strength import Departure, FlawedLoss, find_departure
from hch.optimum.goodhart import GoodhartCurve, compute_goodhart_curve
from hch.optimum.losses.approval import Approval
from hch.optimum.losses.closeness import Closeness
from hch.optimum.losses.imitation import Imitation
from hch.optimum.losses.objective import Loss
from hch.optimum.solver.optimal import find_optimal
from hch.optimum.solver.sampling import ShareEstimate, estimate_share, is_fixed_point, sample_model
from hch.optimum.verdict import Reading, Verdict, find_aligned_answers, judge_loss
from hch.optimum.world.errors import NotDefinedError, OutOfReachError, WorldError
from hch.optimum.world.fixed_point import HCHSolution, solve_hch
from hch.optimum.world.world import AllFunctions, World


@dataclass(frozen=True)
class SampledOptimum:
    """An estimate of an optimum that is out of reach: the share of random models that are optimal.

    ``aligned`` is the share of aligned ones among those; None where the sample has no optimal model.
    """

    optimal: ShareEstimate
    aligned: ShareEstimate | None


@dataclass(frozen=True)
class LossResult:
    """The result for one loss: a verdict, or the ``reason`` why there is none.

    ``out_of_reach`` is True where the reason is only the amount of work. ``departure`` is the strength at which a
    flawed loss departs from the same without the flaw; None for losses without one. Where a curve was wanted there is
    one, or in ``no_curve`` the reason why not.
    """

    name: str
    summary: str
    verdict: Verdict | None
    reason: str = ""
    out_of_reach: bool = False
    departure: Departure | None = None
    curve: GoodhartCurve | None = None
    no_curve: str = ""
    sampled: SampledOptimum | None = None


@dataclass(frozen=True)
class Analysis:
    """A world with its results.

    ``consistent`` is the number of models that agree with H everywhere; None, with the reason, where it is unknown.
    """

    world: World
    reading: Reading
    hch: HCHSolution
    consistent: int | None
    consistent_unknown: str
    results: tuple[LossResult, ...]

    @property
    def hch_is_unique(self) -> bool:
        """Whether HCH is defined everywhere, and no other model agrees with H."""
        return self.hch.well_founded and self.consistent == 1


@dataclass(frozen=True)
class Analyse:
    """Analyses a world. ``curves`` asks for Goodhart's curves, ``sample`` is how many random models may be used."""

    reading: Reading = "right"
    curves: bool = False
    sample: int | None = None
    seed: int = 0

    def __call__(self, world: World, losses: Mapping[str, tuple[Loss, str]], /) -> Analysis:
        """The results for these losses, given by name as the loss with its summary."""
        hch = solve_hch(world)
        consistent, unknown = _count_consistent(world)
        results = tuple(self._analyse_loss(world, hch, name, *loss) for name, loss in losses.items())
        return Analysis(world, self.reading, hch, consistent, unknown, results)

    def _analyse_loss(self, world: World, hch: HCHSolution, name: str, loss: Loss, summary: str) -> LossResult:
        try:
            verdict = judge_loss(world, loss, self.reading, hch)
        except NotDefinedError as error:
            return LossResult(name, summary, None, str(error))
        except OutOfReachError as error:
            sampled = None if self.sample is None else self._estimate(world, hch, loss, self.sample)
            return LossResult(name, summary, None, str(error), out_of_reach=True, sampled=sampled)
        result = LossResult(name, summary, verdict, departure=_find_departure(world, loss))
        if not self.curves:
            return result
        aligned = find_aligned_answers(world, self.reading, hch)
        try:
            return replace(result, curve=compute_goodhart_curve(world, loss, aligned, self.sample, self.seed))
        except WorldError as error:
            return replace(result, no_curve=str(error))

    def _estimate(self, world: World, hch: HCHSolution, loss: Loss, samples: int) -> SampledOptimum | None:
        """The estimate from random models; None where a single model cannot be tested for being optimal."""
        objectives = loss(world)
        if len(objectives) != 1 or objectives[0].joint:
            return None
        generator, good = random.Random(self.seed), find_aligned_answers(world, self.reading, hch)
        optimal = aligned = 0
        try:
            for _ in range(samples):
                model = sample_model(world, generator)
                if is_fixed_point(world, objectives[0], model):
                    optimal += 1
                    aligned += all(answer in good[question] for question, answer in model.items())
        except OutOfReachError:
            return None
        return SampledOptimum(estimate_share(optimal, samples), estimate_share(aligned, optimal) if optimal else None)


def _find_departure(world: World, loss: Loss) -> Departure | None:
    if not any(entry.appeal for entry in world.entries):
        return None
    flawed: FlawedLoss
    match loss:
        case Closeness():
            flawed = Closeness
        case Approval():
            flawed = Approval
        case _:
            return None
    try:
        return find_departure(world, flawed)
    except OutOfReachError:
        return Departure(None, sure=False)


def _count_consistent(world: World) -> tuple[int | None, str]:
    """How many functions say everywhere what H says, consulting them; or None and the reason.

    They are the optimum of imitation where the loss sees every question and every channel.
    """
    visible = replace(
        world,
        entries=tuple(replace(entry, weight=1) for entry in world.entries),
        data=None,
        models=AllFunctions(),
        channels=tuple(replace(channel, hidden=False) for channel in world.channels),
    )
    try:
        return find_optimal(visible, Imitation()).size, ""
    except OutOfReachError as error:
        return None, str(error)
