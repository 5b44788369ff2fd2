"""An experiment from its name or file, and again from what a run has written down.

What is heavy is imported late: a wrong name is found at once.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

    name = f"hch_experiment_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is not a Python file: its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look up their own module there.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    found = getattr(module, "EXPERIMENT", None)
    if not isinstance(found, Experiment):
        raise UsageError(f"{path} defines no EXPERIMENT: expected EXPERIMENT = Experiment(…), got {plain(found, 60)}")
    return found


def rebuilt(folder: RunFolder) -> Experiment:
    """The experiment of a run, made again as it was.

    Raises RunError where it cannot be, naming the first setting that differs.
    """
    from hch.cli.options import changed
    from hch.text.files import RunError
    from hch.training.record import settings_record

    record = folder.read("experiment.json")
    words = list(record.get("command") or ["train", record["experiment"]])[1:]
    try:
        experiment = changed(named(words, "train")[1], words[1:], "hch train").experiment
    except UsageError as error:
        raise RunError(f"the experiment of {folder.path} cannot be made again: {error}") from error
    if differs := first_difference(record["settings"] | UNIMPORTANT, settings_record(experiment) | UNIMPORTANT):
        where, before, after = differs
        raise RunError(
            f"{folder.path} was run with {where} = {plain(before, 80)}, and hch train {plain(words[0], 200)} now has "
            f"{plain(after, 80)}: the experiment was changed since, so this run cannot go on with it. Change it back, "
            "or start a new run"
        )
    return experiment


UNIMPORTANT = {"name": "", "summary": ""}
"""What an experiment is called may change: it changes nothing else."""

MISSING = "nothing"


def first_difference(before: Any, after: Any, where: str = "") -> tuple[str, Any, Any] | None:
    """The first place in which two records differ, and what stands there in each."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            place = f"{where}.{key}" if where else str(key)
            if found := first_difference(before.get(key, MISSING), after.get(key, MISSING), place):
                return found
        return None
    return None if before == after else (where, before, after)
