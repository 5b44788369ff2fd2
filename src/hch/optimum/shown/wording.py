"""What was found of a world in sentences: the same on a terminal and on a page."""

from __future__ import annotations

from collections.abc import Iterator

from hch.optimum.analysis import Analysis, Finding, question_list
from hch.optimum.shown.as_json import model_class
from hch.optimum.solver.sampling import Estimate
from hch.optimum.world.errors import amount
from hch.optimum.world.world import World

VERDICTS = {
    "all": "all: outer aligned",
    "some": "some",
    "none": "none",
    "no model": "no model is optimal",
}


def summary(world: World) -> str:
    """How large a world is."""
    count = len(world.entries)
    parts = [f"{count:,} question{'s' if count > 1 else ''}", f"models: {model_class(world.models)}"]
    parts[1] += f" ({amount(world.size)} functions in all)"
    if world.hidden:
        parts.append(f"the loss does not look at {' and '.join(f'“{name}”' for name in world.hidden)}")
    if world.data is not None:
        parts.append(f"learned from: {question_list(q for q in world.questions if q in world.data)}")
    unweighted = [entry.question for entry in world.entries if entry.weight == 0]
    if unweighted:
        parts.append(f"weight 0: {question_list(unweighted)}")
    return "; ".join(parts)


def founded_sentence(examination: Analysis) -> str:
    """Whether H is well-founded, which questions are to blame if not, and how many models agree with it."""
    founded, count = examination.founded, examination.consistent
    if founded.well_founded:
        passes = sum(answer is None for answer in founded.hch.values())
        begin = f"H is well-founded, and passes on {passes:,}" if passes else "H is well-founded"
    else:
        ways = "; ".join(str(cycle) for cycle in founded.cycles[:3])
        more = f"; and {len(founded.cycles) - 3:,} more" if len(founded.cycles) > 3 else ""
        begin = f"H is not well-founded: questions lead back to themselves ({ways}{more})"
    if count is None:
        return f"{begin}. How many models agree with H everywhere is not known: {examination.why_not}."
    if examination.hch_is_the_only_one:
        return f"{begin}: HCH is the only model that agrees with H everywhere."
    if count == 0:
        return f"{begin}. No model agrees with H everywhere."
    agree = "1 model agrees" if count == 1 else f"{amount(count)} models agree"
    return f"{begin}. {agree} with H everywhere."


def size_of(finding: Finding) -> str:
    """How many models are optimal."""
    if finding.verdict is None:
        return "out of reach" if finding.reach else "not defined"
    size = finding.verdict.size
    return f"at least {amount(finding.verdict.at_least)}" if size is None else amount(size)


def aligned_part(finding: Finding) -> str:
    """Which part of them is aligned."""
    if finding.verdict is None:
        return "–"
    share, count = finding.verdict.share, finding.verdict.aligned_size
    if share == "some" and count is not None:
        return f"some: {amount(count)}"
    return VERDICTS[share]


def notes(finding: Finding) -> Iterator[str]:
    """What else there is to say of a loss, a sentence each."""
    if finding.verdict is None:
        yield f"{finding.reason}."
        if finding.sampled is not None:
            yield f"of random models, {between(finding.sampled.optimal)} are optimal."
            if finding.sampled.aligned is not None:
                yield f"of the optimal ones among them, {between(finding.sampled.aligned)} are aligned."
        return
    verdict = finding.verdict
    if verdict.share == "no model":
        blame = question_list(verdict.optimum.blame)
        yield f"whatever a model says, on some of {blame} it disagrees with itself." if blame else "nothing fits."
    if verdict.counterexample is not None:
        yield f"{verdict.counterexample}."
    if finding.departure is not None:
        yield departure(finding)


def departure(finding: Finding) -> str:
    """At which strength the flaw changes the optimum."""
    found = finding.departure
    assert found is not None, "there is a flaw"
    if found.strength is None:
        return (
            "at no strength of the flaw does the optimum change."
            if found.sure
            else "when the flaw begins is not known."
        )
    if not found.strength:
        return f"any flaw, however weak, changes the optimum (on {question_list(found.questions)})."
    where = f" (on {question_list(found.questions)})" if found.questions else ""
    return f"the optimum is the same for every flaw weaker than {found.strength}, and another from there on{where}."


def between(estimate: Estimate) -> str:
    """A share with its interval."""
    counted = f"{estimate.hits:,} of {estimate.drawn:,}; such an interval is right 95 times out of 100"
    return f"{estimate.low:.2%} to {estimate.high:.2%} ({counted})"
