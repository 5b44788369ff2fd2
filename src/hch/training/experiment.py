"""What a run is made of: the task, the scheme, who H is, the model and its learner, and how long to train.

An Experiment is a value. loop.py carries it out, and state.py holds all that changes meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from hch.humans.imitated import INSTRUCTIONS, ImitatedSettings
from hch.models.settings import LanguageLearnerSettings, LanguageSettings, LearnerSettings, ReaderSettings
from hch.people.settings import People
from hch.protocols import Family, Human, Scheme
from hch.schemes.imitation import Imitation
from hch.schemes.needs import Headroom
from hch.tasks.task import Task
from hch.training.curriculum import Curriculum
from hch.training.prioritized_sampling import PrioritizedSampling
from hch.training.questions import Batches
from hch.training.replay_buffer import Replay


@dataclass(frozen=True)
class Evaluation:
    """How often the model is evaluated, on how many questions, and when the run ends early.

    It ends when ``in_a_row`` evaluations find the model to agree with the amplified human on a share of ``enough``
    (above 1: never). That is imitation's own measure: no gold answer decides how long a run trains.
    """

    every: int = 50
    """Steps from one evaluation to the next."""
    questions: int = 1000
    """Held-out questions of the largest size in an evaluation, and a fifth as many of each smaller size."""
    enough: float = 0.998
    """Agreement with the amplified human that ends the run, from 0 to 1; above 1: never."""
    in_a_row: int = 2
    """Evaluations in a row that must reach it."""
    at_start: bool = False
    """Evaluate before the first step too: what the model can do untrained."""
    judged: int = 0
    """On how many held-out questions the overseers are asked what they make of the model's answers."""
    stop_when_gamed: int = 0
    """End the run when gold fell while approval rose at so many evaluations in a row; never, if 0."""


@dataclass(frozen=True)
class Allowance:
    """The human actions and consultations of training after which a run ends; None for as many as its steps take.

    Counted as a run counts them: H′ does not count as H. A step that has begun is finished, so a run may use what one
    step takes more than it is allowed. Raises ValueError below 1.
    """

    human_actions: int | None = None
    """Actions of H in training after which the run ends; none: as many as the steps take."""
    consultations: int | None = None
    """Consultations in training after which the run ends; none: as many as the steps take."""

    def __post_init__(self) -> None:
        for name, allowed in (("human_actions", self.human_actions), ("consultations", self.consultations)):
            if allowed is not None and allowed < 1:
                raise ValueError(f"allowance.{name} must be at least 1, got {allowed}")

    def used_up(self, human_actions: int, consultations: int) -> str:
        """What has been used up, in words; empty where nothing has."""
        if self.human_actions is not None and human_actions >= self.human_actions:
            return f"H has taken {human_actions:,} of the {self.human_actions:,} actions allowed"
        if self.consultations is not None and consultations >= self.consultations:
            return f"there have been {consultations:,} of the {self.consultations:,} consultations allowed"
        return ""


@dataclass(frozen=True)
class Experiment:
    """Everything that a run depends on. ``human`` is the task's scripted human where it is None.

    With ``people``, it is they who answer in training. Evaluations ask ``human`` all the same, since nobody answers a
    thousand held-out questions again and again.
    """

    name: str
    summary: str
    task: Task
    curriculum: Curriculum
    scheme: Scheme = field(default_factory=Imitation)
    human: Human | None = None
    hch_depth: int | None = None
    """Depth of the HCH that the model is compared with; none: as deep as the task's script needs."""
    reader: ReaderSettings = field(default_factory=ReaderSettings)
    learner: LearnerSettings = field(default_factory=LearnerSettings)
    language: LanguageSettings | None = None
    """A language model in the reader's place, and in that of H′."""
    language_learner: LanguageLearnerSettings = field(default_factory=LanguageLearnerSettings)
    family: Family | None = None
    """A model family of one's own, for the model and for H′, in place of readers and language models."""
    batches: Batches = field(default_factory=Batches)
    prioritized: PrioritizedSampling = field(default_factory=PrioritizedSampling)
    replay: Replay = field(default_factory=Replay)
    people: People | None = None
    """People answer in training, in H's place."""
    start: str | None = None
    """The folder of a run whose model this one begins with; it must be of the same task and size."""
    consults: Literal["ema_model", "initial_model"] = "ema_model"
    """Whom H consults in training: the EMA model, or the model that the run began with."""
    headroom: Headroom = field(default_factory=Headroom)
    imitated: ImitatedSettings | None = None
    """An imitation of H, H′, answers in H's place as soon as it can be trusted."""
    imitated_reader: ReaderSettings = field(default_factory=ReaderSettings)
    imitated_learner: LearnerSettings = field(default_factory=LearnerSettings)
    imitated_tokens: int = 160
    """The most tokens of an action of H′, where it is a language model."""
    evaluation: Evaluation = field(default_factory=Evaluation)
    allowance: Allowance = field(default_factory=Allowance)
    steps: int = 2000
    """Optimiser steps of the whole run."""
    checkpoint_every: int = 250
    """Steps from one checkpoint to the next."""
    seed: int = 0
    """The seed of all that is random in the run."""
    threads: int = 1
    """CPU threads that PyTorch uses."""
    device: str = "cpu"
    """The device that trains, as PyTorch names it: cpu, cuda, cuda:1, …"""

    @property
    def reads_any_text(self) -> bool:
        """Whether the model reads any text, as its family says; told without importing what makes it."""
        return self.language is not None if self.family is None else self.family.reads_any_text

    @property
    def model_family(self) -> Family:
        """What the model is made by."""
        # Imported here, because settings are read and shown without tensors.
        from hch.models.language.learner import LanguageFamily
        from hch.models.reader.learner import ReaderFamily

        if self.family is not None:
            return self.family
        if self.language is not None:
            return LanguageFamily(self.language, self.language_learner)
        return ReaderFamily(self.reader, self.learner)

    @property
    def imitated_family(self) -> Family:
        """What H′ is made by; as a language model it is told what to do, and has room for H's longest action."""
        from hch.models.language.learner import LanguageFamily
        from hch.models.reader.learner import ReaderFamily

        if self.family is not None:
            return self.family
        if self.language is not None:
            generation = replace(self.language.generation, most_tokens=self.imitated_tokens)
            language = replace(self.language, system=INSTRUCTIONS, generation=generation)
            return LanguageFamily(language, self.language_learner)
        return ReaderFamily(self.imitated_reader, self.imitated_learner)
