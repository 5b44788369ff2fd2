"""An experiment from its name or file, and again from what a run has written down.

What is heavy is imported late: a wrong name is found at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hch.cli.usage import UsageError, unknown
from hch.experiments import EXPERIMENTS, load
from hch.text.display import plain

if TYPE_CHECKING:
    from hch.training.experiment import Experiment
    from hch.training.run_folder import RunFolder


def named(words: Sequence[str], command: str) -> tuple[str, Experiment]:
    """The experiment that the first word names, and the word that names it from any folder.

    Raises UsageError where it names none.
    """
    if not words or words[0].startswith("-"):
        raise UsageError(f"the experiment comes first: hch {command} NAME|FILE.py …; hch list shows the names")
    name = words[0]
    if name.endswith(".py") or "/" in name:
        path = Path(name).resolve()
        return str(path), from_file(path)
    if name not in EXPERIMENTS:
        hint = " hch list shows them all." if not Path(f"{name}.py").exists() else f" Or the file {name}.py?"
        raise unknown("experiment", name, EXPERIMENTS, hint)
    return name, load(name)


def from_file(path: Path) -> Experiment:
    """The EXPERIMENT that a Python file defines. Raises UsageError where there is none."""
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    from hch.training.experiment import Experiment
    from hch.training.source import import_source

    experiment = getattr(import_source(path), "EXPERIMENT", None)
    if not isinstance(experiment, Experiment):
        got = plain(experiment, 60)
        raise UsageError(f"{path} defines no EXPERIMENT: expected EXPERIMENT = Experiment(…), got {got}")
    return experiment


def rebuilt(folder: RunFolder, *, training: bool = False) -> Experiment:
    """The experiment of a run, read from the run's own record; with ``training``, with all that it takes to go on.

    Raises RunError where it cannot be read.
    """
    from hch.training.source import read_experiment

    return read_experiment(folder, training=training)
