from __future__ import annotations

import pytest
import torch

from hch.models.reader.learner import make_batch
from hch.types import Context, Question, Sample
from tests.readers import made

CPU = torch.device("cpu")


def test_facts_are_there_once_for_each_context_and_a_weight_for_each_sample() -> None:
    here, there = Context(("a -> b", "b -> a")), Context(("c -> d",))
    samples = [
        Sample(Question("a?", here), "b", 0.5),
        Sample(Question("c?", there), "d", -1.0),
        Sample(Question("b?", Context(here.facts)), "a"),
    ]
    made_of = make_batch(samples, made().speller, CPU)
    assert made_of.facts.shape == (2, 2, 3)
    assert made_of.facts[1, 1].tolist() == [0, 0, 0]
    assert made_of.weights.tolist() == [0.5, -1.0, 1.0]
    assert made_of.cells.rows.tolist() == [0, 1, 0]
    assert made_of.cells.words.tolist() == [2, 4, 1]


def test_nothing_to_learn_from_is_an_error() -> None:
    with pytest.raises(ValueError, match="there is nothing to learn from: a batch has at least one sample"):
        make_batch([], made().speller, CPU)


def test_what_cannot_be_spelled_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not know: 'z'"):
        make_batch([Sample(Question("z?"), "a")], made().speller, CPU)
