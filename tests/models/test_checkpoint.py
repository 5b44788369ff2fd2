from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from hch.models.checkpoint import EMA_MODULE
from hch.models.reader.learner import ReaderLearner
from hch.models.settings import LearnerSettings
from tests.models.reader.test_learner import everything, learner, same, samples
from tests.readers import made


@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize("answer", [1, 2])
def test_a_learner_that_was_saved_and_loaded_goes_on_bit_for_bit(tmp_path: Path, steps: int, answer: int) -> None:
    settings = LearnerSettings(warm_up_steps=5, ema_horizon=4)
    going_on, begun_anew = learner(settings, answer), learner(settings, answer, seed=1)
    for seed in range(steps):
        going_on(samples(seed))
    begun_anew(samples(99))
    going_on.save(tmp_path / "model.safetensors")
    begun_anew.load(tmp_path / "model.safetensors")
    assert same(everything(going_on), everything(begun_anew))
    for seed in range(10, 13):
        assert going_on(samples(seed)) == begun_anew(samples(seed))
    assert same(everything(going_on), everything(begun_anew))
    assert going_on.steps == begun_anew.steps == steps + 3


async def test_a_model_that_was_loaded_answers_as_the_one_that_was_saved(tmp_path: Path) -> None:
    saved, loaded = made(seed=0), made(seed=1)
    asked = [sample.question for sample in samples(count=10)]
    before = await loaded.policy(asked)
    ReaderLearner(saved.reader, saved.speller, LearnerSettings()).save(tmp_path / "m.safetensors")
    ReaderLearner(loaded.reader, loaded.speller, LearnerSettings()).load(tmp_path / "m.safetensors")
    assert await loaded.policy(asked) == await saved.policy(asked) != before


def test_a_file_of_another_shape_of_reader_is_refused(tmp_path: Path) -> None:
    learner(answer=2).save(tmp_path / "m.safetensors")
    with pytest.raises(ValueError, match=r"has \(5, 16, 16\) for reader.query_words.projections, this model has"):
        learner(answer=1).load(tmp_path / "m.safetensors")


def test_weights_averages_and_moments_are_all_looked_at() -> None:
    assert learner().finite
    for bad in (math.nan, math.inf):
        for place in ("reader", EMA_MODULE, "optimiser"):
            of = learner()
            of(samples())
            assert of.finite
            with torch.no_grad():
                moments = of.optimiser.state[of.reader.said.bias]["exp_avg"]
                {"reader": of.reader.said.bias, EMA_MODULE: of.ema_model.said.bias, "optimiser": moments}[place][0] = (
                    bad
                )
            assert not of.finite, place
