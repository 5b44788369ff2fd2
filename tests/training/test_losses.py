from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hch.training.losses import weighted_log_likelihood

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
