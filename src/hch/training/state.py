"""All that changes while an experiment runs. Saved whole, loaded whole: a run goes on as if it had never stopped.

No random generator is part of it: every draw of a step is made from the seed and the step's number.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import msgspec

from hch.humans.imitated import Imitated
from hch.protocols import Policy, Trainable
from hch.text.files import read_json, to_json, write_whole
from hch.training.curriculum import Progress
from hch.training.prioritized_sampling import StratumPriorities
from hch.training.replay_buffer import ReplayBuffer
from hch.training.run_folder import RunFolder
from hch.training.widths import Widths
from hch.types import Sample

if TYPE_CHECKING:
    from pathlib import Path

    from hch.training.experiment import Experiment


@dataclass
class Counts:
    """What a run has used so far. Human actions and transcripts are those of the real H, in training."""

    questions_seen: int = 0
    human_actions: int = 0
    human_transcripts: int = 0
    consultations: int = 0
    unanswered: int = 0
    unread: int = 0
    """Samples that were not learned from, since the model cannot read the question or say the answer."""
    restored: int = 0


WIRE_NAMES = {
    "replay_buffer": "memory",
    "strata": "kinds",
    "imitated_samples": "lessons",
    "imitated_updates": "lesson",
}
"""What these fields are called in checkpoints, those of the first version included."""


class Saved(msgspec.Struct, rename=WIRE_NAMES):
    """What a checkpoint holds beside tensors."""

    step: int
    seconds: float
    streak: int
    counts: dict[str, int]
    place: int
    agreements: list[float]
    replay_buffer: list[list[Sample]]
    strata: dict[str, tuple[float, float]]
    loss: float | None = None
    note: str = ""
    imitated_samples: list[Sample] = []
    mistaken: list[bool] = []
    transcripts: int = 0
    trusted: bool = False
    imitated_updates: int = 0
    signal: dict[str, tuple[float, int]] = {}


@dataclass
class State:
    """A run's model, EMA model, H′, memory, curriculum and counts, after ``step`` steps."""

    seed: int
    learner: Trainable
    model: Policy
    ema_model: Policy
    replay_buffer: ReplayBuffer
    progress: Progress
    priorities: StratumPriorities
    imitated: Imitated | None = None
    imitated_learner: Trainable | None = None
    """What H′ learns with."""
    step: int = 0
    imitated_updates: int = 0
    """How many updates of H′ that belong to the next step are finished: people may take days to give the next
    transcripts."""
    seconds: float = 0.0
    streak: int = 0
    """How many evaluations in a row were good enough."""
    counts: Counts = field(default_factory=Counts)
    loss: float | None = None
    note: str = ""
    """What last happened that a reader of the metrics should know."""
    signal: dict[str, tuple[float, int]] = field(default_factory=dict)
    """What schemes and learner measured since the last evaluation: for each name a sum, and over how many steps."""
    _start: Policy | None = None

    def add_measures(self, measures: Mapping[str, float]) -> None:
        """Takes in what was measured in a step."""
        for name, value in measures.items():
            total, steps = self.signal.get(name, (0.0, 0))
            self.signal[name] = total + value, steps + 1

    @classmethod
    def new(cls, experiment: Experiment, widths: Widths | None) -> State:
        """The state before the first step; a family that reads any text needs no widths."""
        seed, device = experiment.seed, experiment.device
        # The initial model is needed by whoever consults it, and by whoever says how far the model has gone from it.
        keeps_initial = experiment.consults == "initial_model" or experiment.evaluation.judged > 0
        learner = experiment.model_family(
            None if widths is None else widths.of_model, seed, device, keeps_initial=keeps_initial
        )
        imitated = imitated_learner = None
        if experiment.imitated is not None:
            of_imitated = None if widths is None else widths.of_imitated
            imitated_learner = experiment.imitated_family(of_imitated, seed + 1, device)
            policy = imitated_learner.policy("H′", seed)
            imitated = Imitated(experiment.imitated, imitated_learner, policy)
        return cls(
            seed,
            learner,
            learner.policy("model", seed),
            learner.ema_policy("EMA model", seed),
            ReplayBuffer(experiment.replay),
            Progress(experiment.curriculum),
            StratumPriorities(experiment.prioritized),
            imitated,
            imitated_learner,
        )

    def randomness(self, purpose: str) -> random.Random:
        """The random numbers of this step for one purpose: the same whenever they are asked for."""
        return random.Random(f"{self.seed} {self.step} {purpose}")

    def save(self, folder: RunFolder) -> None:
        """Writes a checkpoint."""
        saved = Saved(
            self.step,
            self.seconds,
            self.streak,
            asdict(self.counts),
            self.progress.place,
            self.progress.agreements,
            self.replay_buffer.steps,
            self.priorities.strata,
            self.loss,
            self.note,
            imitated_updates=self.imitated_updates,
            signal=self.signal,
        )
        with folder.checkpoint(self.step, self.imitated_updates) as path:
            for name, learner in self.learners:
                learner.save(path / name)
            if self.imitated is not None:
                saved.imitated_samples, saved.mistaken = self.imitated.samples, self.imitated.mistaken
                saved.transcripts, saved.trusted = self.imitated.transcripts, self.imitated.trusted
            write_whole(path / "state.json", to_json(saved))
        self.forget()

    def load(self, path: Path) -> None:
        """Takes over what a checkpoint holds."""
        saved = msgspec.convert(read_json(path / "state.json"), Saved)
        for name, learner in self.learners:
            learner.load(path / name)
        self.step, self.seconds, self.streak = saved.step, saved.seconds, saved.streak
        self.counts = Counts(**saved.counts)
        self.progress.place, self.progress.agreements = saved.place, saved.agreements
        self.replay_buffer.steps = saved.replay_buffer
        self.priorities.strata = saved.strata
        self.loss, self.note, self.imitated_updates = saved.loss, saved.note, saved.imitated_updates
        self.signal = saved.signal
        if self.imitated is not None:
            self.imitated.samples, self.imitated.mistaken = saved.imitated_samples, saved.mistaken
            self.imitated.transcripts, self.imitated.trusted = saved.transcripts, saved.trusted

    @property
    def start(self) -> Policy | None:
        """The model as the run began with it; None where it is not kept."""
        if self._start is None:
            self._start = self.learner.initial_policy("initial model", self.seed)
        return self._start

    def restore(self, path: Path) -> None:
        """Brings back the weights of a checkpoint, and nothing else: the run goes on from where it is."""
        for name, learner in self.learners:
            learner.load(path / name)
        self.counts.restored += 1
        self.forget()

    def forget(self) -> None:
        """Drops what was computed earlier and kept.

        After a checkpoint so does the run that wrote it, since a run that goes on from there has nothing to keep: what
        is computed anew, beside other things, can differ in the last bit.
        """
        for _, learner in self.learners:
            learner.invalidate()
        if self.imitated is not None:
            self.imitated.forget()

    @property
    def learners(self) -> list[tuple[str, Trainable]]:
        """Each learner, with the name of its file in a checkpoint."""
        files = [("model.safetensors", self.learner)]
        return files if self.imitated_learner is None else [*files, ("imitated.safetensors", self.imitated_learner)]

    @property
    def finite(self) -> bool:
        """Whether all weights are numbers."""
        return all(learner.finite for _, learner in self.learners)
