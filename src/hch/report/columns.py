"""The columns of the table of runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hch.report.reading import Run
from hch.text.display import UNKNOWN, count, duration, percent


@dataclass(frozen=True)
class Column:
    """A column of the table of runs: its heading, and what a run has there."""

    heading: str
    of: Callable[[Run], str]


def _share(heading: str, *keys: str) -> Column:
    return Column(heading, lambda run: percent(run.number(*keys, of=run.final)))


def _count(heading: str, *keys: str) -> Column:
    return Column(heading, lambda run: count(run.number(*keys, of=run.final)))


COLUMNS: Mapping[str, Column] = {
    "scheme": Column("scheme", lambda run: run.scheme),
    "seed": Column("seed", lambda run: str(run.experiment.get("seed", UNKNOWN))),
    "status": Column("status", lambda run: run.status),
    "model": _share("model", "accuracy", "model"),
    "amplified": _share("H + model", "accuracy", "amplified"),
    "hch": _share("HCH", "accuracy", "hch"),
    "alone": _share("H alone", "accuracy", "alone"),
    "agreement": _share("as HCH", "agreement_with_hch"),
    "steps": Column("steps", lambda run: count(_first(run, "steps", "step"))),
    "seconds": Column("training", lambda run: duration(_first(run, "training_seconds", "seconds"))),
    "wall_seconds": Column("in all", lambda run: duration(run.number("wall_seconds", of=run.final))),
    "questions": _count("questions", "questions_seen"),
    "human_actions": _count("human actions", "human_actions"),
    "transcripts": _count("transcripts", "human_transcripts"),
    "consultations": _count("consultations", "consultations"),
    "unanswered": _count("unanswered", "unanswered"),
    "restored": _count("restored", "restored"),
}
"""By the name that --columns knows."""

USUAL = ("scheme", "seed", "status", "model", "amplified", "agreement", "steps", "seconds", "human_actions")


def _first(run: Run, *keys: str) -> float | None:
    """The first of these that the run has: its results and its evaluations have different names for some."""
    return next((n for key in keys if (n := run.number(key, of=run.final)) is not None), None)
