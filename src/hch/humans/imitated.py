"""H′: a policy that has learned what H does next, and stands in for H.

A workspace's lines are its facts, "what next?" is its question, an action's text is its answer: the same reader and
learner as for the model. Every transcript of the real H is first a test and then a lesson, so the error that decides
whether H′ is trusted is always one on transcripts that it had not seen.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from hch.protocols import Answerer, Learner
from hch.text.render import WHAT_NEXT, action_text, read_action, without_reason, workspace_lines
from hch.types import Action, Context, Pass, Question, Sample, Transcript, Workspace

INSTRUCTIONS = "You see a question and what was asked so far. Write what you do next: ask:, reply: or pass:."
"""What a language model is told that stands in for H."""

UNREAD = Pass("the imitated human's action could not be read")
REMEMBERED = 100_000


@dataclass(frozen=True)
class ImitatedSettings:
    """When H′ is trusted, and how many transcripts of the real H that may take.

    H′ is tested on each of them. It is trusted when of the last ``window`` transcripts at most ``trust_at`` have an
    action that H′ would not have taken, and no longer trusted when more than ``doubt_at`` have. Until it is trusted
    the real H gives ``batch`` transcripts at a time, each followed by ``updates`` optimiser steps; after that, one
    every ``check_every`` steps of the run. Past ``most`` transcripts the real H is left alone.
    """

    batch: int = 20
    """Transcripts of H that H′ learns from at a time, until it is trusted."""
    updates: int = 25
    """Optimiser steps of H′ after each of these batches."""
    actions: int = 256
    """Actions of H in each of these optimiser steps."""
    window: int = 40
    """Latest transcripts of H by which H′ is judged."""
    trust_at: float = 0.02
    """H′ is trusted when at most this share of them has an action that it would not have taken, from 0 to 1."""
    doubt_at: float = 0.10
    """H′ is no longer trusted when more than this share has, from 0 to 1."""
    check_every: int = 20
    """Steps of the run from one test of a trusted H′ to the next."""
    most: int = 500
    """Transcripts after which H is asked no more, to teach H′ or to test it."""


@dataclass
class Imitated:
    """The human H′, its lessons, and how far it is trusted. ``policy`` answers with what ``learner`` has learned."""

    settings: ImitatedSettings
    learner: Learner
    policy: Answerer
    samples: list[Sample] = field(default_factory=list)
    mistaken: list[bool] = field(default_factory=list)
    transcripts: int = 0
    trusted: bool = False
    _known: dict[tuple[str, ...], Action] = field(default_factory=dict)

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        """H′'s action in each workspace; each distinct text is thought about once."""
        seen = [tuple(workspace_lines(workspace)) for workspace in workspaces]
        new = [lines for lines in dict.fromkeys(seen) if lines not in self._known]
        if new:
            if len(self._known) > REMEMBERED:
                self._known.clear()
                new = list(dict.fromkeys(seen))
            answers = await self.policy([Question(WHAT_NEXT, Context(lines)) for lines in new])
            for lines, answer in zip(new, answers, strict=True):
                self._known[lines] = read_action(answer.text) or UNREAD
        return [self._known[lines] for lines in seen]

    @property
    def error(self) -> float:
        """The share of recent transcripts with an action that H′ would not have taken; 1 before there are enough."""
        if len(self.mistaken) < self.settings.window:
            return 1.0
        return sum(self.mistaken) / len(self.mistaken)

    @property
    def exhausted(self) -> bool:
        """Whether the real H has given all the transcripts that it may be asked for."""
        return self.transcripts >= self.settings.most

    async def observe(self, transcripts: Sequence[Transcript]) -> None:
        """Tests H′ on transcripts of the real H, then adds them to its lessons."""
        steps = [list(transcript.steps()) for transcript in transcripts]
        foreseen = iter(await self([workspace for taken in steps for workspace, _ in taken]))
        for taken in steps:
            wrong = [without_reason(next(foreseen)) != without_reason(action) for _, action in taken]
            self.mistaken = [*self.mistaken, any(wrong)][-self.settings.window :]
            for workspace, action in taken:
                question = Question(WHAT_NEXT, Context(tuple(workspace_lines(workspace))))
                self.samples.append(Sample(question, action_text(without_reason(action))))
        self.transcripts += len(transcripts)
        error = self.error
        self.trusted = error <= (self.settings.doubt_at if self.trusted else self.settings.trust_at)

    def update(self, randomness: random.Random) -> bool:
        """Some optimiser steps on lessons drawn at random; False where a loss was not finite."""
        count = min(self.settings.actions, len(self.samples))
        samples = [randomness.sample(self.samples, count) for _ in range(self.settings.updates if count else 0)]
        finite = [self.learner(batch).finite for batch in samples]
        self.forget()
        return all(finite)

    def forget(self) -> None:
        """Drops the actions thought of earlier; whoever changes the policy must."""
        self._known.clear()
