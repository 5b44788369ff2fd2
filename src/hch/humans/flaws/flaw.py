"""The role of a flaw in an overseer: a human around a human, with a strength; flaws can be listed, removed, copied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol, cast, runtime_checkable

from hch.protocols import Human
from hch.text.judgements import Judged


@runtime_checkable
class Flaw(Protocol):
    """A human with a flaw around another human; ``strength`` is from 0 (no effect) to 1."""

    @property
    def human(self) -> Human: ...

    @property
    def strength(self) -> float: ...


@runtime_checkable
class Appealing(Protocol):
    """A flaw that an answer can appeal to."""

    def appeal(self, judged: Judged, place: int) -> float: ...


def list_flaws(human: Human) -> Iterator[Flaw]:
    """The flaws around a human, the outermost first."""
    while isinstance(human, Flaw):
        yield human
        human = human.human


def remove_flaws(human: Human) -> Human:
    """The human below all flaws."""
    for flaw in list_flaws(human):
        human = flaw.human
    return human


def copy_flaws(human: Human, other: Human) -> Human:
    """A human with all the flaws that another has, in the same order."""
    if not isinstance(other, Flaw):
        return human
    flawed: Any = other
    return cast("Human", replace(flawed, human=copy_flaws(human, other.human)))
