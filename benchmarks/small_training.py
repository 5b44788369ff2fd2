"""permutation-small to 99% on held-out instances: imitation beside supervised learning, seed by seed.

Supervised learning has the same model, settings and number of samples a step, all of them fresh. Seconds are those of
the training steps; two evaluations in a row must reach it, and the first of them counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.harness import Figure, Note, ratios
from benchmarks.training import Ran, supervised, train, until
from hch.experiments import load


@dataclass(frozen=True)
class SmallTraining:
    """Two runs for each seed, one after the other; ``steps`` cuts them short."""

    experiment: str = "permutation-small"
    seeds: tuple[int, ...] = (0, 1, 2)
    accuracy: float = 0.99
    steps: int | None = None

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        small = until(load(self.experiment), self.accuracy)
        sides = {"imitation": small, "supervised": supervised(small)}
        runs: dict[str, list[Ran]] = {side: [] for side in sides}
        for seed in self.seeds:
            for side, trained in sides.items():
                seeded = replace(trained, seed=seed, steps=self.steps or trained.steps)
                runs[side].append(train(seeded, note, f"{side}, seed {seed}"))
        reached = {side: [ran.reached(self.accuracy) for ran in result] for side, result in runs.items()}
        (steps, seconds), (gold_steps, gold_seconds) = (zip(*result, strict=True) for result in reached.values())
        share = f"{self.accuracy:.0%}"
        yield Figure(f"steps to {share}, imitation over supervised", "×", ratios(steps, gold_steps), 1.5)
        yield Figure(f"seconds to {share}, imitation over supervised", "×", ratios(seconds, gold_seconds), 2.0)
        yield Figure(f"seconds of training to {share}, imitation", "s", seconds, 300.0, judged="worst")
        yield Figure(f"seconds of training to {share}, supervised", "s", gold_seconds)
        yield Figure(f"steps to {share}, imitation", "steps", steps)
        yield Figure(f"steps to {share}, supervised", "steps", gold_steps)
        for side, result in runs.items():
            yield Figure(f"the whole run, {side}: CPU", "s", tuple(ran.clock.cpu for ran in result))


FULL = SmallTraining()
QUICK = SmallTraining(experiment="permutation-tiny", seeds=(0,))
