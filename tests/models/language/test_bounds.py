"""A language model that is kept near to where the run began with it, and samples that were drawn from it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch

from hch.models.language.chat import Row
from hch.models.language.learner import LanguageLearner
from hch.models.language.model import Language, LanguagePolicy, token_log_probs
from hch.models.settings import Generation, LanguageLearnerSettings, LanguageSettings
from hch.types import Question, Sample
from tests.languages import tiny_language

PLAIN = LanguageSettings(precision="float32", system="", generation=Generation(most_tokens=8))
QUICK = LanguageLearnerSettings(learning_rate=1e-2, warm_up_steps=1)
SAMPLES = [Sample(Question("one"), "uno"), Sample(Question("twenty"), "venti"), Sample(Question("a"), "b", 0.5)]


def learner(adapter: str = "full", **settings: float | None) -> LanguageLearner:
    language = tiny_language(replace(PLAIN, adapter=adapter))  # type: ignore[arg-type]
    return LanguageLearner(language, replace(QUICK, **settings))  # type: ignore[arg-type]


def rows(language: Language, samples: Sequence[Sample] = SAMPLES) -> list[Row]:
    return [language.chat.row(sample.question, sample.answer) for sample in samples]


def by_hand(of: LanguageLearner, row: Row) -> float:
    """The divergence along one row, token by token, in double precision."""
    assert of.start is not None
    ids = torch.tensor([row.ids])
    with torch.inference_mode():
        p, q = (torch.log_softmax(model(ids).logits[0].double(), -1) for model in (of.language.model, of.start))
    return sum(
        (p[place].exp() * (p[place] - q[place])).sum().item() for place in range(row.start - 1, len(row.ids) - 1)
    )


@pytest.mark.parametrize("adapter", ["full", "lora"])
def test_the_divergence_is_that_along_each_answer_from_the_model_as_the_run_began(adapter: str) -> None:
    made = learner(adapter, kl=0.1)
    assert made(SAMPLES).divergence == pytest.approx(0.0, abs=1e-6)
    for _ in range(10):
        made(SAMPLES)
    expected = sum(by_hand(made, row) for row in rows(made.language)) / len(SAMPLES)
    assert expected > 0.05
    assert made(SAMPLES).divergence == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("batch_tokens", [1, 10_000])
def test_the_divergence_that_is_reported_is_the_one_in_the_loss(batch_tokens: int) -> None:
    bounded, free = learner(kl=0.5, batch_tokens=batch_tokens), learner(batch_tokens=batch_tokens)
    for _ in range(5):
        bounded(SAMPLES)
    free.language.model.load_state_dict(bounded.language.model.state_dict())
    step, plain = bounded(SAMPLES), free(SAMPLES)
    assert step.divergence is not None
    assert step.divergence > 0.01
    assert step.loss == pytest.approx(plain.loss + 0.5 * step.divergence, rel=1e-4)
    assert step.measures == {"kl": step.divergence, "kl_held": 0.0}
    assert step.likelihoods == pytest.approx(plain.likelihoods, rel=1e-3)


def test_a_bound_keeps_the_model_nearer_to_where_it_began() -> None:
    result = []
    for kl in (0.01, 3.0):
        made = learner(kl=kl)
        assert all(made(SAMPLES).finite for _ in range(30))
        result.append(made(SAMPLES).divergence or 0.0)
    assert result[1] < result[0] / 3


def test_above_the_ceiling_a_step_only_brings_the_divergence_down() -> None:
    made = learner(kl_ceiling=0.2)
    step = next(step for step in (made(SAMPLES) for _ in range(60)) if step.held)
    assert step.divergence is not None
    assert step.divergence > 0.2
    assert step.loss == pytest.approx(step.divergence, rel=1e-4)
    held = [made(SAMPLES) for _ in range(60)]
    assert not all(part.held for part in held)
    assert max(part.divergence or 0.0 for part in held) < 2.0


def test_without_a_bound_nothing_is_measured_and_no_copy_is_kept() -> None:
    made = learner()
    assert made.start is None
    assert made(SAMPLES).measures == {}


@pytest.mark.parametrize("wrong", [{"kl": -1.0}, {"kl_ceiling": -0.1}, {"clip": 1.0}])
def test_bounds_that_bind_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="kl and kl_ceiling are at least 0, and clip is below 1"):
        replace(QUICK, **wrong)  # type: ignore[arg-type]


# Samples that were drawn


def drawn(weight: float, behaviour_log_prob: float, count: int = 1) -> Sample:
    return Sample(Question("one"), "uno", weight, behaviour_log_prob, count)


async def test_a_clipped_sample_that_has_had_its_effect_has_no_more() -> None:
    made = learner(clip=0.2)
    (now,) = await LanguagePolicy(made.language).score([Question("one")], ["uno"])
    assert made([drawn(1.0, now - 1.0)]).gradient == pytest.approx(0.0, abs=1e-9), "it is likelier already"
    assert made([drawn(-1.0, now + 1.0)]).gradient == pytest.approx(0.0, abs=1e-9)
    assert made([drawn(1.0, now)]).gradient > 0


def test_what_was_drawn_often_weighs_as_much_as_all_its_draws_over_all_draws() -> None:
    once, often = learner(), learner()
    one = once([drawn(1.0, -10.0), Sample(Question("a"), "b", 0.0, -10.0)])
    other = often([drawn(3.0, -10.0, 3), Sample(Question("a"), "b", 0.0, -10.0, 3)])
    assert one.loss == pytest.approx(other.loss, rel=1e-5)
    assert one.gradient == pytest.approx(other.gradient, rel=1e-4)


def test_a_group_in_which_all_are_worth_the_same_changes_nothing() -> None:
    made = learner(clip=0.2)
    before = {name: weights.detach().clone() for name, weights in made.trained.items()}
    step = made([drawn(0.0, -10.0, 2), Sample(Question("one"), "due", 0.0, -12.0, 2)])
    assert (step.loss, step.gradient) == (0.0, 0.0)
    assert all(torch.equal(before[name], weights) for name, weights in made.trained.items())


def test_a_step_whose_divergence_is_no_number_is_not_taken() -> None:
    made = learner(kl=0.1)
    assert made.start is not None
    with torch.no_grad():
        made.start.lm_head.weight.fill_(math.nan)
    assert not made(SAMPLES).finite
    assert made.steps == 0


def test_odds_are_those_of_each_token_that_is_learned() -> None:
    language = tiny_language(PLAIN)
    probs = token_log_probs(language.model, rows(language), language.chat.stop)
    assert probs.learned.sum(1).tolist() == [4, 6, 2], "bytes of the answer, and the stop"
    torch.testing.assert_close(probs.divergences(probs), torch.zeros(3))
