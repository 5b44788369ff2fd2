"""``hch optimum``: the exact set of models that are optimal for a loss in a finite world, and if it is aligned."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import msgspec

from hch.cli.usage import DONE, FAILED, Parser, UsageError, nearest, unknown
from hch.cli.worlds import show, world_from_python
from hch.optimum.analysis import Analyse, Analysis
from hch.optimum.losses.all_losses import LOSSES
from hch.optimum.output.records import record_analysis
from hch.optimum.world.errors import WorldError
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
    losses = chosen_losses(read.loss)
    evaluate = Analyse(read.reading, read.curve or read.html is not None, read.sample, read.seed)
    found: list[tuple[Path, Analysis]] = []
    for path in read.worlds:
        world = changed(read_any(path), read)
        names = losses or named_by(world, path) or usual(world)
        try:
            found.append((path, evaluate(world, {name: (LOSSES[name].loss, LOSSES[name].summary) for name in names})))
        except WorldError as error:
            raise UsageError(f"{path}: {error}") from error
    if read.html is not None:
        from hch.optimum.output.page import write_analyses

        print(write_analyses([evaluation for _, evaluation in found], read.html), file=sys.stderr)
    if read.json:
        worlds = [{"file": str(path), **record_analysis(each)} for path, each in found]
        print(msgspec.json.format(msgspec.json.encode({"worlds": worlds}), indent=2).decode())
    else:
        for number, (path, evaluation) in enumerate(found):
            if number:
                print()
            show(evaluation, path, curves=read.curve)
    return FAILED if any(each.out_of_reach for _, evaluation in found for each in evaluation.results) else DONE


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
    parser.add_argument("--turns", metavar="N", type=natural, help="the statements of a debate, of both sides")
    parser.add_argument("--curve", action="store_true", help="show Goodhart's curve: the best of n random models")
    parser.add_argument("--sample", metavar="N", type=positive, help="draw N models where exactness is out of reach")
    parser.add_argument("--seed", metavar="N", type=natural, default=0, help="the seed of the sample (default: 0)")
    parser.add_argument("--json", action="store_true", help="print JSON in place of tables")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write a page that has it all, with the world drawn")
    return parser


def read_any(path: Path) -> World:
    """The world in a file. Raises UsageError where there is none."""
    try:
        return world_from_python(path) if path.suffix == ".py" else read_world(path)
    except WorldError as error:
        raise UsageError(str(error)) from error


def changed(world: World, read: argparse.Namespace) -> World:
    """The world, with what the options change of it."""
    for question in read.data or ():
        if question not in world.by_question:
            raise unknown("question", question, world.questions)
    known = [channel.name for channel in world.channels]
    for channel in read.reveal:
        if channel not in known:
            hint = f"did you mean {nearest(channel, known)}?" if known else "its answers have no channels"
            raise UsageError(f"the world has no channel “{plain(channel, 100)}”; {hint}")
    world = world.reveal_channels(*read.reveal)
    changes = {name: value for name in ("charmed", "anchored", "turns") if (value := getattr(read, name)) is not None}
    if read.data is not None:
        changes["data"] = frozenset(read.data)
    try:
        return replace(world, **changes)
    except WorldError as error:
        raise UsageError(str(error)) from error


def chosen_losses(text: str | None) -> list[str]:
    """The losses that a text names, apart by commas. Raises UsageError at one that does not exist."""
    names = [name.strip() for name in text.split(",")] if text is not None else []
    for name in names:
        if name not in LOSSES:
            raise unknown("loss", name, LOSSES, f" There are: {', '.join(LOSSES)}")
    return list(dict.fromkeys(names))


def named_by(world: World, path: Path) -> list[str]:
    """The losses that the world itself names."""
    try:
        return chosen_losses(",".join(world.losses)) if world.losses else []
    except UsageError as error:
        raise UsageError(f"{path}: losses: {error}") from error


def usual(world: World) -> list[str]:
    """The losses to look at where nobody names any: debates only where there is something to be said."""
    debatable = any(entry.statements or entry.plausible for entry in world.entries)
    return [*USUAL, "debate", "quote_debate"] if debatable else [*USUAL]


def strength(text: str) -> Fraction:
    """A strength: a number that is 0 or more."""
    try:
        found = Fraction(text)
    except (ValueError, ZeroDivisionError):
        found = Fraction(-1)
    if found < 0:
        raise argparse.ArgumentTypeError(f"expected a number such as 2, 0.5 or 1/3, got “{text}”")
    return found


def natural(text: str) -> int:
    """A whole number, 0 or more."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number, got “{text}”")
    return int(text)


def positive(text: str) -> int:
    """A whole number above 0."""
    found = natural(text)
    if not found:
        raise argparse.ArgumentTypeError("expected a number above 0, got “0”")
    return found
