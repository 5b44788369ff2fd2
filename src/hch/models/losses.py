"""What is minimised: pure functions of log-likelihoods and weights."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def weighted_log_likelihood(
    log_likelihoods: Float[Tensor, " samples"], weights: Float[Tensor, " samples"], total: Tensor | None = None
) -> Tensor:
    """Minus the sum of the weighted log-likelihoods over ``total``, which is that of the absolute weights if not given.

    A sample of negative weight is made less likely. Dividing by the total weight keeps the size of a step the same
    whatever the scale of the weights.
    """
    if total is None:
        total = weights.abs().sum()
    return -(weights * log_likelihoods).sum() / total.clamp(min=1e-8)


def clip_ratio(
    log_likelihoods: Float[Tensor, " samples"],
    behaviour_log_prob: Float[Tensor, " samples"],
    weights: Float[Tensor, " samples"],
    clip: float,
) -> Float[Tensor, " samples"]:
    """What takes a log-likelihood's place where the answer was drawn from an earlier policy.

    The ratio of the two likelihoods, held within 1 ± ``clip`` where going further would be gain, so that a sample that
    has had its effect has no more. Where ``behaviour_log_prob`` is not a number nobody drew the answer: it stays as it
    is. Source: Schulman et al. (2017), "Proximal policy optimization algorithms", equation 7.
    """
    was_drawn = ~behaviour_log_prob.isnan()
    ratio = torch.exp(torch.where(was_drawn, log_likelihoods - behaviour_log_prob, 0.0).clamp(max=MOST_LOG_RATIO))
    held = ratio.clamp(1 - clip, 1 + clip)
    surrogate = torch.where(weights > 0, torch.minimum(ratio, held), torch.maximum(ratio, held))
    return torch.where(was_drawn, surrogate, log_likelihoods)


MOST_LOG_RATIO = 10.0
"""Beyond this a ratio would only overflow: for a weight below zero nothing else holds it."""
