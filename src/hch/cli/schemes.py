"""The schemes by name. Only the command line looks anything up by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from hch.protocols import Scheme
from hch.schemes.imitation import Imitation
from hch.schemes.supervised import Supervised

if TYPE_CHECKING:
    from hch.experiment import Experiment

SCHEMES: Mapping[str, Callable[[Experiment], Scheme]] = {
    "imitation": lambda _: Imitation(),
    "supervised": lambda experiment: Supervised(experiment.task.gold),
}


def scheme_name(scheme: Scheme) -> str:
    """What a scheme is called."""
    return str(getattr(scheme, "name", type(scheme).__name__))


def fitted(experiment: Experiment) -> Experiment:
    """The experiment, its scheme given what it needs of the task that the experiment has now."""
    if isinstance(experiment.scheme, Supervised):
        return replace(experiment, scheme=replace(experiment.scheme, gold=experiment.task.gold))
    return experiment
