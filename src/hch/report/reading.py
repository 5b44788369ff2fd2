"""What a run's folder says, read for the report. Whatever is not there yet, or is no number, is None."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from hch.text.files import RunError, read_json

UNFINISHED = "unfinished"
"""The status of a run that has no results: it goes on now, or was killed."""


class ConsultationRecord(msgspec.Struct):
    """A consultation as transcripts.jsonl has it; ``transcript`` is the number of the one below, in the same line."""

    question: str
    answer: str = ""
    outcome: str = ""
    by: str = ""
    reason: str = ""
    confidence: float | None = 1.0
    transcript: int | None = None


class TranscriptRecord(msgspec.Struct):
    """A transcript as transcripts.jsonl has it."""

    question: str
    context: str
    rounds: list[list[ConsultationRecord]]
    outcome: str
    by: str = ""
    text: str = ""
    reason: str = ""


class Tree(msgspec.Struct):
    """A line of transcripts.jsonl: the transcripts of a tree, the root first, and the facts that they are about."""

    transcripts: list[TranscriptRecord]
    contexts: dict[str, list[str]] = {}


@dataclass(frozen=True)
class Run:
    """A run as its folder has it; ``rows`` are its evaluations, from first to last."""

    path: Path
    experiment: dict[str, Any]
    rows: list[dict[str, Any]]
    results: dict[str, Any]
    trees: list[Tree]

    @property
    def status(self) -> str:
        """``done``, ``stopped``, ``failed`` or UNFINISHED. Results from before the run went on are not its results."""
        if not self.results or (self.number("steps", of=self.results) or 0) < (self.number("step") or 0):
            return UNFINISHED
        return str(self.results.get("status", UNFINISHED))

    @property
    def final(self) -> dict[str, Any]:
        """The results; where there are none yet, the last evaluation; empty where there is none of either."""
        if self.status == UNFINISHED:
            return self.rows[-1] if self.rows else {}
        return self.results

    @property
    def scheme(self) -> str:
        """What the model learned from."""
        settings = self.experiment.get("settings", {}).get("scheme") or {}
        return str(self.results.get("scheme") or settings.get("name") or settings.get("type") or "unknown")

    def number(self, *keys: str, of: dict[str, Any] | None = None) -> float | None:
        """The number under these keys in a row (the last, unless another is given), None where there is none."""
        value: Any = of if of is not None else (self.rows[-1] if self.rows else {})
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def read_run(path: Path, *, trees: bool = True) -> Run:
    """The run in a folder, with its ``trees`` or without them: they are by far the most of it.

    Raises RunError where there is none, or where a file of it cannot be read.
    """
    if not (path / "experiment.json").is_file():
        raise RunError(f"{path} is not a run: it has no experiment.json. A run is what hch train --out makes")
    results = path / "results.json"
    return Run(
        path,
        _table(read_json(path / "experiment.json"), path / "experiment.json"),
        _lines(path / "metrics.jsonl", dict[str, Any]),
        _table(read_json(results), results) if results.exists() else {},
        _lines(path / "transcripts.jsonl", Tree) if trees else [],
    )


def labels(runs: Sequence[Run]) -> list[str]:
    """A short name for each run, different from all others: its scheme if that is enough, else its seed, its folder."""
    ways = (
        [run.scheme for run in runs],
        [f"{run.scheme}, seed {run.experiment.get('seed')}" for run in runs],
        [run.path.name for run in runs],
    )
    for names in ways:
        if len(set(names)) == len(runs):
            return names
    return [str(run.path) for run in runs]


def _table(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RunError(f"{path} is not a run's: expected an object, got {type(value).__name__}")
    return value


def _lines(path: Path, kind: Any) -> list[Any]:
    """The lines of a file, none where there is no file; a last line that was cut short is left out."""
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], 1):
        try:
            found.append(msgspec.json.decode(line, type=kind))
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise RunError(f"{path}, line {number}, cannot be read: {error}") from error
    return found
