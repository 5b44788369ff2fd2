"""One step of imitation beside one of supervised learning, with the same model, in turn in one process.

A step of imitation draws questions, has H answer them while consulting the EMA model, and learns from the answers and
from some of those of earlier steps; a supervised one learns from gold answers to as many questions as there are samples
in that, all of them fresh, and chooses none. Blocks of steps alternate, and each ratio is one of neighbours.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from benchmarks.harness import Clock, Figure, Note, Times, ratios, scaled
from benchmarks.training import supervised
from hch.experiments import load
from hch.humans.scripted import Scripted
from hch.models.device import prepare
from hch.models.reader.learner import ReaderLearner, Step
from hch.training.experiment import Experiment
from hch.training.loop import Loop
from hch.training.prioritized_sampling import PrioritizedSampling
from hch.training.process import rare_collections
from hch.training.run_folder import RunFolder
from hch.training.state import State
from hch.training.widths import widths_for
from hch.types import Episode, Question, Sample

PARTS = ("questions", "answers", "learner")


@dataclass
class ClockedLearner:
    """A learner, and what its steps take."""

    learner: ReaderLearner
    clock: Clock
    samples: int = 0
    last: Sequence[Sample] = ()

    def __call__(self, samples: Sequence[Sample], /) -> Step:
        self.samples += len(samples)
        self.last = samples
        with self.clock.running():
            return self.learner(samples)


class ClockedLoop(Loop):
    """A run's loop that says where its time goes."""

    clocks: defaultdict[str, Clock]

    def sample(self, size: int, item: int) -> list[Question]:
        with self.clocks["questions"].running():
            return super().sample(size, item)

    async def episode(self, questions: list[Question]) -> Episode:
        with self.clocks["answers"].running():
            return await super().episode(questions)


async def started(trained: Experiment, path: Path) -> ClockedLoop:
    """The loop of a run that has just begun."""
    human, folder = trained.human or Scripted(trained.task.script), RunFolder.new(path)
    state = State.new(trained, await widths_for(trained))
    state.save(folder)
    loop = ClockedLoop(trained, folder, state, human, lambda _: None)
    loop.clocks = defaultdict(Clock)
    state.learner = cast("ReaderLearner", ClockedLearner(cast("ReaderLearner", state.learner), loop.clocks["learner"]))
    return loop


@dataclass(frozen=True)
class StepCost:
    """``blocks`` blocks of ``steps`` steps of each kind, after ``warm_up`` steps of each."""

    experiments: tuple[str, ...] = ("permutation-tiny", "permutation-small")
    warm_up: int = 200
    blocks: int = 30
    steps: int = 10

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        for name in self.experiments:
            imitation = load(name)
            prepare(imitation.threads, imitation.device)
            sides = {
                "imitation": imitation,
                "supervised": replace(supervised(imitation), prioritized=PrioritizedSampling()),
            }
            with tempfile.TemporaryDirectory() as place, rare_collections():
                yield from asyncio.run(self.measure(name, sides, Path(place), note))

    async def measure(self, name: str, sides: dict[str, Experiment], place: Path, note: Note) -> list[Figure]:
        loops = {side: await started(trained, place / side) for side, trained in sides.items()}
        times = {side: Times() for side in sides}
        for side, loop in loops.items():
            for step in range(self.warm_up):
                note(f"{name}: {side} warms up, step {step + 1} of {self.warm_up}")
                await loop.step()
            for part in PARTS:
                loop.clocks[part].wall = loop.clocks[part].cpu = 0.0
        for block in range(self.blocks):
            note(f"{name}: block {block + 1} of {self.blocks}")
            for side, loop in loops.items():
                with times[side].taken():
                    for _ in range(self.steps):
                        await loop.step()
        return self.figures(name, loops, times)

    def figures(self, name: str, loops: dict[str, ClockedLoop], times: dict[str, Times]) -> list[Figure]:
        ours, theirs = times["imitation"], times["supervised"]
        result = [
            Figure(f"{name}, imitation over supervised: wall", "×", ratios(ours.walls, theirs.walls), 1.6, 1.3),
            Figure(f"{name}, imitation over supervised: CPU", "×", ratios(ours.cpus, theirs.cpus), 1.6, 1.3),
        ]
        for side, taken in times.items():
            result.append(Figure(f"{name}, a step of {side}: CPU", "ms", scaled(taken.cpus, 1e3 / self.steps)))
            item = 1e3 / (self.steps * self.blocks)
            spent = {part: loops[side].clocks[part].cpu * item for part in PARTS}
            spent["the rest"] = sum(taken.cpus) * item - sum(spent.values())
            result += [Figure(f"{name}, {side}, of that: {part}", "ms", (ms,)) for part, ms in spent.items()]
        return result


FULL = StepCost()
QUICK = StepCost(warm_up=20, blocks=5, steps=4)
