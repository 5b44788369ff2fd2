"""How far something has come that goes through many things: a bar on a terminal, if it takes longer than a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import monotonic
from types import TracebackType
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hch.text.display import count

T = TypeVar("T")

A_MOMENT = 2.0
"""Seconds without a word."""


class Counting:
    """Counts what goes in and what comes out. Nothing is shown where nobody watches, or in the first moment.

    ``what`` is one of the things that go in, in a word. With ``quiet`` nothing is shown at all, as where the terminal
    is needed for something else.
    """

    def __init__(
        self, what: str, total: int | None = None, *, quiet: bool = False, console: Console | None = None
    ) -> None:
        self.what, self.taken, self.made = what, 0, 0
        console = console or Console(stderr=True)
        self.is_live = console.is_terminal and not console.is_dumb_terminal and not quiet
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, console=console, transient=True)
        self.task = self.bar.add_task(f"{what}s", total=total)
        self.since = monotonic()

    def __enter__(self) -> Counting:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        if self.bar.live.is_started:  # or a line would be left empty
            self.bar.stop()

    def at(self, number: int) -> None:
        """So many have been gone through."""
        self.taken = number
        if self.is_live and monotonic() - self.since > A_MOMENT:
            self.bar.start()
            self.bar.update(self.task, completed=number)

    def through(self, things: Iterable[T]) -> Iterator[T]:
        """The things, counted as they go in."""
        for number, thing in enumerate(things, 1):
            yield thing
            self.at(number)

    def out(self, rows: Iterable[T]) -> Iterator[T]:
        """The rows, counted as they come out."""
        for row in rows:
            self.made += 1
            yield row

    def said(self) -> str:
        """The numbers in words."""
        return f"{many(self.made, 'row')} from {many(self.taken, self.what)}"


def many(number: int, what: str) -> str:
    """So many of something: “1 row”, “2 rows”."""
    return f"{count(number)} {what}" + ("" if number == 1 else "s")
