"""An analysis in sentences: the same on a terminal and on a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hch.optimum.analysis import Analysis, LossResult
from hch.optimum.flaw_strength import Departure
from hch.optimum.goodhart import GoodhartCurve
from hch.optimum.solver.sampling import ShareEstimate
from hch.optimum.world.errors import format_integer
from hch.optimum.world.world import LimitedModels, ListedModels, ModelClass, World

SHARES = {
    "all": "all: outer aligned",
    "some": "some",
    "none": "none",
    "no model": "no model is optimal",
}


def list_questions(questions: Iterable[str], most: int = 5) -> str:
    """The first few questions in quotation marks, and the number of the others."""
    known = list(questions)
    quoted = ", ".join(f"“{question}”" for question in known[:most])
    return quoted + (f" and {len(known) - most:,} more" if len(known) > most else "")


def describe_models(models: ModelClass) -> str:
    """The model class, as a noun phrase."""
    match models:
        case LimitedModels(answers=most):
            return f"functions with at most {most} distinct answer{'s' if most > 1 else ''}"
        case ListedModels(models=listed):
            return f"a list of {len(listed):,}"
        case _:
            return "all functions"


def describe_world(world: World) -> str:
    """The size of a world, and what the loss does not see of it."""
    count, size = len(world.entries), format_integer(world.size)
    parts = [
        f"{count:,} question{'s' if count > 1 else ''}",
        f"models: {describe_models(world.models)} ({size} functions in all)",
    ]
    if world.hidden_channels:
        parts.append(f"the loss does not look at {' and '.join(f'“{name}”' for name in world.hidden_channels)}")
    if world.data is not None:
        parts.append(f"trained on: {list_questions(q for q in world.questions if q in world.data)}")
    unweighted = [entry.question for entry in world.entries if entry.weight == 0]
    if unweighted:
        parts.append(f"weight 0: {list_questions(unweighted)}")
    return "; ".join(parts)


def describe_hch(analysis: Analysis) -> str:
    """Whether H is well-founded, which cycles prevent it if not, and how many models agree with H."""
    hch, count = analysis.hch, analysis.consistent
    if hch.well_founded:
        passes = sum(answer is None for answer in hch.answers.values())
        start = f"H is well-founded, and passes on {passes:,}" if passes else "H is well-founded"
    else:
        cycles = "; ".join(map(str, hch.cycles[:3]))
        more = f"; and {len(hch.cycles) - 3:,} more" if len(hch.cycles) > 3 else ""
        start = f"H is not well-founded: questions lead back to themselves ({cycles}{more})"
    if count is None:
        return f"{start}. How many models agree with H everywhere is not known: {analysis.consistent_unknown}."
    if analysis.hch_is_unique:
        return f"{start}: HCH is the only model that agrees with H everywhere."
    if count == 0:
        return f"{start}. No model agrees with H everywhere."
    agree = "1 model agrees" if count == 1 else f"{format_integer(count)} models agree"
    return f"{start}. {agree} with H everywhere."


def format_size(result: LossResult) -> str:
    """The number of optimal models."""
    if result.verdict is None:
        return "out of reach" if result.out_of_reach else "not defined"
    size = result.verdict.size
    return f"at least {format_integer(result.verdict.at_least)}" if size is None else format_integer(size)


def format_aligned_share(result: LossResult) -> str:
    """Which share of the optimal models is aligned."""
    if result.verdict is None:
        return "–"
    share, count = result.verdict.share, result.verdict.aligned_size
    return f"some: {format_integer(count)}" if share == "some" and count is not None else SHARES[share]


def list_notes(result: LossResult) -> Iterator[str]:
    """What else a result says, in sentences without a capital, to follow the name of the loss."""
    verdict = result.verdict
    if verdict is None:
        yield f"{result.reason}."
        if result.sampled is not None:
            yield f"of random models, {format_estimate(result.sampled.optimal)} are optimal."
            if result.sampled.aligned is not None:
                yield f"of the optimal ones among them, {format_estimate(result.sampled.aligned)} are aligned."
        return
    if verdict.share == "no model":
        blame = list_questions(verdict.optimum.blame)
        yield f"every model disagrees with its own target somewhere in {blame}." if blame else "no reward fits."
    if verdict.counterexample is not None:
        yield f"{verdict.counterexample}."
    if result.departure is not None:
        yield describe_departure(result.departure)


def describe_departure(departure: Departure) -> str:
    """The strength of the flaw from which on the optimum is another."""
    strength, questions = departure.strength, list_questions(departure.questions)
    if strength is None:
        unknown = "the strength from which the flaw changes the optimum is not known."
        return "at no strength of the flaw does the optimum change." if departure.sure else unknown
    if not strength:
        return f"any flaw, however weak, changes the optimum (on {questions})."
    where = f" (on {questions})" if departure.questions else ""
    return f"the optimum is the same for every flaw weaker than {strength}, and another from there on{where}."


def format_estimate(estimate: ShareEstimate) -> str:
    """A share as its confidence interval, with what it was estimated from."""
    counts = f"{estimate.hits:,} of {estimate.samples:,}; 95% confidence"
    return f"{estimate.low:.2%} to {estimate.high:.2%} ({counts})"


def describe_curve(curve: GoodhartCurve) -> str:
    """Gold at both ends of a curve."""
    return (
        f"Gold: {float(curve.start):.1%} of questions at random, {float(curve.optimum):.1%} at the proxy's optimum on "
        f"average, {float(curve.worst):.1%} in the worst case there, {float(curve.best):.1%} at best."
    )


def tabulate_curve(curve: GoodhartCurve) -> list[list[str]]:
    """The curve as the rows of a table: n, proxy, gold, their gap, and its three parts."""
    rows = []
    for point in curve.points:
        values = (point.proxy, point.gold, point.proxy - point.gold, point.broken, point.noise, point.tail)
        # Adding 0 turns the -0.0 of a small negative number into 0.0.
        rows.append([f"{point.n:,}", *(f"{round(value, 3) + 0:.3f}" for value in values)])
    return rows
