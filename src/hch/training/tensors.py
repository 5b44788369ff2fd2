"""A learner's tensors in a file, and back: weights, teacher and optimiser, as safetensors."""

from __future__ import annotations

from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from hch.training.learner import ReaderLearner


def save_learner(learner: ReaderLearner, path: Path) -> None:
    """Writes all that the learner needs to go on, but for its settings."""
    tensors = {name: tensor.cpu().contiguous() for name, tensor in _tensors(learner).items()}
    safetensors.torch.save_file(tensors, path)


def is_finite(learner: ReaderLearner) -> bool:
    """Whether all that ``save_learner`` would write is numbers."""
    return all(bool(tensor.isfinite().all()) for tensor in _tensors(learner).values())


def _tensors(learner: ReaderLearner) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {"steps": torch.tensor(learner.steps)}
    for kind, module in (("reader", learner.reader), ("teacher", learner.teacher)):
        tensors |= {f"{kind}.{name}": tensor.detach().clone() for name, tensor in module.named_parameters()}
    for name, parameter in learner.reader.named_parameters():
        for key, tensor in learner.optimiser.state.get(parameter, {}).items():
            tensors[f"optimiser.{key}.{name}"] = tensor.detach().clone()
    return tensors


def load_learner(learner: ReaderLearner, path: Path) -> None:
    """Puts back what ``save_learner`` wrote. Raises ValueError where the file is of another shape of reader."""
    tensors = safetensors.torch.load_file(path)
    with torch.no_grad():
        for kind, module in (("reader", learner.reader), ("teacher", learner.teacher)):
            for name, parameter in module.named_parameters():
                found = tensors.get(f"{kind}.{name}")
                if found is None or found.shape != parameter.shape:
                    shape = None if found is None else tuple(found.shape)
                    raise ValueError(f"{path} has {shape} for {kind}.{name}, this reader has {tuple(parameter.shape)}")
                parameter.copy_(found)
    for name, parameter in learner.reader.named_parameters():
        state = {
            key.split(".")[1]: tensor.to(parameter.device)
            for key, tensor in tensors.items()
            if key.startswith("optimiser.") and key.split(".", 2)[2] == name
        }
        if state:
            learner.optimiser.state[parameter] = state
        else:
            learner.optimiser.state.pop(parameter, None)
    learner.steps = int(tensors["steps"])
    learner.reader.version += 1
    learner.teacher.version += 1
