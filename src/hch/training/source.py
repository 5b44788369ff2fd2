"""An experiment's Python file: how it is imported, and the copy that a run keeps of it.

A run that was made from a file has it under ``source/``, so it can be asked and resumed wherever the file has gone. To
read such a run's experiment is to run that file.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from hch.text.files import RunError
from hch.training.experiment import Experiment
from hch.training.first_version import outdated_lines
from hch.training.record import from_record
from hch.training.run_folder import RunFolder

FOLDER = "source"


def import_source(path: Path) -> ModuleType:
    """The module that a Python file is. Raises RunError where it is none, or was written for the first version."""
    name = f"hch_experiment_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise RunError(f"{path} is not a Python file: its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look up their own module there.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        outdated = "; ".join(outdated_lines(path.read_text("utf-8")))
        if not outdated or not (error.name or "").startswith("hch"):
            raise
        raise RunError(f"{path} was written for an older hch ({error}). Change: {outdated}") from error
    return module


def keep_source(folder: RunFolder, command: Sequence[str]) -> str | None:
    """Copies the file that a command trains into the run's folder, and says where it is there; None without a file."""
    if len(command) < 2 or not command[1].endswith(".py"):
        return None
    copy = folder.path / FOLDER / Path(command[1]).name
    copy.parent.mkdir(exist_ok=True)
    shutil.copyfile(command[1], copy)
    return f"{FOLDER}/{copy.name}"


def read_experiment(folder: RunFolder, modules: Sequence[ModuleType] = (), *, training: bool = True) -> Experiment:
    """The experiment of a run, as it was. ``modules`` may have classes of it; else those are in the run's source file.

    Without ``training``, what only training needs may be missing. Raises RunError where it cannot be read, saying why.
    """
    record = folder.read("experiment.json")
    if not isinstance(record, dict) or not isinstance(record.get("settings"), dict):
        raise RunError(f"{folder.path / 'experiment.json'} has no settings: it is not the record of a run")
    written_as = record.get("format", 1)
    sources, base = list(modules), None
    if not sources and (path := _source(folder, record)):
        sources = [import_source(path)]
        base = getattr(sources[0], "EXPERIMENT", None)
    try:
        return from_record(record["settings"], sources, base, written_as=written_as, training=training)
    except RunError as error:
        raise RunError(f"the experiment of {folder.path} cannot be read: {error}") from error


def _source(folder: RunFolder, record: dict[str, Any]) -> Path | None:
    """The file that a run was made from: its own copy, or, where it has none, the file that its command names.

    The original is taken in place of the copy while it is the same, since it may read what lies beside it.
    """
    command = record.get("command") or []
    named = Path(command[1]) if len(command) > 1 and str(command[1]).endswith(".py") else None
    copies = sorted((folder.path / FOLDER).glob("*.py"))
    if len(copies) > 1:
        raise RunError(f"{folder.path / FOLDER} has several Python files: leave the one that defines EXPERIMENT")
    if copies:
        same = named is not None and named.is_file() and named.read_bytes() == copies[0].read_bytes()
        return named if same else copies[0]
    if named is not None and not named.is_file():
        raise RunError(
            f"{folder.path} was made from {named}, which is not there: put the file back, or into "
            f"{folder.path / FOLDER}/"
        )
    return named
