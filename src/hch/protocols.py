"""One callable per role. Anything with the right ``__call__`` fits: wrap it, pass it in, never subclass it.

Roles are asynchronous and batched: a batch pays for one await, and results come in the order of what was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

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
    """A model as the learner sees it: it answers, samples where a question has a draw, and scores given answers."""

    async def score(self, questions: Sequence[Question], answers: Sequence[str], /) -> list[float]:
        """The log-likelihood, in nats, of each answer."""
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
    def measures(self) -> Mapping[str, float]:
        """Whatever else there is to log of the step, by name."""
        ...

    @property
    def finite(self) -> bool:
        """Whether loss and gradient were numbers; if not, nothing was learned."""
        ...


class Scheme(Protocol):
    """A training signal: turns questions into samples to learn from.

    ``overseer`` is H consulting the EMA model; ``policy`` is the model in training.
    """

    async def __call__(self, questions: Sequence[Question], overseer: Answerer, policy: Policy, /) -> Episode: ...
