"""What is printed of a finite world: how it is founded, a line for each loss, a sentence for each counterexample."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hch.cli.usage import UsageError
from hch.optimum.analysis import Analysis, LossResult
from hch.optimum.goodhart import NOT_COMPUTED, GoodhartCurve
from hch.optimum.output.sentences import (
    describe_curve,
    describe_hch,
    describe_world,
    format_aligned,
    format_size,
    list_notes,
    tabulate_curve,
)
from hch.optimum.world.errors import format_integer
from hch.optimum.world.world import World
from hch.text.display import plain

SHOWN = tuple(10**power for power in range(7))
"""The n of which a table has a line."""


def world_from_python(path: Path) -> World:
    """The WORLD that a Python file defines. Raises UsageError where there is none."""
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    name = f"hch_world_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None, "the name ends in .py"
    assert spec.loader is not None, "the name ends in .py"
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look up their own module there.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    found = getattr(module, "WORLD", None)
    if not isinstance(found, World):
        raise UsageError(f"{path} defines no WORLD: expected WORLD = World(…), got {plain(found, 60)}")
    return found


def show(evaluation: Analysis, path: Path, curves: bool = False) -> None:
    """Prints what was found of a world."""
    console = Console(highlight=False)
    world = evaluation.world
    console.print(Text(plain(world.title or path.name), style="bold"))
    console.print(Text(plain(describe_world(world))))
    console.print(Text(plain(describe_hch(evaluation))))
    table = Table(box=box.SIMPLE)
    table.add_column("loss")
    table.add_column("optimal models", justify="right")
    table.add_column("aligned")
    for finding in evaluation.results:
        table.add_row(finding.name, format_size(finding), format_aligned(finding))
    console.print(table)
    said: dict[str, list[str]] = {}
    for finding in evaluation.results:
        for note in list_notes(finding):
            said.setdefault(note, []).append(finding.name)
    for note, names in said.items():
        console.print(Text.assemble((f"{', '.join(names)}: ", "bold"), plain(note)))
    if curves:
        for finding in evaluation.results:
            _show_curve(console, finding)
        console.print(Text(f"\n{NOT_COMPUTED}", style="dim"))


def _show_curve(console: Console, finding: LossResult) -> None:
    if finding.curve is None:
        if finding.no_curve:
            console.print(Text(f"\n{finding.name}: no curve: {plain(finding.no_curve)}"))
        return
    console.print()
    console.print(curve_table(finding.name, finding.curve))
    console.print(Text(describe_curve(finding.curve)))


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
