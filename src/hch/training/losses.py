"""What is minimised: pure functions of log-likelihoods and weights."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor


def weighted_log_likelihood(log_likelihoods: Float[Tensor, " samples"], weights: Float[Tensor, " samples"]) -> Tensor:
    """Minus the weighted mean of the log-likelihoods, over the total of the absolute weights.

    A sample of negative weight is made less likely. Dividing by the total keeps the size of a step the same whatever
    the scale of the weights.
    """
    total = weights.abs().sum().clamp(min=1e-8)
    return -(weights * log_likelihoods).sum() / total
