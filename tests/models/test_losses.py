from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hch.models.losses import clip_ratio, weighted_log_likelihood

likelihoods = st.floats(-20, 0)
weights = st.one_of(st.floats(0.01, 10), st.floats(-10, -0.01))
pairs = st.lists(st.tuples(likelihoods, weights), min_size=1, max_size=8)


def loss(of: list[tuple[float, float]]) -> float:
    scores, weighted = (torch.tensor(column, dtype=torch.float64).float() for column in zip(*of, strict=True))
    return weighted_log_likelihood(scores, weighted).item()


@given(pairs)
def test_the_loss_is_minus_the_weighted_mean(of: list[tuple[float, float]]) -> None:
    total = math.fsum(abs(weight) for _, weight in of)
    expected = -math.fsum(weight * score for score, weight in of) / total
    assert loss(of) == pytest.approx(expected, rel=1e-4, abs=1e-4)


@given(pairs, st.floats(0.01, 100))
def test_the_scale_of_the_weights_does_not_matter(of: list[tuple[float, float]], scale: float) -> None:
    scaled = [(score, weight * scale) for score, weight in of]
    assert loss(scaled) == pytest.approx(loss(of), rel=1e-3, abs=1e-3)


@given(pairs, likelihoods)
def test_a_weight_of_zero_counts_for_nothing(of: list[tuple[float, float]], score: float) -> None:
    assert loss([*of, (score, 0.0)]) == pytest.approx(loss(of), rel=1e-4, abs=1e-4)


def test_where_all_weights_are_zero_there_is_nothing_to_lose() -> None:
    assert loss([(-3.0, 0.0), (-1.0, 0.0)]) == 0


def surrogate(score: float, behaviour_log_prob: float, weight: float, clip: float) -> tuple[float, float]:
    """What is said of one sample, and its slope in the log-likelihood."""
    of = torch.tensor([score], requires_grad=True)
    result = clip_ratio(of, torch.tensor([behaviour_log_prob]), torch.tensor([weight]), clip)
    result.sum().backward()
    assert of.grad is not None
    return result.item(), of.grad.item()


@given(st.floats(-3, 0), st.floats(-3, 0), weights, st.floats(0.05, 0.5))
def test_the_ratio_counts_until_it_has_gone_far_enough_in_the_weights_direction(
    score: float, behaviour_log_prob: float, weight: float, clip: float
) -> None:
    ratio = math.exp(score - behaviour_log_prob)
    held = min(max(ratio, 1 - clip), 1 + clip)
    expected = min(weight * ratio, weight * held) / weight
    value, slope = surrogate(score, behaviour_log_prob, weight, clip)
    assert value == pytest.approx(expected, rel=1e-4)
    if abs(ratio - held) > 1e-4:
        gone = ratio > 1 if weight > 0 else ratio < 1
        assert slope == pytest.approx(0.0 if gone else ratio, rel=1e-4)


@given(st.floats(-3, 0), weights)
def test_at_the_policy_that_it_was_drawn_from_a_sample_pulls_as_its_log_likelihood_does(
    score: float, weight: float
) -> None:
    assert surrogate(score, score, weight, 0.2)[1] == pytest.approx(1.0)


def test_what_nobody_drew_is_left_as_it_is() -> None:
    assert surrogate(-1.5, math.nan, 1.0, 0.2) == (-1.5, 1.0)


def test_a_ratio_never_overflows() -> None:
    value, slope = surrogate(-1.0, -1000.0, -1.0, 0.2)
    assert math.isfinite(value)
    assert math.isfinite(slope)


def test_of_what_was_drawn_small_weights_make_a_small_loss() -> None:
    scores, weighted = torch.tensor([-1.0, -2.0]), torch.tensor([1e-6, -1e-6])
    assert weighted_log_likelihood(scores, weighted, torch.tensor(8.0)).item() == pytest.approx(-1e-6 / 8, rel=1e-3)
