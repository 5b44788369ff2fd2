"""Experiments as the benchmarks run them, and what is read off their runs."""

from __future__ import annotations

import asyncio
import math
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.harness import Clock, Note
from hch.schemes.supervised import Supervised
from hch.text.files import read_rows
from hch.training.experiment import Experiment
from hch.training.loop import Moment, run
from hch.training.replay_buffer import Replay
from hch.training.run_folder import RunFolder


def supervised(imitation: Experiment) -> Experiment:
    """The same with gold answers.

    Nothing is learned from twice: there are as many fresh instances more as imitation takes samples out of its memory,
    so a step learns from the same number of samples. What H would ask below is drawn from the task as well.
    """
    batches = imitation.batches
    instances = batches.instances * (1 + imitation.replay.batches)
    return replace(
        imitation,
        scheme=Supervised(imitation.task.gold),
        imitated=None,
        replay=Replay(batches=0),
        batches=replace(batches, instances=instances, subquestions=0.0),
    )


@dataclass(frozen=True)
class Ran:
    """A run that came to its end: what results.json and metrics.jsonl hold, and what the process spent on all of it."""

    results: dict[str, Any]
    rows: list[dict[str, Any]]
    clock: Clock

    @property
    def accuracy(self) -> float:
        result: float = self.results["accuracy"]["model"]
        return result

    def reached(self, accuracy: float) -> tuple[float, float]:
        """The steps and the seconds of training at the first of two evaluations in a row that reached it, or never."""
        good = [row["accuracy"]["model"] >= accuracy for row in self.rows]
        for row, now, then in zip(self.rows, good, good[1:], strict=False):
            if now and then:
                return float(row["step"]), float(row["seconds"])
        return math.inf, math.inf


def until(trained: Experiment, accuracy: float) -> Experiment:
    """The same, ended once two evaluations in a row have reached an accuracy."""
    return replace(trained, evaluation=replace(trained.evaluation, enough=(1 + accuracy) / 2, in_a_row=2))


def train(trained: Experiment, note: Note, what: str) -> Ran:
    """Carries an experiment out in a folder that is thrown away. Raises KeyboardInterrupt if somebody interrupts."""

    def watch(moment: Moment) -> None:
        accuracy = moment.row.get("accuracy", {}).get("model")
        seen = "" if accuracy is None else f", {accuracy:.1%} right"
        note(f"{what}: step {moment.step}{seen}")

    clock = Clock()
    with tempfile.TemporaryDirectory() as place, RunFolder.new(Path(place) / "run") as folder:
        with clock.running():
            results = asyncio.run(run(trained, folder, watch))
        rows = read_rows(folder.metrics) if folder.metrics.exists() else []
    if results["status"] == "stopped":
        raise KeyboardInterrupt
    assert results["status"] == "done", results
    return Ran(results, rows, clock)
