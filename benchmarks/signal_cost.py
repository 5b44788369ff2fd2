"""One step under each signal that weighs the model's own answers, beside one of imitation on as many questions.

Both learn in one process, in turn, from the same number of instances and questions, each with what it draws and
replays as it is set up: imitation learns from as many samples out of its memory as are new, the others from every
distinct answer among its draws to each question, and a debate from all that was said. Each ratio is one of neighbouring
blocks. It is taken twice: while the model knows nothing, so that nearly every draw is another answer, and once it has
learned something. Beside it stands the same for each sample that is learned from; and what the optimiser's step alone
takes on one batch, bounded as these signals have it, over the plain step of imitation on the very same samples.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from benchmarks.harness import Figure, Note, Times, ratios, scaled
from benchmarks.step_cost import ClockedLearner, started
from hch.experiments import load
from hch.models.device import prepare
from hch.models.reader.policy import ReaderPolicy
from hch.training.experiment import Experiment
from hch.training.loop import Loop
from hch.training.process import rare_collections
from hch.training.schemes import SCHEMES

BAR = 2.5


@dataclass(frozen=True)
class SignalCost:
    """``blocks`` blocks of ``steps`` steps of each; then as much again after ``warm_up`` steps of imitation for all."""

    experiment: str = "permutation-tiny"
    schemes: tuple[str, ...] = ("approval", "closeness", "counterfactual", "debate", "reward")
    warm_up: int = 200
    blocks: int = 10
    steps: int = 5

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        base = load(self.experiment)
        prepare(base.threads, base.device)
        headroom = SCHEMES["debate"](base).headroom
        for name in self.schemes:
            sides = {
                "imitation": replace(base, headroom=headroom),
                name: replace(SCHEMES[name](base), headroom=headroom),
            }
            with tempfile.TemporaryDirectory() as place, rare_collections():
                yield from asyncio.run(self.measure(name, sides, Path(place), note))

    async def measure(self, name: str, sides: dict[str, Experiment], place: Path, note: Note) -> list[Figure]:
        """The ratio of the two, fresh and warmed up, and what a step takes."""
        loops: dict[str, Loop] = {side: await started(item, place / side) for side, item in sides.items()}
        result = await self.compared(f"{name} over imitation, at the start", name, loops, note)
        ema_model = loops["imitation"]
        for step in range(self.warm_up):
            note(f"{name}: imitation warms up, step {step + 1} of {self.warm_up}")
            await ema_model.step()
        for loop in loops.values():
            # The same weights for model and ema_model alike, as a run has that starts from another.
            for policy in (loop.state.model, loop.state.ema_model):
                reader = cast("ReaderPolicy", policy).reader
                reader.load_state_dict(cast("ReaderPolicy", ema_model.state.ema_model).reader.state_dict())
                reader.version += 1
        result += await self.compared(f"{name} over imitation, warmed up", name, loops, note)
        return [*result, self.same_batch(name, loops)]

    async def compared(self, title: str, name: str, loops: dict[str, Loop], note: Note) -> list[Figure]:
        """CPU seconds of blocks of one over the other's, taken in turn: for as many questions, and for each sample."""
        learners = {side: cast("ClockedLearner", loop.state.learner) for side, loop in loops.items()}
        for learner in learners.values():
            learner.samples = 0
        times = {side: Times() for side in loops}
        for block in range(self.blocks):
            note(f"{title}: block {block + 1} of {self.blocks}")
            for side, loop in loops.items():
                with times[side].taken():
                    for _ in range(self.steps):
                        await loop.step()
        note(f"{title}: {scaled(times[name].cpus, 1e3 / self.steps)[-1]:.0f} ms a step")
        result = ratios(times[name].cpus, times["imitation"].cpus)
        fewer = learners["imitation"].samples / max(learners[name].samples, 1)
        return [Figure(title, "×", result, BAR), Figure(f"{title}, for a sample", "×", scaled(result, fewer), BAR)]

    def same_batch(self, name: str, loops: dict[str, Loop]) -> Figure:
        """CPU seconds of optimiser steps on the samples that the signal gave last: its own learner's over imitation's.

        The last thing to be measured, since both models learn from them.
        """
        learners = {side: cast("ClockedLearner", loop.state.learner) for side, loop in loops.items()}
        samples, times = learners[name].last, {side: Times() for side in loops}
        for _ in range(self.blocks):
            for side, learner in learners.items():
                with times[side].taken():
                    for _ in range(self.steps):
                        learner(samples)
        title = f"{name}, the optimiser's step alone over imitation's on the same batch"
        return Figure(title, "×", ratios(times[name].cpus, times["imitation"].cpus), BAR)


FULL = SignalCost()
QUICK = SignalCost(schemes=("approval",), warm_up=40, blocks=3, steps=2)
