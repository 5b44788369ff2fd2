"""``hch train``: an experiment, changed by options, is carried out in a new run folder."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hch.cli.rebuild import named
from hch.cli.usage import DONE, EXIT_CODES, UsageError

if TYPE_CHECKING:
    from hch.training.experiment import Experiment

HELP = f"""usage: hch train NAME|FILE.py [--out RUN] [--seed N] [--any.nested.option VALUE …] [--dry-run]

Trains an experiment: one from hch list, or the EXPERIMENT that a Python file defines. The run is a new folder: the one
given with --out, or the next free one under runs/. All options of an experiment, with its own settings for them:

  hch train NAME --help

With --dry-run no run is begun: some steps are tried out, and it is said what a round and the run would take in time,
consultations, tokens and dollars. Calls to a server that has its price are paid for in the trial, too.

{EXIT_CODES}"""


def main(words: Sequence[str]) -> int:
    """Trains, and returns the exit code."""
    if words and words[0] in ("-h", "--help"):
        print(HELP)
        return DONE
    name, experiment = named(words, "train")
    from hch.cli.carry_out import carry_out
    from hch.cli.options import changed
    from hch.training.run_folder import RunFolder

    wanted = [word for word in words[1:] if word != DRY_RUN]
    experiment, out = changed(experiment, wanted, f"hch train {words[0]}")
    check(experiment)
    if DRY_RUN in words:
        from hch.cli.dry_run import dry_run

        return dry_run(experiment)
    path = out or next_free(experiment.name)
    return carry_out(experiment, RunFolder.new(path), command=["train", name, *words[1:]])


DRY_RUN = "--dry-run"


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
