"""How long permutation-tiny trains by imitation until the model is right on 99.5% of questions on held-out instances.

Seconds are those of the training steps; two evaluations in a row must reach it, and the first of them counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.harness import Figure, Note
from benchmarks.training import train, until
from hch.experiments import load

BAR, AIM = 20.0, 10.0


@dataclass(frozen=True)
class TinyTraining:
    """One run for each seed; ``steps`` cuts them short."""

    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    accuracy: float = 0.995
    steps: int | None = None

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        tiny = until(load("permutation-tiny"), self.accuracy)
        runs = [
            train(replace(tiny, seed=seed, steps=self.steps or tiny.steps), note, f"seed {seed}") for seed in self.seeds
        ]
        steps, seconds = zip(*(ran.reached(self.accuracy) for ran in runs), strict=True)
        share, count = f"{self.accuracy:.1%}", float(len(self.seeds))
        yield Figure(f"seconds of training to {share}", "s", seconds, BAR, AIM, judged="worst")
        yield Figure(f"steps to {share}", "steps", steps)
        in_time = float(sum(second <= BAR for second in seconds))
        yield Figure(f"seeds of {len(self.seeds)} there in {BAR:g} s", "", (in_time,), count, at_least=True)
        yield Figure("the whole run, evaluations too: wall", "s", tuple(ran.clock.wall for ran in runs))
        yield Figure("the whole run, evaluations too: CPU", "s", tuple(ran.clock.cpu for ran in runs))
        yield Figure("accuracy at the end", "", tuple(ran.accuracy for ran in runs))


FULL = TinyTraining()
QUICK = TinyTraining(seeds=(0,))
