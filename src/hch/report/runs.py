"""A run's folder, read for the report, and the columns of a table of runs. A missing number is None, or a dash."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from hch.text.display import UNKNOWN, count, duration, percent
from hch.text.files import RunError, read_json

UNFINISHED = "unfinished"
"""The status of a run without results: it is still going on, or was killed."""


class ConsultationRecord(msgspec.Struct):
    """A consultation in transcripts.jsonl; ``transcript`` is the index, in the same line, of the answerer's own one."""

    question: str
    answer: str = ""
    outcome: str = ""
    by: str = ""
    reason: str = ""
    confidence: float | None = 1.0
    transcript: int | None = None


class TranscriptRecord(msgspec.Struct):
    """A transcript in transcripts.jsonl."""

    question: str
    context: str
    rounds: list[list[ConsultationRecord]]
    outcome: str
    by: str = ""
    text: str = ""
    reason: str = ""

    def consultations(self) -> list[ConsultationRecord]:
        return [consultation for round_ in self.rounds for consultation in round_]


class Tree(msgspec.Struct):
    """A line of transcripts.jsonl: the transcripts of a tree, the root first, and the facts of their contexts by id."""

    transcripts: list[TranscriptRecord]
    contexts: dict[str, list[str]] = {}


@dataclass(frozen=True)
class Run:
    """The records of a run; ``rows`` are its evaluations, from first to last."""

    path: Path
    experiment: dict[str, Any]
    rows: list[dict[str, Any]]
    results: dict[str, Any]
    trees: list[Tree]

    @property
    def status(self) -> str:
        """``done``, ``stopped``, ``failed`` or UNFINISHED. Results older than the last evaluation do not count."""
        if not self.results or (self.number("steps", of=self.results) or 0) < (self.number("step") or 0):
            return UNFINISHED
        return str(self.results.get("status", UNFINISHED))

    @property
    def final(self) -> dict[str, Any]:
        """The results; before there are any, the last evaluation; empty where there is neither."""
        if self.status == UNFINISHED:
            return self.rows[-1] if self.rows else {}
        return self.results

    @property
    def scheme(self) -> str:
        """The name of the training scheme."""
        settings = self.experiment.get("settings", {}).get("scheme") or {}
        return str(self.results.get("scheme") or settings.get("name") or settings.get("type") or "unknown")

    def number(self, *keys: str, of: dict[str, Any] | None = None) -> float | None:
        """The number under these nested keys of a row (by default the last), None where there is none."""
        value: Any = of if of is not None else (self.rows[-1] if self.rows else {})
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def series(self, *keys: str) -> list[float | None]:
        """The numbers under these keys at each evaluation."""
        return [self.number(*keys, of=row) for row in self.rows]


def read_run(path: Path, *, trees: bool = True) -> Run:
    """The run in a folder, with its transcript ``trees`` or without them: they are most of its size.

    Raises RunError where there is none, or where a file of it cannot be read.
    """
    if not (path / "experiment.json").is_file():
        raise RunError(f"{path} is not a run: it has no experiment.json. A run is what hch train --out makes")
    results = path / "results.json"
    return Run(
        path,
        _read_object(path / "experiment.json"),
        _read_lines(path / "metrics.jsonl", dict[str, Any]),
        _read_object(results) if results.exists() else {},
        _read_lines(path / "transcripts.jsonl", Tree) if trees else [],
    )


def label_runs(runs: Sequence[Run]) -> list[str]:
    """A short unique name for each run: its scheme if that is enough, else with its seed, else its folder."""
    for names in (
        [run.scheme for run in runs],
        [f"{run.scheme}, seed {run.experiment.get('seed')}" for run in runs],
        [run.path.name for run in runs],
    ):
        if len(set(names)) == len(runs):
            return names
    return [str(run.path) for run in runs]


def _read_object(path: Path) -> dict[str, Any]:
    value = read_json(path)
    if not isinstance(value, dict):
        raise RunError(f"{path} is not a run's: expected an object, got {type(value).__name__}")
    return value


def _read_lines(path: Path, kind: Any) -> list[Any]:
    """The lines of a file, none where there is no file; a last line that was cut short is left out."""
    if not path.exists():
        return []
    records = []
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], 1):
        try:
            records.append(msgspec.json.decode(line, type=kind))
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise RunError(f"{path}, line {number}, cannot be read: {error}") from error
    return records


@dataclass(frozen=True)
class Column:
    """A column of a table of runs: its heading, and a run's cell."""

    heading: str
    of: Callable[[Run], str]


def _make_share(heading: str, *keys: str) -> Column:
    return Column(heading, lambda run: percent(run.number(*keys, of=run.final)))


def _make_count(heading: str, *keys: str) -> Column:
    return Column(heading, lambda run: count(run.number(*keys, of=run.final)))


def _get_first(run: Run, *keys: str) -> float | None:
    """The first of these keys that the run has: results and evaluations have different names for some numbers."""
    return next((number for key in keys if (number := run.number(key, of=run.final)) is not None), None)


COLUMNS: Mapping[str, Column] = {
    "scheme": Column("scheme", lambda run: run.scheme),
    "seed": Column("seed", lambda run: str(run.experiment.get("seed", UNKNOWN))),
    "status": Column("status", lambda run: run.status),
    "model": _make_share("model", "accuracy", "model"),
    "amplified": _make_share("H + model", "accuracy", "amplified"),
    "hch": _make_share("HCH", "accuracy", "hch"),
    "alone": _make_share("H alone", "accuracy", "alone"),
    "agreement": _make_share("as HCH", "agreement_with_hch"),
    "steps": Column("steps", lambda run: count(_get_first(run, "steps", "step"))),
    "seconds": Column("training", lambda run: duration(_get_first(run, "training_seconds", "seconds"))),
    "wall_seconds": Column("in all", lambda run: duration(run.number("wall_seconds", of=run.final))),
    "questions": _make_count("questions", "questions_seen"),
    "human_actions": _make_count("human actions", "human_actions"),
    "transcripts": _make_count("transcripts", "human_transcripts"),
    "consultations": _make_count("consultations", "consultations"),
    "unanswered": _make_count("unanswered", "unanswered"),
    "restored": _make_count("restored", "restored"),
}
"""By the name that --columns takes."""

USUAL = ("scheme", "seed", "status", "model", "amplified", "agreement", "steps", "seconds", "human_actions")
