"""A human who follows a script: a generator that yields ``ask(…)`` and returns ``reply(…)`` or ``give_up(…)``.

The generator travels in the workspace's stash. Where it is missing, or has gone another way, a new one replays the
consultations, so any stored workspace can be resumed anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from operator import is_

from hch.types import ANSWERED, Action, Ask, Fail, Pass, Reply, Round, Workspace

Steps = Generator[Ask, list[str | None], Reply | Pass]
Script = Callable[[str], Steps]
"""From a question's text to the steps that H takes on it."""


def ask(*texts: str, sample_indices: tuple[int | None, ...] = ()) -> Ask:
    """One or more sub-questions at once. ``sample_indices`` has one entry a text: a number asks for a sampled answer.

    Raises ValueError where there are not as many indices as texts.
    """
    if sample_indices and len(sample_indices) != len(texts):
        raise ValueError(f"expected one sample index for each of {len(texts)} texts, got {len(sample_indices)}")
    return Ask(texts, sample_indices)


reply = Reply
"""Ends with an answer: ``return reply("42")``."""

give_up = Pass
"""Ends without an answer, saying why: ``return give_up("the answer to … is not a number")``."""


def map_answers(steps: Steps, change: Callable[[str | None], str | None]) -> Steps:
    """The same steps, with each answer mapped by ``change``; None stands for a missing answer on both sides."""
    try:
        asked = next(steps)
        while True:
            answers = yield asked
            asked = steps.send([change(answer) for answer in answers])
    except StopIteration as end:
        end_action: Reply | Pass = end.value
        return end_action


@dataclass(frozen=True)
class Scripted:
    """A human who follows ``script``, which sees the question's text and the answers it asked for, and nothing else."""

    script: Script

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        return [self._next(workspace) for workspace in workspaces]

    def _next(self, workspace: Workspace) -> Action:
        stash, rounds = workspace.stash, workspace.rounds
        held = stash.held
        try:
            # By identity: comparing trees of answers by value can take exponential time.
            if held is not None and len(held[1]) == len(rounds) - 1 and all(map(is_, held[1], rounds)):
                steps = held[0]
                action = steps.send(texts(rounds[-1]))
            else:
                steps, action = self._replay(workspace)
            stash.held = (steps, rounds)
        except StopIteration as end:
            stash.held = None
            return end.value if type(end.value) in (Reply, Pass) else _wrong(end.value)
        except Exception as error:  # a script is anybody's code; its error ends this workspace and no other
            stash.held = None
            return Fail(f"{type(error).__name__}: {error}")
        return action if type(action) is Ask else _wrong(action)

    def _replay(self, workspace: Workspace) -> tuple[Steps, Ask]:
        steps = self.script(workspace.question.text)
        action = next(steps)
        for round_ in workspace.rounds:
            action = steps.send(texts(round_))
        return steps, action


def texts(round_: Round) -> list[str | None]:
    """The answers as a script gets them: a text each, or None where no answer came."""
    return [c.answer.text if c.answer.outcome is ANSWERED else None for c in round_]


def _wrong(value: object) -> Fail:
    return Fail(f"a script yields ask(…) and returns reply(…) or give_up(…), got {value!r}")
