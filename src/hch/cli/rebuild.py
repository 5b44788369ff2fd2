"""A run's experiment, made again from what the run has written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hch.cli.parts import find_experiment
from hch.cli.usage import UsageError
from hch.text.display import plain

if TYPE_CHECKING:
    from hch.training.experiment import Experiment
    from hch.training.run_folder import RunFolder


def rebuild(folder: RunFolder) -> Experiment:
    """The experiment of a run, made again as it was.

    Raises RunError where it cannot be, naming the first setting that differs.
    """
    from hch.cli.options import apply_options
    from hch.text.files import RunError
    from hch.training.record import settings_record

    record = folder.read("experiment.json")
    words = list(record.get("command") or ["train", record["experiment"]])[1:]
    try:
        base = find_experiment(words, "train")
        experiment = apply_options(base.experiment, words[1:], "hch train", base.schemes).experiment
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
            if difference := first_difference(before.get(key, MISSING), after.get(key, MISSING), place):
                return difference
        return None
    return None if before == after else (where, before, after)
