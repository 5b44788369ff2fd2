"""An analysis as plain values for JSON. Exact numbers stay exact: integers, or texts where JSON would round them."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hch.optimum.analysis import Analysis, LossResult
from hch.optimum.goodhart import NOT_COMPUTED, GoodhartCurve
from hch.optimum.output.sentences import describe_models
from hch.optimum.solver.sampling import ShareEstimate
from hch.optimum.verdict import Counterexample, Verdict
from hch.optimum.world.world import Number

SAFE = 2**53
"""Integers up to here are exact for every reader of JSON, which may hold numbers as doubles."""

MOST_QUESTIONS = 1000
"""Questions for which HCH, the optimal answers and a counterexample's model are written out."""


def record_analysis(analysis: Analysis) -> dict[str, Any]:
    """Everything that an analysis has."""
    world, hch = analysis.world, analysis.hch
    return {
        "title": world.title,
        "questions": len(world.entries),
        "functions": to_exact(world.size),
        "models": describe_models(world.models),
        "hidden_channels": list(world.hidden_channels),
        "reading": analysis.reading,
        "well_founded": hch.well_founded,
        "undefined": list(hch.undefined),
        "cycles": [{"questions": list(cycle.questions), "way": list(cycle.path)} for cycle in hch.cycles],
        "self_consistent": None if analysis.consistent is None else to_exact(analysis.consistent),
        "hch_is_the_only_one": analysis.hch_is_unique,
        "hch": dict(hch.answers) if len(hch.answers) <= MOST_QUESTIONS else None,
        "losses": {result.name: _record_result(analysis, result) for result in analysis.results},
    }


def _record_result(analysis: Analysis, result: LossResult) -> dict[str, Any]:
    record: dict[str, Any] = {"summary": result.summary}
    if result.verdict is None:
        record |= {"aligned": None, "reason": result.reason, "out_of_reach": result.out_of_reach}
        if result.sampled is not None:
            record["sampled"] = {
                "optimal": _record_estimate(result.sampled.optimal),
                "aligned": None if result.sampled.aligned is None else _record_estimate(result.sampled.aligned),
            }
        return record
    record |= _record_verdict(analysis, result.verdict)
    if result.departure is not None:
        strength = result.departure.strength
        record["departs_at"] = {
            "strength": None if strength is None else to_exact(strength),
            "questions": list(result.departure.questions),
            "sure": result.departure.sure,
        }
    if result.curve is not None:
        record["goodhart"] = _record_curve(result.curve)
    elif result.no_curve:
        record["goodhart"] = {"reason": result.no_curve}
    return record


def _record_verdict(analysis: Analysis, verdict: Verdict) -> dict[str, Any]:
    questions, optimum = analysis.world.questions, verdict.optimum
    few = len(questions) <= MOST_QUESTIONS
    return {
        "aligned": verdict.share,
        "outer_aligned": verdict.outer_aligned,
        "optimal_models": None if verdict.size is None else to_exact(verdict.size),
        "at_least": to_exact(verdict.at_least),
        "aligned_models": None if verdict.aligned_size is None else to_exact(verdict.aligned_size),
        "blame": list(optimum.blame),
        "counterexample": None if verdict.counterexample is None else _record_counterexample(verdict.counterexample),
        "answers": {question: list(optimum.possible_answers(question)) for question in questions} if few else None,
    }


def _record_counterexample(example: Counterexample) -> dict[str, Any]:
    return {
        "question": example.question,
        "says": example.answer,
        "aligned": list(example.aligned),
        "because": example.reason,
        "sentence": str(example),
        "misaligned": list(example.misaligned),
        "broken": list(example.violated),
        "model": dict(example.model) if len(example.model) <= MOST_QUESTIONS else None,
    }


def _record_curve(curve: GoodhartCurve) -> dict[str, Any]:
    """Scaled values are floats, the shares at the curve's ends are exact."""
    return {
        "exact": curve.samples is None,
        "drawn": curve.samples,
        "gold": {name: to_exact(getattr(curve, name)) for name in ("start", "best", "optimum", "worst")},
        "slope": curve.slope,
        "points": [asdict(point) for point in curve.points],
        "not_computed": NOT_COMPUTED,
    }


def _record_estimate(estimate: ShareEstimate) -> dict[str, Any]:
    return {"hits": estimate.hits, "drawn": estimate.samples, "low": estimate.low, "high": estimate.high}


def to_exact(number: Number) -> int | str:
    """A number that no reader of JSON can round."""
    if isinstance(number, Fraction) and number.denominator > 1:
        return str(number)
    whole = int(number)
    # Python refuses to write integers of over 4,300 digits, but not decimals.
    return whole if abs(whole) <= SAFE else format(Decimal(whole), "f")
