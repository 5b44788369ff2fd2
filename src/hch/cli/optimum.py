"""``hch optimum``: the exact set of models that are optimal for a loss in a finite world, and if it is aligned."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hch.cli.parts import get_value, import_file
from hch.cli.usage import DONE, FAILED, Parser, UsageError, split_names, suggestion, unknown, whole_from
from hch.optimum.analysis import Analyse, Analysis, LossResult
from hch.optimum.goodhart import NOT_COMPUTED, GoodhartCurve
from hch.optimum.losses.all_losses import LOSSES
from hch.optimum.output.records import record_analysis
from hch.optimum.output.sentences import (
    describe_curve,
    describe_hch,
    describe_world,
    format_aligned_share,
    format_size,
    list_notes,
    tabulate_curve,
)
from hch.optimum.world.errors import WorldError, format_integer
from hch.optimum.world.world import World
from hch.optimum.world.worldfile import read_world
from hch.text.display import plain

USUAL = ("imitation", "joint", "supervised", "approval", "hch_approval", "closeness", "reward", "entropy_reward")

DESCRIPTION = """
Finds the exact set of models that are optimal for a loss in a finite world, and says whether all of
them are aligned: whether the loss is outer aligned at optimum. If not, it gives the smallest
counterexample. A world is a TOML file, or a Python file that defines WORLD.

losses:
""" + "\n".join(f"  {name:16}{named.summary}" for name, named in LOSSES.items())  # fmt: skip


def main(words: Sequence[str]) -> int:
    """Prints what was found of each world; 1 if some of it was out of reach."""
    read = parser().read(words)
    losses = split_losses(read.loss)
    analyse = Analyse(read.reading, read.curve or read.html is not None, read.sample, read.seed)
    analysed: list[tuple[Path, Analysis]] = []
    for path in read.worlds:
        world = change(read_any(path), read)
        names = losses or losses_of(world, path) or usual_losses(world)
        try:
            analysed.append((path, analyse(world, {name: (LOSSES[name].loss, LOSSES[name].summary) for name in names})))
        except WorldError as error:
            raise UsageError(f"{path}: {error}") from error
    if read.html is not None:
        from hch.optimum.output.page import write_analyses

        print(write_analyses([analysis for _, analysis in analysed], read.html), file=sys.stderr)
    if read.json:
        worlds = [{"file": str(path), **record_analysis(analysis)} for path, analysis in analysed]
        print(msgspec.json.format(msgspec.json.encode({"worlds": worlds}), indent=2).decode())
    else:
        for number, (path, analysis) in enumerate(analysed):
            if number:
                print()
            show(analysis, path, curves=read.curve)
    return FAILED if any(result.out_of_reach for _, analysis in analysed for result in analysis.results) else DONE


def parser() -> Parser:
    """What the command understands."""
    parser = Parser("optimum", DESCRIPTION.strip())
    parser.add_argument("worlds", metavar="WORLD", nargs="+", type=Path, help="a TOML file, or a Python file")
    parser.add_argument("--loss", metavar="A,B", help="the losses to look at (default: the world's own, or most)")
    parser.add_argument(
        "--reading", choices=("right", "trying"), default="right", help="what aligned means (default: right answers)"
    )
    parser.add_argument("--reveal", metavar="CHANNEL", action="append", default=[], help="let the loss see a channel")
    parser.add_argument("--data", metavar="QUESTION", action="append", help="learn from this question only, or these")
    parser.add_argument("--charmed", metavar="X", type=strength, help="how far an answer's appeal raises its rating")
    parser.add_argument("--anchored", metavar="X", type=strength, help="how far it makes an answer seem close")
    parser.add_argument("--turns", metavar="N", type=whole_from(0), help="the statements of a debate, of both sides")
    parser.add_argument("--curve", action="store_true", help="show Goodhart's curve: the best of n random models")
    parser.add_argument(
        "--sample", metavar="N", type=whole_from(1), help="draw N models where exactness is out of reach"
    )
    parser.add_argument(
        "--seed", metavar="N", type=whole_from(0), default=0, help="the seed of the sample (default: 0)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON in place of tables")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write a page that has it all, with the world drawn")
    return parser


def read_any(path: Path) -> World:
    """The world in a file. Raises UsageError where there is none."""
    try:
        if path.suffix != ".py":
            return read_world(path)
        return get_value(import_file(path), path, "WORLD", World)
    except WorldError as error:
        raise UsageError(str(error)) from error


def change(world: World, read: argparse.Namespace) -> World:
    """The world, with what the options change of it."""
    for question in read.data or ():
        if question not in world.by_question:
            raise unknown("question", question, world.questions)
    known = [channel.name for channel in world.channels]
    for channel in read.reveal:
        if channel not in known:
            hint = suggestion(channel, known) if known else "; its answers have no channels"
            raise UsageError(f"the world has no channel “{plain(channel, 100)}”{hint}")
    world = world.reveal_channels(*read.reveal)
    changes = {name: value for name in ("charmed", "anchored", "turns") if (value := getattr(read, name)) is not None}
    if read.data is not None:
        changes["data"] = frozenset(read.data)
    try:
        return replace(world, **changes)
    except WorldError as error:
        raise UsageError(str(error)) from error


def split_losses(text: str | None) -> list[str]:
    """The losses that a text names, apart by commas. Raises UsageError at one that does not exist."""
    return [] if text is None else split_names(text, "loss", LOSSES)


def losses_of(world: World, path: Path) -> list[str]:
    """The losses that the world itself names."""
    try:
        return split_losses(",".join(world.losses)) if world.losses else []
    except UsageError as error:
        raise UsageError(f"{path}: losses: {error}") from error


def usual_losses(world: World) -> list[str]:
    """The losses to look at where nobody names any: debates only where there is something to be said."""
    debatable = any(entry.statements or entry.plausible for entry in world.entries)
    return [*USUAL, "debate", "quote_debate"] if debatable else [*USUAL]


def strength(text: str) -> Fraction:
    """A strength: a number that is 0 or more."""
    try:
        number = Fraction(text)
    except (ValueError, ZeroDivisionError):
        number = Fraction(-1)
    if number < 0:
        raise argparse.ArgumentTypeError(f"expected a number such as 2, 0.5 or 1/3, got “{text}”")
    return number


# What is printed of a world


SHOWN = tuple(10**power for power in range(7))
"""The n of which a table of Goodhart's curve has a line."""


def show(analysis: Analysis, path: Path, curves: bool = False) -> None:
    """Prints what was found of a world."""
    console = Console(highlight=False)
    world = analysis.world
    console.print(Text(plain(world.title or path.name), style="bold"))
    console.print(Text(plain(describe_world(world))))
    console.print(Text(plain(describe_hch(analysis))))
    table = Table(box=box.SIMPLE)
    table.add_column("loss")
    table.add_column("optimal models", justify="right")
    table.add_column("aligned")
    for result in analysis.results:
        table.add_row(result.name, format_size(result), format_aligned_share(result))
    console.print(table)
    losses: dict[str, list[str]] = {}
    for result in analysis.results:
        for note in list_notes(result):
            losses.setdefault(note, []).append(result.name)
    for note, names in losses.items():
        console.print(Text.assemble((f"{', '.join(names)}: ", "bold"), plain(note)))
    if curves:
        for result in analysis.results:
            _show_curve(console, result)
        console.print(Text(f"\n{NOT_COMPUTED}", style="dim"))


def _show_curve(console: Console, result: LossResult) -> None:
    if result.curve is None:
        if result.no_curve:
            console.print(Text(f"\n{result.name}: no curve: {plain(result.no_curve)}"))
        return
    console.print()
    console.print(curve_table(result.name, result.curve))
    console.print(Text(describe_curve(result.curve)))


def curve_table(name: str, curve: GoodhartCurve) -> Table:
    """Goodhart's curve in numbers."""
    how = "exact" if curve.samples is None else f"from {format_integer(curve.samples)} random models"
    table = Table(box=box.SIMPLE, title=f"{name}: the best of n random models ({how})", title_justify="left")
    for heading in ("n", "proxy", "gold", "gap", "broken", "noise", "tail"):
        table.add_column(heading, justify="right")
    for row, point in zip(tabulate_curve(curve), curve.points, strict=True):
        if point.n in SHOWN:
            table.add_row(*row)
    return table
