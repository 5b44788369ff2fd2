"""The same experiment under several schemes, everything else being equal: what is run, and what comes of it.

A comparison with rivals of imitation begins with a short imitation that all share: for what a model never says, no
reward can be found. Its models meet before H as a judge (contest.py).
"""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hch.schemes.judge_bias import judge_bias
from hch.schemes.needs import Headroom, needs_of
from hch.training.experiment import Allowance, Experiment
from hch.training.questions import sample_questions
from hch.training.run_folder import RunFolder

if TYPE_CHECKING:
    from hch.report import Run
    from hch.report.statistics import Estimate

SEEDS = 3
WARM_UP, TEXT_WARM_UP = 20, 3
"""Steps of imitation that all rivals begin with: few, since what a model no longer says, no reward can be found for.
A language model knows words already."""

STEPS, EVERY, QUESTIONS, JUDGED, ENOUGH = 300, 50, 300, 150, 1.1
"""What a comparison with rivals has unless it is told otherwise: as many steps for all, and room for many runs."""
TEXT_JUDGED = 50
"""A language model is slow, and its experiment says how much there is to do."""

CONTESTED = 200
"""Held-out questions on which models meet."""


def is_rival(experiment: Experiment) -> bool:
    """Whether the scheme weighs what the model itself says, as all but imitation and supervised learning do."""
    return needs_of(experiment.scheme).rated


def lighten(experiment: Experiment, allowance: Allowance | None = None) -> Experiment:
    """The experiment as a comparison with rivals has it, before options say otherwise.

    Runs that are matched by an ``allowance`` of H's work are not matched by steps.
    """
    if experiment.reads_any_text:
        return replace(experiment, evaluation=replace(experiment.evaluation, judged=TEXT_JUDGED, enough=ENOUGH))
    evaluation = replace(experiment.evaluation, every=EVERY, questions=QUESTIONS, judged=JUDGED, enough=ENOUGH)
    steps = STEPS if allowance in (None, Allowance()) else experiment.steps
    return replace(experiment, evaluation=evaluation, steps=steps)


def join_headrooms(experiments: Iterable[Experiment]) -> Headroom:
    """Room enough for each of the experiments: all have the same model, or none could start where another does."""
    return functools.reduce(Headroom.plus, (experiment.headroom for experiment in experiments))


@dataclass(frozen=True)
class Planned:
    """One run of a comparison: the scheme's name, the seed, the experiment and the run's folder."""

    scheme: str
    seed: int
    experiment: Experiment
    path: Path


@dataclass(frozen=True)
class Comparison:
    """``experiments`` has one for each scheme, by its name; ``start`` is the imitation that all begin with, if any.

    Each run is a folder of its own in ``folder``, which is made when the first one begins.
    """

    experiments: Mapping[str, Experiment]
    seeds: Sequence[int]
    start: Experiment | None
    folder: Path

    @property
    def has_rivals(self) -> bool:
        return any(map(is_rival, self.experiments.values()))

    def path(self, scheme: str, seed: int) -> Path:
        """The folder of one run."""
        return self.folder / (scheme if len(self.seeds) == 1 else f"{scheme}-{seed}")

    def runs(self) -> Iterator[Planned]:
        """All runs in their order. Where H consults the model of HCH, it is the one that imitation has just trained."""
        for seed in self.seeds:
            start = None
            if self.start is not None:
                start = self.path("start", seed)
                yield Planned("", seed, replace(self.start, seed=seed), start)
            for name, experiment in self.experiments.items():
                before = list(self.experiments)[: list(self.experiments).index(name)]
                is_imitated = experiment.consults == "initial_model" and "imitation" in before
                begin = self.path("imitation", seed) if is_imitated else start
                started = experiment if begin is None else replace(experiment, start=str(begin))
                yield Planned(name, seed, replace(started, seed=seed), self.path(name, seed))


Results = Mapping[str, Any]
Train = Callable[[Planned], Results]
"""Carries one run out, and returns its results."""


def carry_out(comparison: Comparison, train: Train) -> list[tuple[Planned, Results]]:
    """Carries out all runs until one is interrupted: each run that has begun, and its results."""
    done: list[tuple[Planned, Results]] = []
    for planned in comparison.runs():
        done.append((planned, train(planned)))
        _, results = done[-1]
        if results["status"] == "stopped" and "waiting" not in results:
            break
    for seed in comparison.seeds:
        note_baseline([planned.path for planned, _ in done if planned.scheme and planned.seed == seed])
    return done


def note_baseline(paths: Sequence[Path]) -> None:
    """Adds the supervised run's accuracy to the results of the runs beside it, as the upper bound that it is."""
    results = {path: RunFolder(path).read("results.json") for path in paths}
    for baseline in (row for row in results.values() if row["scheme"] == "supervised"):
        for path, row in results.items():
            if row is not baseline:
                row["accuracy"]["supervised"] = baseline["accuracy"]["model"]
                RunFolder(path).write("results.json", row)


def prefer(comparison: Comparison, done: Sequence[Planned]) -> tuple[dict[str, Estimate], dict[str, float]]:
    """How strong each scheme's models are before H as a judge, in log-odds, over the seeds that are done.

    And that judge's biases (judge_bias.py), by name.
    """
    from hch.report.statistics import estimate_mean
    from hch.training.contest import Meeting, preferences

    strengths: dict[str, list[float | None]] = {}
    played = Meeting()
    first = next(iter(comparison.experiments.values()))
    for seed in comparison.seeds:
        folders = {planned.scheme: RunFolder(planned.path) for planned in done if planned.seed == seed}
        if not folders:
            continue
        experiment = replace(first, seed=seed)
        randomness = random.Random(f"contest {seed}")
        size = max(experiment.curriculum.sizes)
        questions = sample_questions(experiment.task, size, CONTESTED // 10, 10, randomness, test=True)
        of_seed, games = asyncio.run(preferences(experiment, folders, questions))
        played = played.plus(games)
        for scheme, strength in of_seed.items():
            strengths.setdefault(scheme, []).append(strength)
    return {scheme: estimate_mean(values) for scheme, values in strengths.items()}, judge_bias(
        played.games, played.turned
    )


@dataclass(frozen=True)
class Summary:
    """What a comparison with rivals found: an estimate for each scheme and measure, who is preferred, and the judge."""

    estimates: Mapping[str, Mapping[str, Estimate]]
    preferences: Mapping[str, Estimate]
    judge: Mapping[str, float]


def summarise(comparison: Comparison, runs: Mapping[str, Sequence[Run]], done: Sequence[Planned]) -> Summary:
    """What the runs of each scheme found; also written into the folder, as comparison.json and proxy.png."""
    from hch.report.comparison import compare_schemes, make_proxy_panels
    from hch.report.plots import save_png

    preferences, judge = prefer(comparison, done)
    estimates = compare_schemes(runs)
    plain = {scheme: {name: asdict(value) for name, value in row.items()} for scheme, row in estimates.items()}
    for scheme, strength in preferences.items():
        plain[scheme]["preferred"] = asdict(strength)
    warm_up = 0 if comparison.start is None else comparison.start.steps
    kept = {"seeds": list(comparison.seeds), "warm_up": warm_up, "schemes": plain, "judge": judge}
    RunFolder(comparison.folder).write("comparison.json", kept)
    if panels := make_proxy_panels(runs):
        save_png(panels, str(comparison.folder / "proxy.png"))
    return Summary(estimates, preferences, judge)
