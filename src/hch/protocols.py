"""One callable per role. Anything with the right ``__call__`` fits: wrap it, pass it in, never subclass it.

Roles are asynchronous and batched: a batch pays for one await, and results come in the order of what was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from hch.types import Action, Answer, Episode, Question, Sample, Workspace


class Answerer(Protocol):
    """Answers questions: a model, a table, a person, an endpoint, or a human who consults any of these."""

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]: ...


class Human(Protocol):
    """Decides what to do next in each workspace: ask, reply or pass."""

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]: ...


class Recall(Protocol):
    """Where each fresh workspace was left: with the rounds that its human has seen by now, and what budget that left.

    One in which nobody has seen anything comes back as it is.
    """

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Workspace]: ...


class Policy(Answerer, Protocol):
    """A model as the learner sees it: it answers, samples where a question has a sample index, and scores answers."""

    async def score(self, questions: Sequence[Question], answers: Sequence[str], /) -> list[float]:
        """The log-likelihood, in nats, of each answer."""
        ...


@runtime_checkable
class Divergent(Protocol):
    """A policy whose divergence from another of its family can be measured."""

    async def divergence_from(self, other: Policy, questions: Sequence[Question], /) -> float | None:
        """The mean Kullback-Leibler divergence in nats an answer; None, or NaN, where no question is answered.

        ``questions`` have sample indices: an answer to each is sampled from this policy, and the divergence taken
        along it.
        """
        ...


class Learner(Protocol):
    """Takes one optimiser step on weighted samples, and never knows which scheme made them."""

    def __call__(self, samples: Sequence[Sample], /) -> Progress: ...


class Progress(Protocol):
    """What a learner reports of one step: the loss, and how likely each sample's answer was before the step."""

    @property
    def loss(self) -> float: ...

    @property
    def likelihoods(self) -> Sequence[float]: ...

    @property
    def unread(self) -> int:
        """Samples that the model cannot read or say, and did not learn from; their likelihood is 0."""
        ...

    @property
    def measures(self) -> Mapping[str, float]:
        """Whatever else there is to log of the step, by name."""
        ...

    @property
    def finite(self) -> bool:
        """Whether loss and gradient were numbers; if not, nothing was learned."""
        ...


class Trainable(Learner, Protocol):
    """A model in training, with its optimiser, its EMA model, and the initial model where that is kept."""

    def policy(self, name: str, seed: int) -> Policy:
        """The model as it is now and as it will become. ``name`` goes into its answers, ``seed`` into sampled ones."""
        ...

    def ema_policy(self, name: str, seed: int) -> Policy:
        """The EMA model, which H consults."""
        ...

    def initial_policy(self, name: str, seed: int) -> Policy | None:
        """The model that the run began with; None where it is not kept."""
        ...

    def save(self, path: Path) -> None:
        """Writes one file with all that is needed to go on, but for settings."""
        ...

    def load(self, path: Path) -> None:
        """Takes back what ``save`` wrote. Raises ValueError where that is another shape of model."""
        ...

    def ema_weights(self, path: Path) -> bytes:
        """The EMA model alone, out of what another run saved."""
        ...

    def begin_from(self, path: Path) -> None:
        """Begins with what ``ema_weights`` gave: as model, EMA model and initial model. Raises as ``load`` does."""
        ...

    def export(self, folder: Path) -> None:
        """Writes the EMA model into a folder for other software to load, if there is any that could."""
        ...

    def invalidate(self) -> None:
        """Drops what was computed and kept: a run that goes on from a checkpoint does not have it."""
        ...

    @property
    def finite(self) -> bool:
        """Whether all that ``save`` would write is numbers."""
        ...

    @property
    def tokens(self) -> tuple[int, int]:
        """The tokens read and written to answer so far, where a family counts any."""
        ...


@dataclass(frozen=True)
class TextWidths:
    """The most words of any fact, question and answer that a model is for, and every word that it has to know."""

    fact: int
    question: int
    answer: int
    words: tuple[str, ...]


class Family(Protocol):
    """A model family and its settings: makes a model to train. A new family is one such callable, and its Trainable."""

    @property
    def reads_any_text(self) -> bool:
        """Whether it needs no widths; if not, questions about other names have to be put in words that it knows."""
        ...

    def __call__(self, widths: TextWidths | None, seed: int, device: str, *, keeps_initial: bool = False) -> Trainable:
        """A model before its first step. ``keeps_initial``: the initial model will be asked for."""
        ...


class Scheme(Protocol):
    """A training signal: turns questions into samples to learn from.

    ``overseer`` is H consulting the EMA model; ``policy`` is the model in training. What a scheme needs of a run beside
    these it says in an attribute ``needs``: see hch.schemes.needs.
    """

    async def __call__(self, questions: Sequence[Question], overseer: Answerer, policy: Policy, /) -> Episode: ...
