"""``hch train`` and ``hch resume``: an experiment, changed by options, is carried out in a run's folder."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hch.cli.parts import find_experiment
from hch.cli.usage import DONE, FAILED, INTERRUPTED, Parser, UsageError
from hch.text.display import plain
from hch.text.files import read_rows

if TYPE_CHECKING:
    from hch.cli.options import AddOptions
    from hch.training.experiment import Experiment
    from hch.training.run_folder import RunFolder

DESCRIPTION = """Trains an experiment: one from hch list, or the EXPERIMENT that a Python file defines. The run is a new
folder. Each setting of the experiment is an option, such as --seed or --task.bits; all, with what it has for each:

  hch train NAME --help

With --dry-run, calls to a server that has its price are paid for in the trial, too."""


def main(words: Sequence[str]) -> int:
    """Trains, and returns the exit code."""
    if words and words[0] in ("-h", "--help"):
        from hch.cli.options import add_run_options

        return explain("train", DESCRIPTION, add_run_options)
    base = find_experiment(words, "train")
    from hch.cli.options import apply_options

    experiment, own = apply_options(base.experiment, words[1:], f"hch train {words[0]}", base.schemes)
    check(experiment)
    if own.get("dry_run"):
        from hch.cli.dry_run import dry_run

        return dry_run(experiment)
    from hch.training.run_folder import RunFolder

    path = own.get("out") or next_free(experiment.name)
    return carry_out(experiment, RunFolder.new(path), command=["train", base.word, *words[1:]])


def resume(words: Sequence[str]) -> int:
    """Goes on with a run, and returns the exit code."""
    from hch.training.run_folder import RunFolder

    parser = Parser("resume", "Goes on with a run from its last checkpoint, with the settings that it has.")
    parser.add_argument("run", metavar="RUN", type=Path, help="the run's folder")
    folder = RunFolder.existing(parser.read(words).run)
    results = folder.path / "results.json"
    if results.exists() and folder.read("results.json").get("status") == "done":
        print(f"{folder.path} is done already; its report: {folder.path / 'report.html'}")
        return DONE
    from hch.cli.rebuild import rebuild

    return carry_out(rebuild(folder, training=True), folder, resume=True)


def explain(command: str, description: str, add_own: AddOptions) -> int:
    """Prints a command's help where no experiment is named, whose settings would be options too."""
    from hch.cli.options import add_part_options

    usage = "NAME|FILE.py [--option VALUE …] [--any.nested.option VALUE …]"
    parser = Parser(command, description, usage)
    add_own(parser)
    add_part_options(parser, with_scheme=command == "train")
    parser.print_help()
    return DONE


def check(experiment: Experiment) -> None:
    """Raises UsageError where the settings, each possible in itself, cannot go together: before a folder is made."""
    from hch.humans.flaws.flaw import Flaw
    from hch.models.device import prepare
    from hch.training.questions import sample_questions

    if experiment.people is not None and experiment.people.flawed and not isinstance(experiment.human, Flaw):
        raise UsageError(f"people.flawed lends people the flaws of H, and H has none in {experiment.name}")
    if experiment.language is None and experiment.task.words is None:
        raise UsageError("only a language model reads this task's texts: leave --no-language out")
    try:
        prepare(experiment.threads, experiment.device)
        for size in experiment.curriculum.sizes:
            for test in (False, True):
                sample_questions(experiment.task, size, 1, 1, random.Random(0), test=test)
    except ValueError as error:
        raise UsageError(str(error)) from error
    except RuntimeError as error:  # PyTorch's, for a device that it does not know
        raise UsageError(f"PyTorch has no device “{experiment.device}”; there are cpu, cuda and others") from error


def next_free(name: str) -> Path:
    """The first of runs/NAME-1, runs/NAME-2, … that is not there."""
    number = 1
    while (path := Path("runs") / f"{name}-{number}").exists():
        number += 1
    return path


def carry_out(experiment: Experiment, folder: RunFolder, resume: bool = False, command: Sequence[str] = ()) -> int:
    """Runs, shows what goes on, prints the results and the report's place, and returns the exit code."""
    from rich.console import Console

    from hch.cli.display import results_table, rounds_table

    results = train(experiment, folder, resume, command)
    console = Console(highlight=False)
    rows = read_rows(folder.metrics) if experiment.evaluation.at_start else []
    if len(rows) > 1:
        console.print(rounds_table(rows))
    console.print(results_table(results))
    if results["status"] != "done":
        print(f"hch: {results['status']}: {plain(results.get('reason', 'no reason is known'))}", file=sys.stderr)
    if (model := folder.path / "model").exists():
        print(f"model: {model}")
    if report := write_report(folder):
        print(report)
    return exit_code(results)


def train(experiment: Experiment, folder: RunFolder, resume: bool, command: Sequence[str]) -> Mapping[str, Any]:
    """Runs in the folder, which nobody else may use meanwhile, and returns the results."""
    from hch.cli.display import Display
    from hch.training.loop import run
    from hch.training.schemes import scheme_name

    with folder:
        try:
            with Display(f"{experiment.name}, {scheme_name(experiment.scheme)}") as watch:
                return asyncio.run(run(experiment, folder, watch, resume, command))
        finally:
            if not (folder.path / "experiment.json").exists():
                _clear(folder)


def exit_code(results: Mapping[str, Any]) -> int:
    """The exit code for a run's results: nothing is wrong with a run that is stopped because it waits for people."""
    if "waiting" in results:
        return DONE
    return {"done": DONE, "stopped": INTERRUPTED, "failed": FAILED}[results["status"]]


def write_report(folder: RunFolder) -> str:
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
    """Removes a folder in which nothing has begun, so that its name is free again."""
    with contextlib.suppress(OSError):
        (folder.path / ".lock").unlink(missing_ok=True)
        folder.path.rmdir()
