"""The benchmarks: runs them, prints what they find as they find it, and keeps it as JSON and as a page.

A benchmark that is run anew replaces what was known of it and of no other, so each keeps its own commit and machine.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.harness import Benchmark, Clock, Figure
from benchmarks.page import page, table
from benchmarks.results import machine, read_results, record, write_results
from hch.text.files import write_whole
from hch.training.record import to_record, versions

BENCHMARKS = {
    "startup": "startup",
    "amplify": "amplify_cost",
    "hch": "hch_graph",
    "explore": "explore",
    "optimum": "optimum",
    "step": "step_cost",
    "signals": "signal_cost",
    "store": "store",
    "people": "people",
    "endpoint": "endpoint",
    "language": "language_cost",
    "tiny": "tiny_training",
    "imitated-human": "imitated_human",
    "small": "small_training",
}
"""Each benchmark's module; the long ones last."""

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "benchmarks" / "results.json", ROOT / "docs" / "benchmarks.md"
QUICK = ROOT / ".cache" / "benchmarks" / "results.json", ROOT / ".cache" / "benchmarks" / "benchmarks.md"


def main(words: Sequence[str] | None = None) -> int:
    """Runs the benchmarks that are asked for; 0, whatever they find, and 130 if somebody interrupts."""
    parser = argparse.ArgumentParser(prog="benchmarks/run.py", description="Figures, with their bars and aims.")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=BENCHMARKS, help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="small sizes, a minute in all; kept apart, in .cache")
    parser.add_argument("--results", type=Path, help="the JSON file (default: benchmarks/results.json)")
    parser.add_argument("--page", type=Path, help="the page (default: docs/benchmarks.md)")
    asked = parser.parse_args(words)
    usual = QUICK if asked.quick else KEPT
    results, kept_page = asked.results or usual[0], asked.page or usual[1]
    console = Console(highlight=False)
    try:
        for name in asked.only or BENCHMARKS:
            module = importlib.import_module(f"benchmarks.{BENCHMARKS[name]}")
            measured = measure(name, module.QUICK if asked.quick else module.FULL, asked.quick, console)
            keep(name, measured, results, kept_page)
    except KeyboardInterrupt:
        console.print("interrupted; what was finished is kept")
        return 130
    console.print(f"{results}\n{kept_page}")
    return 0


def measure(name: str, benchmark: Benchmark, quick: bool, console: Console) -> dict[str, Any]:
    """Runs one benchmark and returns what is to be kept of it."""
    console.print(f"[bold]{name}[/bold]" + (" (quick)" if quick else ""))
    began, clock, figures = datetime.now(UTC), Clock(), list[Figure]()
    with console.status(name) as status, clock.running():
        for figure in benchmark(lambda note: status.update(f"{name}: {note}")):
            figures.append(figure)
            status.update(f"{name}: {figure.name}")
    console.print(table(figures))
    return {
        "about": inspect.cleandoc(inspect.getmodule(type(benchmark)).__doc__ or ""),
        "quick": quick,
        "began": began.isoformat(timespec="seconds"),
        "wall_seconds": clock.wall,
        "cpu_seconds": clock.cpu,
        "machine": machine(),
        "versions": versions(),
        "settings": to_record(benchmark),
        "figures": [record(figure) for figure in figures],
    }


def keep(name: str, measured: dict[str, Any], results: Path, kept_page: Path) -> None:
    """Puts what was measured in its place among what was measured earlier."""
    known = read_results(results) | {name: measured}
    ordered = {item: known[item] for item in BENCHMARKS if item in known}
    write_results(results, ordered)
    kept_page.parent.mkdir(parents=True, exist_ok=True)
    write_whole(kept_page, page(ordered).encode())
