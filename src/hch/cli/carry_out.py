"""A run from its first step, or from where it stopped, to its report."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from hch.cli.display import Display, results_table, rounds_table
from hch.cli.usage import DONE, FAILED, INTERRUPTED
from hch.text.display import plain
from hch.text.files import read_rows
from hch.training.experiment import Experiment
from hch.training.loop import run
from hch.training.run_folder import RunFolder
from hch.training.schemes import scheme_name


def exit_code(results: Mapping[str, Any]) -> int:
    """The exit code for a run's results: nothing is wrong with a run that is stopped because it waits for people."""
    if "waiting" in results:
        return DONE
    return {"done": DONE, "stopped": INTERRUPTED, "failed": FAILED}[results["status"]]


def carry_out(experiment: Experiment, folder: RunFolder, resume: bool = False, command: Sequence[str] = ()) -> int:
    """Runs, shows what goes on, prints the results and the report's place, and returns the exit code."""
    results = trained(experiment, folder, resume, command)
    console = Console(highlight=False)
    rows = read_rows(folder.metrics) if experiment.evaluation.at_start else []
    if len(rows) > 1:
        console.print(rounds_table(rows))
    console.print(results_table(results))
    if results["status"] != "done":
        print(f"hch: {results['status']}: {plain(results.get('reason', 'no reason is known'))}", file=sys.stderr)
    if (model := folder.path / "model").exists():
        print(f"model: {model}")
    if report := reported(folder):
        print(report)
    return exit_code(results)


def trained(experiment: Experiment, folder: RunFolder, resume: bool, command: Sequence[str]) -> Mapping[str, Any]:
    """Runs in the folder, which nobody else may use meanwhile, and returns the results."""
    with folder:
        try:
            with Display(f"{experiment.name}, {scheme_name(experiment.scheme)}") as watch:
                return asyncio.run(run(experiment, folder, watch, resume, command))
        finally:
            if not (folder.path / "experiment.json").exists():
                _clear(folder)


def reported(folder: RunFolder) -> str:
    """Writes the run's report and says where it is; empty, with a hint on stderr, where that needs a package."""
    try:
        from hch.report import write_run_report

        return f"report: {write_run_report(folder.path)}"
    except ModuleNotFoundError as error:
        if error.name not in ("matplotlib", "jinja2"):
            raise
        print(f"no report was written, as {error.name} is missing: pip install 'hch[report]'", file=sys.stderr)
        return ""


def _clear(folder: RunFolder) -> None:
    """Takes away a folder in which nothing has begun, so that its name is free again."""
    with contextlib.suppress(OSError):
        (folder.path / ".lock").unlink(missing_ok=True)
        folder.path.rmdir()
