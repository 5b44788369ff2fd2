"""Whether an imitated human H′ can stand in for H: the transcripts that H gives for it, and what accuracy it costs.

The same experiment with H and with H′, seed by seed, each to its own end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.harness import Figure, Note
from benchmarks.training import train
from hch.experiments import load


@dataclass(frozen=True)
class ImitatedHuman:
    """For each experiment the seeds, and the most transcripts that H should have to give; ``steps`` cuts runs short."""

    experiments: tuple[tuple[str, tuple[int, ...], int], ...] = (
        ("permutation-tiny", (0, 1, 2), 500),
        ("permutation-small", (0,), 2000),
    )
    steps: int | None = None

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        for name, seeds, bar in self.experiments:
            plain, imitated = load(name), load(f"{name}-imitated")
            pairs = [
                [
                    train(
                        replace(item, seed=seed, steps=self.steps or item.steps),
                        note,
                        f"{name} with {who}, seed {seed}",
                    )
                    for who, item in (("H", plain), ("H′", imitated))
                ]
                for seed in seeds
            ]
            given = tuple(float(ran.results["human_transcripts"]) for _, ran in pairs)
            lost = tuple(100 * (alone.accuracy - ran.accuracy) for alone, ran in pairs)
            yield Figure(f"{name}, transcripts that H gives for H′", "", given, float(bar), judged="worst")
            yield Figure(f"{name}, accuracy lost to H′", "points", lost, 1.0, judged="worst")
            for place, who in enumerate(("H", "H′")):
                runs = [pair[place] for pair in pairs]
                yield Figure(f"{name}, accuracy with {who}", "", tuple(ran.accuracy for ran in runs))
                seconds = tuple(float(ran.results["training_seconds"]) for ran in runs)
                yield Figure(f"{name}, seconds of training with {who}", "s", seconds)
            without = tuple(float(ran.results["human_transcripts"]) for ran, _ in pairs)
            yield Figure(f"{name}, transcripts that H gives without H′", "", without)


FULL = ImitatedHuman()
QUICK = ImitatedHuman(experiments=(("permutation-tiny", (0,), 500),))
