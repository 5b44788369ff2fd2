"""A run's experiment, made again from what the run has written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hch.training.experiment import Experiment
    from hch.training.run_folder import RunFolder


def rebuild(folder: RunFolder, *, training: bool = False) -> Experiment:
    """The experiment of a run, read from the run's own record; with ``training``, with all that it takes to go on.

    Raises RunError where it cannot be read.
    """
    from hch.training.source import read_experiment

    return read_experiment(folder, training=training)
