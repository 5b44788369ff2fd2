"""All that changes while an experiment runs. Saved whole, loaded whole: a run goes on as if it had never stopped.

No random generator is part of it: every draw of a step is made from the seed and the step's number.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from hch.humans.imitated import INSTRUCTIONS, Imitated
from hch.models.checkpoint import begin_from, is_finite, load_learner, save_learner
from hch.models.device import torch_seed
from hch.models.language.learner import LanguageLearner
from hch.models.language.model import Language, LanguagePolicy, load_language
from hch.models.reader.layout import Tokenizer
from hch.models.reader.learner import ReaderLearner
from hch.models.reader.network import Reader, Slots
from hch.models.reader.policy import ReaderPolicy
from hch.models.reader.tokens import Vocabulary
from hch.models.settings import LanguageLearnerSettings, LanguageSettings, LearnerSettings, ReaderSettings
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
    learner: ReaderLearner | LanguageLearner
    model: ReaderPolicy | LanguagePolicy
    ema_model: ReaderPolicy | LanguagePolicy
    replay_buffer: ReplayBuffer
    progress: Progress
    priorities: StratumPriorities
    imitated: Imitated | None = None
    imitated_learner: ReaderLearner | LanguageLearner | None = None
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
    _start: ReaderPolicy | LanguagePolicy | None = None

    def add_measures(self, measures: Mapping[str, float]) -> None:
        """Takes in what was measured in a step."""
        for name, value in measures.items():
            total, steps = self.signal.get(name, (0.0, 0))
            self.signal[name] = total + value, steps + 1

    @classmethod
    def new(cls, experiment: Experiment, widths: Widths | None) -> State:
        """The state before the first step; a language model needs no widths."""
        learner, model, ema_model = _model(experiment, widths)
        imitated = imitated_learner = None
        if experiment.imitated is not None:
            imitated_learner, policy = _imitated(experiment, widths)
            imitated = Imitated(experiment.imitated, imitated_learner, policy)
        return cls(
            experiment.seed,
            learner,
            model,
            ema_model,
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
                save_learner(learner, path / name)
            if self.imitated is not None:
                saved.imitated_samples, saved.mistaken = self.imitated.samples, self.imitated.mistaken
                saved.transcripts, saved.trusted = self.imitated.transcripts, self.imitated.trusted
            write_whole(path / "state.json", to_json(saved))
        self.forget()

    def load(self, path: Path) -> None:
        """Takes over what a checkpoint holds."""
        saved = msgspec.convert(read_json(path / "state.json"), Saved)
        for name, learner in self.learners:
            load_learner(learner, path / name)
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

    def begin_from(self, path: Path) -> None:
        """Starts with the weights that another run ended with, as its checkpoint has them.

        Raises ValueError where that is another shape of model.
        """
        begin_from(self.learner, path)

    @property
    def start(self) -> ReaderPolicy | LanguagePolicy | None:
        """The model as the run began with it; None for a language model of which nobody keeps that."""
        learner = self.learner
        if self._start is None and isinstance(learner, ReaderLearner):
            self._start = ReaderPolicy(learner.start, learner.speller, "start", self.seed)
        elif self._start is None and isinstance(learner, LanguageLearner) and learner.start is not None:
            kept = Language(learner.start, learner.ema_model.tokenizer, learner.ema_model.settings)
            self._start = LanguagePolicy(kept, "start", self.seed)
        return self._start

    def write_model(self, path: Path) -> None:
        """Writes the EMA model, where it is a language model, as a folder that its own library loads."""
        if isinstance(self.ema_model, LanguagePolicy):
            self.ema_model.language.save(path)

    def restore(self, path: Path) -> None:
        """Brings back the weights of a checkpoint, and nothing else: the run goes on from where it is."""
        for name, learner in self.learners:
            load_learner(learner, path / name)
        self.counts.restored += 1
        self.forget()

    def forget(self) -> None:
        """Drops what was computed earlier and kept.

        After a checkpoint so does the run that wrote it, since a run that goes on from there has nothing to keep: what
        is computed anew, beside other things, can differ in the last bit.
        """
        for _, learner in self.learners:
            learner.changed()
        if self.imitated is not None:
            self.imitated.forget()

    @property
    def learners(self) -> list[tuple[str, ReaderLearner | LanguageLearner]]:
        """Each learner, with the name of its file in a checkpoint."""
        found: list[tuple[str, ReaderLearner | LanguageLearner]] = [("model.safetensors", self.learner)]
        return found if self.imitated_learner is None else [*found, ("imitated.safetensors", self.imitated_learner)]

    @property
    def finite(self) -> bool:
        """Whether all weights are numbers."""
        return all(is_finite(learner) for _, learner in self.learners)


Reading = tuple[ReaderLearner, ReaderPolicy, ReaderPolicy]
Speaking = tuple[LanguageLearner, LanguagePolicy, LanguagePolicy]


def _model(experiment: Experiment, widths: Widths | None) -> Reading | Speaking:
    """What learns, the model as it is now, and the EMA model."""
    seed, device = experiment.seed, experiment.device
    if experiment.language is not None:
        # Whoever is to consult the start, or to say how far the model has gone from it, needs it.
        kept = experiment.consults == "initial_model" or experiment.evaluation.judged > 0
        speaking = _speaking(experiment.language, experiment.language_learner, seed, device, keeps_start=kept)
        return (
            speaking,
            LanguagePolicy(speaking.language, "model", seed),
            LanguagePolicy(speaking.ema_model, "EMA model", seed),
        )
    assert widths is not None, "a reader has as many slots as the task has words"
    slots = (widths.fact, widths.question, widths.answer)
    reading = _reading(slots, widths, experiment.reader, experiment.learner, seed=seed, device=device)
    return (
        reading,
        ReaderPolicy(reading.reader, reading.speller, "model", seed),
        ReaderPolicy(reading.ema_model, reading.speller, "EMA model", seed),
    )


def _imitated(
    experiment: Experiment, widths: Widths | None
) -> tuple[ReaderLearner | LanguageLearner, ReaderPolicy | LanguagePolicy]:
    """What H′ learns with, and H′ as it is now."""
    seed, device = experiment.seed, experiment.device
    if experiment.language is not None:
        generation = replace(experiment.language.generation, most_tokens=experiment.imitated_tokens)
        language = replace(experiment.language, system=INSTRUCTIONS, generation=generation)
        speaking = _speaking(language, experiment.language_learner, seed + 1, device)
        return speaking, LanguagePolicy(speaking.language, "H′", seed)
    assert widths is not None, "a reader has as many slots as the task has words"
    slots = (widths.line, widths.line, widths.action)
    reader, settings = experiment.imitated_reader, experiment.imitated_learner
    reading = _reading(slots, widths, reader, settings, seed=seed + 1, device=device)
    return reading, ReaderPolicy(reading.reader, reading.speller, "H′", seed)


def _speaking(
    language: LanguageSettings, settings: LanguageLearnerSettings, seed: int, device: str, keeps_start: bool = False
) -> LanguageLearner:
    with torch_seed(seed):  # an adapter begins with random weights
        return LanguageLearner(load_language(language, device), settings, keeps_start)


def _reading(
    slots: tuple[int, int, int],
    widths: Widths,
    reader: ReaderSettings,
    settings: LearnerSettings,
    *,
    seed: int,
    device: str,
) -> ReaderLearner:
    vocabulary = Vocabulary(widths.words)
    with torch_seed(seed):
        made = Reader(Slots(len(vocabulary), *slots), reader)
    return ReaderLearner(made, Tokenizer(vocabulary, *slots), settings, device)
