"""People as H in training: where they work, and how long a run waits for them.

These are settings alone: reading an experiment needs no database.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from hch.amplify.waiting import list_ids
from hch.protocols import Human, Recall


class Present(NamedTuple):
    """People who can be asked now, and where they left each workspace."""

    human: Human
    recall: Recall


@dataclass(frozen=True)
class People:
    """People answer in training, by way of ``store``: a URL, or empty for the user's default store.

    ``project`` is a project's name there; where it is empty, it is the run folder's name.

    The run polls the store every ``poll`` seconds. When it has waited ``patience`` seconds for a step or a batch of H′,
    it saves all and ends, to be resumed later; at 0 it never waits.

    With ``flawed``, a test mode, the flaws of the experiment's ``human`` are applied to people's judgements too; the
    store keeps what people said themselves.
    """

    store: str = ""
    """The database that people work in, as a URL; empty for the default store."""
    project: str = ""
    """The project's name there; empty for the name of the run's folder."""
    patience: float = inf
    """Seconds to wait for people before the run is saved and ends; 0 never waits, inf always."""
    poll: float = 0.5
    """Seconds between looks at what people have done."""
    flawed: bool = False
    """A test mode: the flaws of H act on people's judgements too; what is stored stays as they said it."""

    def __post_init__(self) -> None:
        if not self.patience >= 0 or not self.poll >= 0:
            raise ValueError(f"people need patience ≥ 0 and poll ≥ 0 seconds, got {self.patience} and {self.poll}")

    def __call__(self, project: str, summary: str) -> Present:
        """The people of a project, which is made where it is missing, with a summary of what they are asked.

        They consult the EMA model, and see as little of the facts as H′ would, who is to learn from them.
        """
        from hch.people.human import Person, Recorded, prepare_project
        from hch.people.store.projects import Rules

        project = self.project or project
        prepare_project(self.store, project, Rules(about=summary, other_side="run", view="nothing"))
        return Present(Person(self.store, project), Recorded(self.store, project))


@dataclass
class Patience:
    """The workspaces that a run waits for, and since when (by the monotonic clock; None if it does not wait)."""

    people: People
    waits_for: tuple[str, ...] = ()
    since: float | None = None

    def begin(self, waits_for: tuple[str, ...]) -> None:
        """People have to act in these workspaces; if they were waited for already, that goes on."""
        self.waits_for = waits_for
        self.since = time.monotonic() if self.since is None else self.since

    def end(self) -> None:
        """People have done their part."""
        self.waits_for, self.since = (), None

    @property
    def is_over(self) -> bool:
        return self.since is not None and time.monotonic() - self.since >= self.people.patience

    @property
    def note(self) -> str:
        """The line that a watcher of the run reads."""
        return f"waiting for people: {_workspaces(len(self.waits_for))}"

    @property
    def reason(self) -> str:
        """Why the run has ended when the patience is over."""
        return f"waiting for people in {_workspaces(len(self.waits_for))} ({list_ids(self.waits_for)})"

    async def pause(self, interrupted: Callable[[], bool]) -> None:
        """Sleeps until it is time to poll again, the patience is over, or somebody interrupts."""
        until = time.monotonic() + self.people.poll
        await asyncio.sleep(0)
        # Nothing to await: an interrupt is a flag of the process, and an action of people is in a database.
        while not (interrupted() or self.is_over) and (left := until - time.monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(left, LONGEST_SLEEP))


LONGEST_SLEEP = 0.5
"""Seconds in which an interrupt, or the end of the patience, may go unseen."""


def _workspaces(count: int) -> str:
    return f"{count:,} workspace{'' if count == 1 else 's'}"
