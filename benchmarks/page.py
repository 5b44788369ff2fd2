"""Figures as a table on a terminal, and all results as the page docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from benchmarks.harness import Figure, shown
from benchmarks.results import figure_of

HEADINGS = ("figure", "unit", "median", "min", "max", "times", "bar", "aim", "")
COLOURS = {"missed": "yellow", "aim missed": "yellow", "met": "green", "met, and the aim": "green", "aim met": "green"}

INTRODUCTION = """# Benchmarks

<!-- Made by benchmarks/run.py out of benchmarks/results.json. -->

`make bench` measures all of this anew, in about twenty minutes; `scripts/bench --quick` goes through the same in about
a minute and keeps what it finds in `.cache`; `scripts/bench --only NAME` measures one. A bar is what should hold, an
aim is what would be good. Nothing fails because of a figure: machines are shared, and the smallest, middle and largest
of several measurements tell how much so. Unless said otherwise it is the median that is judged, and less is better.
"""


def cells(figure: Figure) -> tuple[str, ...]:
    """A figure's row, as HEADINGS name it."""
    sign = "≥" if figure.at_least else "≤"
    worst = ", worst" if figure.judged == "worst" and len(figure.values) > 1 else ""
    limits = ["" if limit is None else f"{sign} {shown(limit)}" for limit in (figure.bar, figure.aim)]
    verdict = figure.verdict + (worst if figure.verdict else "")
    numbers = (shown(number) for number in (figure.median, min(figure.values), max(figure.values)))
    return (figure.name, figure.unit, *numbers, str(len(figure.values)), *limits, verdict)


def table(figures: Sequence[Figure]) -> Table:
    """Figures for a terminal."""
    made = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
    for number, heading in enumerate(HEADINGS):
        made.add_column(heading, justify="right" if 2 <= number < 8 else "left", no_wrap=number > 0)
    for figure in figures:
        *row, verdict = cells(figure)
        made.add_row(*map(Text, row), Text(verdict, COLOURS.get(figure.verdict, "")))
    return made


def page(results: Mapping[str, dict[str, Any]]) -> str:
    """The page of all results."""
    return "\n".join([INTRODUCTION, *(section(name, measured) for name, measured in results.items())])


def section(name: str, measured: Mapping[str, Any]) -> str:
    """What one benchmark found."""
    rows = [cells(figure_of(kept)) for kept in measured["figures"]]
    return "\n".join(
        [
            f"## {name}",
            "",
            measured["about"],
            "",
            provenance(measured),
            "",
            line(HEADINGS),
            line(["---", "---", *["--:"] * 6, "---"]),
            *map(line, rows),
            "",
        ]
    )


def line(row: Iterable[str]) -> str:
    return f"| {' | '.join(row)} |"


def provenance(measured: Mapping[str, Any]) -> str:
    """When, where and with what it was measured."""
    machine, versions = measured["machine"], measured["versions"]
    quick = "Quickly, with small sizes" if measured["quick"] else "Measured"
    return (
        f"{quick}, on {measured['began'][:10]} at commit {str(versions['commit'])[:10]}, with Python "
        f"{versions['python']} and torch {versions['torch']}, on {machine['cores']} cores of {machine['processor']}; "
        f"it took {shown(measured['wall_seconds'], 's')} ({shown(measured['cpu_seconds'], 's')} of CPU), and the "
        f"machine's load was {machine['load'][0]} at its end."
    )
