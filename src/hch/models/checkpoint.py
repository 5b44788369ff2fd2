"""A learner's tensors in a file, and back: weights, EMA model and optimiser, as safetensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn


@runtime_checkable
class Checkpointed(Protocol):
    """A learner as far as it is kept: its modules by kind, what its optimiser moves by name, and its steps."""

    steps: int

    @property
    def modules(self) -> Mapping[str, nn.Module]: ...

    @property
    def trained(self) -> Mapping[str, Tensor]: ...

    @property
    def optimiser(self) -> torch.optim.Optimizer: ...

    def changed(self) -> None:
        """The weights are others than before, so what was computed from them is no longer valid."""
        ...


class Startable(Checkpointed, Protocol):
    """A learner that can begin with what its EMA model has been made."""

    def begin_here(self) -> None: ...


def save_learner(learner: Checkpointed, path: Path) -> None:
    """Writes all that the learner needs to go on, but for its settings."""
    tensors = {name: tensor.cpu().contiguous() for name, tensor in _tensors(learner).items()}
    safetensors.torch.save_file(tensors, path)


def is_finite(learner: Checkpointed) -> bool:
    """Whether all that ``save_learner`` would write is numbers."""
    return all(bool(tensor.isfinite().all()) for tensor in _tensors(learner).values())


def _tensors(learner: Checkpointed) -> dict[str, Tensor]:
    """The tensors to save, not copies: those of a language model, its EMA model and optimiser take gigabytes."""
    tensors: dict[str, Tensor] = {"steps": torch.tensor(learner.steps)}
    for kind, module in learner.modules.items():
        tensors |= {f"{kind}.{name}": tensor.detach() for name, tensor in module.named_parameters()}
    for name, parameter in learner.trained.items():
        for key, tensor in learner.optimiser.state.get(parameter, {}).items():
            tensors[f"optimiser.{key}.{name}"] = tensor.detach()
    return tensors


def load_learner(learner: Checkpointed, path: Path) -> None:
    """Puts back what ``save_learner`` wrote. Raises ValueError where the file is of another shape of model."""
    tensors = safetensors.torch.load_file(path)
    with torch.no_grad():
        for kind, module in learner.modules.items():
            for name, parameter in module.named_parameters():
                found = tensors.get(f"{kind}.{name}")
                if found is None or found.shape != parameter.shape:
                    shape = None if found is None else tuple(found.shape)
                    raise ValueError(f"{path} has {shape} for {kind}.{name}, this {kind} has {tuple(parameter.shape)}")
                parameter.copy_(found)
    states: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimiser."):
            _, key, parameter_name = name.split(".", 2)
            states.setdefault(parameter_name, {})[key] = tensor
    for name, moved in learner.trained.items():
        if name in states:
            learner.optimiser.state[moved] = {key: t.to(moved.device) for key, t in states[name].items()}
        else:
            learner.optimiser.state.pop(moved, None)
    learner.steps = int(tensors["steps"])
    learner.changed()


def ema_weights(path: Path) -> bytes:
    """The weights of the EMA model alone, out of what ``save_learner`` wrote: what another run can begin with."""
    with safetensors.safe_open(path, framework="pt") as file:
        found = {name: file.get_tensor(name) for name in file.keys() if name.startswith(TEACHER)}  # noqa: SIM118
    return safetensors.torch.save(found)


def begin_from(learner: Startable, path: Path) -> None:
    """Gives a learner the weights that another run's EMA model ended with; nothing else of that run.

    Raises ValueError where the file is of another shape of model.
    """
    tensors = safetensors.torch.load_file(path)
    with torch.no_grad():
        for name, parameter in learner.modules["teacher"].named_parameters():
            found = tensors.get(f"{TEACHER}{name}")
            if found is None or found.shape != parameter.shape:
                shape = None if found is None else tuple(found.shape)
                raise ValueError(f"{path} has {shape} for {name}, this model has {tuple(parameter.shape)}")
            parameter.copy_(found)
    learner.begin_here()


TEACHER = "teacher."
