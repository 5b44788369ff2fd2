"""A learner's tensors in a file, and back: weights, EMA model and optimiser, as safetensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

EMA_MODULE = "teacher"  # words: as they were
"""What the EMA model's tensors are called in every checkpoint, those of the first version included."""


class Checkpointed:
    """For a learner of PyTorch modules: all that it needs to go on, but for its settings, in one file.

    ``modules`` are its modules by kind, the EMA model as ``EMA_MODULE``; ``trained`` what its optimiser moves, by name.
    """

    steps: int
    optimiser: torch.optim.Optimizer
    trained: Mapping[str, Tensor]

    @property
    def modules(self) -> Mapping[str, nn.Module]:
        raise NotImplementedError

    def invalidate(self) -> None:
        """The weights are others than before: nothing that was computed from them is used again."""
        raise NotImplementedError

    def begin_here(self) -> None:
        """Begins the run with what the EMA model is now."""
        raise NotImplementedError

    def save(self, path: Path) -> None:
        """Writes the file."""
        tensors = {name: tensor.cpu().contiguous() for name, tensor in self._tensors().items()}
        safetensors.torch.save_file(tensors, path)

    @property
    def finite(self) -> bool:
        """Whether all that ``save`` would write is numbers."""
        return all(bool(tensor.isfinite().all()) for tensor in self._tensors().values())

    def _tensors(self) -> dict[str, Tensor]:
        """The tensors to save, not copies: those of a language model, its EMA model and optimiser take gigabytes."""
        tensors: dict[str, Tensor] = {"steps": torch.tensor(self.steps)}
        for kind, module in self.modules.items():
            tensors |= {f"{kind}.{name}": tensor.detach() for name, tensor in module.named_parameters()}
        for name, parameter in self.trained.items():
            for key, tensor in self.optimiser.state.get(parameter, {}).items():
                tensors[f"optimiser.{key}.{name}"] = tensor.detach()
        return tensors

    def load(self, path: Path) -> None:
        """Takes back what ``save`` wrote. Raises ValueError where the file is of another shape of model."""
        tensors = safetensors.torch.load_file(path)
        for kind, module in self.modules.items():
            _copy(module, tensors, f"{kind}.", path)
        states: dict[str, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimiser."):
                _, key, parameter_name = name.split(".", 2)
                states.setdefault(parameter_name, {})[key] = tensor
        for name, moved in self.trained.items():
            if name in states:
                self.optimiser.state[moved] = {key: t.to(moved.device) for key, t in states[name].items()}
            else:
                self.optimiser.state.pop(moved, None)
        self.steps = int(tensors["steps"])
        self.invalidate()

    def ema_weights(self, path: Path) -> bytes:
        """The weights of the EMA model alone, out of what a learner of the same family saved."""
        with safetensors.safe_open(path, framework="pt") as file:
            names = [name for name in file.keys() if name.startswith(f"{EMA_MODULE}.")]  # noqa: SIM118
            return safetensors.torch.save({name: file.get_tensor(name) for name in names})

    def begin_from(self, path: Path) -> None:
        """Begins with weights that another run's EMA model ended with; nothing else of that run.

        Raises ValueError where the file is of another shape of model.
        """
        _copy(self.modules[EMA_MODULE], safetensors.torch.load_file(path), f"{EMA_MODULE}.", path)
        self.begin_here()


@torch.no_grad()
def _copy(module: nn.Module, tensors: Mapping[str, Tensor], prefix: str, path: Path) -> None:
    for name, parameter in module.named_parameters():
        saved: Any = tensors.get(f"{prefix}{name}")
        if saved is None or saved.shape != parameter.shape:
            shape = None if saved is None else tuple(saved.shape)
            raise ValueError(f"{path} has {shape} for {prefix}{name}, this model has {tuple(parameter.shape)}")
        parameter.copy_(saved)
