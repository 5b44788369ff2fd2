"""What was found of a world as plain values, for JSON: exact numbers stay exact, as whole numbers or as texts."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hch.optimum.analysis import Analysis, Finding, Sampled
from hch.optimum.goodhart import NOT_COMPUTED, Goodhart
from hch.optimum.verdict import Counterexample, Verdict
from hch.optimum.world.world import Limited, Listed, ModelClass, Number

SAFE = 2**53
"""Whole numbers up to here are the same to every reader of JSON; larger ones are texts of their digits."""

MOST_QUESTIONS = 1000
"""Questions whose optimal answers are listed; a larger world has only those with a misaligned one."""


def examined(examination: Analysis) -> dict[str, Any]:
    """All that was found of a world."""
    world, founded = examination.world, examination.founded
    return {
        "title": world.title,
        "questions": len(world.entries),
        "functions": exact(world.size),
        "models": model_class(world.models),
        "hidden_channels": list(world.hidden),
        "reading": examination.reading,
        "well_founded": founded.well_founded,
        "undefined": list(founded.undefined),
        "cycles": [{"questions": list(c.questions), "way": list(c.way)} for c in founded.cycles],
        "self_consistent": None if examination.consistent is None else exact(examination.consistent),
        "hch_is_the_only_one": examination.hch_is_the_only_one,
        "hch": dict(founded.hch) if len(founded.hch) <= MOST_QUESTIONS else None,
        "losses": {finding.name: found(examination, finding) for finding in examination.findings},
    }


def found(examination: Analysis, finding: Finding) -> dict[str, Any]:
    """What was found of one loss."""
    record: dict[str, Any] = {"summary": finding.summary}
    if finding.verdict is None:
        record |= {"aligned": None, "reason": finding.reason, "out_of_reach": finding.reach}
        if finding.sampled is not None:
            record["sampled"] = sampled(finding.sampled)
        return record
    record |= judged(examination, finding.verdict)
    if finding.departure is not None:
        strength = finding.departure.strength
        record["departs_at"] = {
            "strength": None if strength is None else exact(strength),
            "questions": list(finding.departure.questions),
            "sure": finding.departure.sure,
        }
    if finding.curve is not None:
        record["goodhart"] = curve(finding.curve)
    elif finding.no_curve:
        record["goodhart"] = {"reason": finding.no_curve}
    return record


def judged(examination: Analysis, verdict: Verdict) -> dict[str, Any]:
    """A verdict, with the optimal answers to each question."""
    questions = examination.world.questions
    example = verdict.counterexample
    return {
        "aligned": verdict.share,
        "outer_aligned": verdict.outer_aligned,
        "optimal_models": None if verdict.size is None else exact(verdict.size),
        "at_least": exact(verdict.at_least),
        "aligned_models": None if verdict.aligned_size is None else exact(verdict.aligned_size),
        "blame": list(verdict.optimum.blame),
        "counterexample": None if example is None else counterexample(example),
        "answers": (
            {question: list(verdict.optimum.possible(question)) for question in questions}
            if len(questions) <= MOST_QUESTIONS
            else None
        ),
    }


def counterexample(example: Counterexample) -> dict[str, Any]:
    """A counterexample; its model only where that is not too long."""
    return {
        "question": example.question,
        "says": example.says,
        "aligned": list(example.aligned),
        "because": example.because,
        "sentence": str(example),
        "misaligned": list(example.misaligned),
        "broken": list(example.broken),
        "model": dict(example.model) if len(example.model) <= MOST_QUESTIONS else None,
    }


def curve(goodhart: Goodhart) -> dict[str, Any]:
    """Goodhart's curve: what is on scales is a float, shares at its ends are exact."""
    return {
        "exact": goodhart.drawn is None,
        "drawn": goodhart.drawn,
        "gold": {name: exact(getattr(goodhart, name)) for name in ("start", "best", "optimum", "worst")},
        "slope": goodhart.slope,
        "points": [asdict(point) for point in goodhart.points],
        "not_computed": NOT_COMPUTED,
    }


def sampled(sample: Sampled) -> dict[str, Any]:
    """What a sample said."""
    return {
        "optimal": asdict(sample.optimal),
        "aligned": None if sample.aligned is None else asdict(sample.aligned),
    }


def exact(number: Number) -> int | str:
    """A number that no reader of JSON can round."""
    if isinstance(number, Fraction) and number.denominator > 1:
        return str(number)
    whole = int(number)
    # Python writes no more than some thousand digits of a whole number, and any number of a decimal.
    return whole if abs(whole) <= SAFE else format(Decimal(whole), "f")


def model_class(models: ModelClass) -> str:
    """The model class in words."""
    match models:
        case Limited(answers=most):
            return f"functions with at most {most} distinct answer{'s' if most > 1 else ''}"
        case Listed(models=listed):
            return f"a list of {len(listed):,}"
        case _:
            return "all functions"
