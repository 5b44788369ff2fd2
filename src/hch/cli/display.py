"""What a terminal shows: progress, on stderr, and the tables at a run's end, on stdout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from hch.text.display import count, percent, plain

if TYPE_CHECKING:
    from hch.training.loop import Moment

WHO = {"alone": "H alone", "model": "model", "amplified": "H + model", "hch": "HCH"}
"""Who answers, in the order of the columns."""

SECONDS_BETWEEN_LINES = 5.0
"""Where nobody watches live, a line is written no more often than this."""


class Display:
    """Watches a run: a bar with the latest accuracies on a terminal, a line now and then anywhere else."""

    def __init__(self, title: str, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self.is_live = self.console.is_terminal and not self.console.is_dumb_terminal
        self.title, self.written, self.seen, self.waiting = plain(title), float("-inf"), -1, False
        self.bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
            expand=True,
        )
        self.task = self.bar.add_task(f"{self.title}: making the evaluation", total=None)
        self.scores, self.note = Text(), Text(style="dim")
        self.live = Live(Group(self.bar, self.scores, self.note), console=self.console, refresh_per_second=4)

    def __enter__(self) -> Display:
        if self.is_live:
            self.live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        if self.is_live:
            self.live.stop()

    def __call__(self, moment: Moment) -> None:
        self.waiting = self.waiting and moment.waiting
        if self.is_live:
            self.bar.update(self.task, description=self.title, completed=moment.step, total=moment.steps)
            self.scores.plain, self.note.plain = scores_line(moment.row), plain(moment.note)
        elif moment.waiting:
            self.wait(moment)
        elif moment.row.get("step", -1) != self.seen or moment.step == moment.steps:
            self.line(moment)

    def wait(self, moment: Moment) -> None:
        """Writes that people are waited for, once each time and not when something was written just now."""
        now = monotonic()
        if not self.waiting and now - self.written >= SECONDS_BETWEEN_LINES:
            self.written, self.waiting = now, True
            self.console.out(f"step {moment.step} of {moment.steps}; {plain(moment.note)}", highlight=False)

    def line(self, moment: Moment) -> None:
        """Writes a line about the latest evaluation, unless one was written just now."""
        self.seen = moment.row.get("step", -1)
        now = monotonic()
        if self.seen < 0 or (now - self.written < SECONDS_BETWEEN_LINES and moment.step < moment.steps):
            return
        self.written = now
        parts = [f"step {moment.step} of {moment.steps}", scores_line(moment.row), plain(moment.note)]
        self.console.out("; ".join(part for part in parts if part), highlight=False)


def scores_line(row: Mapping[str, Any]) -> str:
    """The latest accuracies in a line; empty before the first evaluation."""
    accuracy = row.get("accuracy")
    if not accuracy:
        return ""
    shares = ", ".join(f"{WHO[who]} {percent(accuracy.get(who))}" for who in ("model", "amplified"))
    return f"right at step {row['step']}: {shares} ({row['seconds']:.0f} s of training)"


def results_table(results: Mapping[str, Any]) -> Table:
    """What each of H alone, the model, H consulting it and HCH answer correctly, by difficulty."""
    table = Table(box=box.SIMPLE, title="right answers to questions never trained on", title_justify="left")
    table.add_column("difficulty")
    for who in WHO.values():
        table.add_column(who, justify="right")
    for level, shares in results["by_difficulty"].items():
        table.add_row(Text(plain(level)), *(percent(shares.get(who)) for who in WHO))
    table.add_section()
    table.add_row("all", *(percent(results["accuracy"].get(who)) for who in WHO), style="bold")
    return table


MOST_EVALUATIONS = 6
"""Columns of a table on a terminal."""


def rounds_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """What the model alone, and H consulting it, answered correctly at each evaluation, by difficulty.

    Of more evaluations than there is room for it shows some, the first and the last among them.
    """
    last, room = len(rows) - 1, MOST_EVALUATIONS - 1
    shown = [rows[place] for place in sorted({round(last * i / room) for i in range(room + 1)})]
    table = Table(box=box.SIMPLE, title="from evaluation to evaluation: model, H + model", title_justify="left")
    table.add_column("difficulty")
    for row in shown:
        table.add_column(f"step {row['step']}" if row["step"] else "untrained", justify="right")
    for level in shown[-1]["by_difficulty"]:
        table.add_row(Text(plain(level)), *(_pair(row["by_difficulty"].get(level, {})) for row in shown))
    table.add_section()
    table.add_row("all", *(_pair(row["accuracy"]) for row in shown), style="bold")
    return table


def _pair(shares: Mapping[str, Any]) -> str:
    return ", ".join(percent(shares.get(who)) for who in ("model", "amplified"))


# What goes through many things


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

    def in_words(self) -> str:
        """The numbers in words."""
        return f"{many(self.made, 'row')} from {many(self.taken, self.what)}"


def many(number: int, what: str) -> str:
    """So many of something: “1 row”, “2 rows”."""
    return f"{count(number)} {what}" + ("" if number == 1 else "s")
