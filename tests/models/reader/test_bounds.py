"""A learner that is kept near the reader it began with, and learns from what was drawn."""

from __future__ import annotations

import copy
import math
import random
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch

from hch.models.reader.layout import Tokenizer, make_grid
from hch.models.reader.learner import ReaderLearner
from hch.models.reader.likelihood import divergences, log_likelihoods, make_targets, next_words
from hch.models.settings import LearnerSettings
from hch.types import Context, Question, Sample
from tests.models.reader.test_learner import same, samples, weights_of
from tests.readers import NAMES, Made, context, made, questions

FREE = LearnerSettings(learning_rate=0.02, warm_up_steps=0)
BOUND = replace(FREE, kl=0.5)


def learner(settings: LearnerSettings, answer: int = 1) -> ReaderLearner:
    of: Made = made(answer=answer, sharpness=1.0)
    return ReaderLearner(of.reader, of.speller, settings)


def drawn(count: int = 12, weight: float = 1.0, seed: int = 0) -> list[Sample]:
    randomness = random.Random(seed)
    about = [context(randomness, 4) for _ in range(3)]
    return [
        Sample(
            Question(f"value of {randomness.choice(NAMES)}?", randomness.choice(about)),
            randomness.choice(NAMES),
            weight * randomness.choice((1, -1)),
            math.log(0.2),
            randomness.choice((1, 3)),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("answer", [1, 2])
def test_divergence_is_the_kullback_leibler_divergence_over_all_answers(answer: int) -> None:
    ours, theirs = made(answer=answer, seed=1, sharpness=1.0), made(answer=answer, seed=2, sharpness=1.0)
    known = [word for word in ours.speller.vocabulary.listed if word]
    everything: list[tuple[str, ...]] = [(first,) for first in known]
    if answer == 2:
        everything += [(first, second) for first in known for second in known]
    question = Question("value of a?", Context(("a -> b", "b -> c")))
    layout = make_grid([question.context] * len(everything))
    device = torch.device("cpu")
    # The vocabulary's marks would be spelled otherwise next to each other, so rows of numbers are made by hand.
    numbers = ours.speller.vocabulary.numbers
    rows = {" ".join(words): [numbers[word] for word in words] for words in everything}
    cells = make_targets(spelling(ours, rows), layout, [question.text] * len(rows), list(rows), device)
    with torch.no_grad():
        facts = torch.from_numpy(ours.speller.facts(layout.contexts))
        p = log_likelihoods(ours.reader, ours.reader.encode(facts), cells).double()
        q = log_likelihoods(theirs.reader, theirs.reader.encode(facts), cells).double()
        along = divergences(
            next_words(ours.reader, ours.reader.encode(facts), cells),
            next_words(theirs.reader, theirs.reader.encode(facts), cells),
            cells,
        ).double()
    assert p.exp().sum().item() == pytest.approx(1, abs=1e-4)
    exact = (p.exp() * (p - q)).sum().item()
    assert exact > 0.05
    assert (p.exp() * along).sum().item() == pytest.approx(exact, rel=1e-3)
    assert along.min() >= -1e-6
    if answer == 1:
        assert along.tolist() == pytest.approx([exact] * len(rows), rel=1e-3)


def spelling(of: Made, rows: dict[str, list[int]]) -> Tokenizer:
    """The speller, but for answers, whose rows are given."""
    width = of.reader.slots.answer
    speller: Any = copy.copy(of.speller)
    speller.answers = lambda texts: np.array([rows[text] + [0] * (width - len(rows[text])) for text in texts])
    return cast("Tokenizer", speller)


@pytest.mark.parametrize("answer", [1, 3])
def test_the_likelihoods_beside_a_divergence_are_those_without(answer: int) -> None:
    of = made(answer=answer, sharpness=1.0)
    asked = questions(0, 20)
    layout = make_grid([question.context for question in asked])
    said = [random.Random(i).choice(["a", "b of c" if answer == 3 else "d"]) for i in range(20)]
    cells = make_targets(of.speller, layout, [q.text for q in asked], said, torch.device("cpu"))
    with torch.no_grad():
        encoded = of.reader.encode(torch.from_numpy(of.speller.facts(layout.contexts)))
        result = next_words(of.reader, encoded, cells).likelihoods(cells)
        torch.testing.assert_close(result, log_likelihoods(of.reader, encoded, cells), atol=1e-4, rtol=1e-4)


async def test_a_policy_does_not_diverge_from_itself_and_does_from_another() -> None:
    asked = [Question(q.text, q.context, 0) for q in questions(1, 30)]
    ours, theirs = made(answer=3, seed=1), made(answer=3, seed=2)
    assert await ours.policy.divergence_from(ours.policy, asked) == pytest.approx(0, abs=1e-5)
    assert await ours.policy.divergence_from(theirs.policy, asked) > 0.1
    assert math.isnan(await ours.policy.divergence_from(theirs.policy, []))


def test_the_first_step_is_at_the_start_and_the_divergence_grows_from_there() -> None:
    of = learner(BOUND)
    result = [of(drawn(seed=seed)).divergence for seed in range(4)]
    assert result[0] == pytest.approx(0, abs=1e-6)
    assert all(part is not None and part > 1e-4 for part in result[1:])


def test_the_divergence_that_is_reported_is_the_one_in_the_loss() -> None:
    light, heavy = learner(replace(FREE, kl=0.5)), learner(replace(FREE, kl=1.5))
    for seed in range(2):
        light(drawn(seed=seed))
    heavy.reader.load_state_dict(light.reader.state_dict())
    first, second = light(drawn(seed=5)), heavy(drawn(seed=5))
    assert first.divergence is not None
    assert first.divergence == pytest.approx(second.divergence, rel=1e-5)
    assert second.loss - first.loss == pytest.approx(first.divergence, rel=1e-3)
    assert first.measures == {"kl": first.divergence, "kl_held": 0.0}


def test_an_answer_that_was_drawn_often_counts_as_often_where_divergence_is_measured() -> None:
    of = learner(BOUND, answer=3)
    of(drawn())
    one, other = (Sample(Question("value of a?", Context(("a -> b",))), text, 0.0, -1.0) for text in ("a", "b of c"))
    alone = [of_copy(of)([part]).divergence for part in (one, other)]
    both = of_copy(of)([replace_draws(one, 3), other]).divergence
    assert alone[0] is not None
    assert alone[1] is not None
    assert abs(alone[0] - alone[1]) > 1e-4
    assert both == pytest.approx((3 * alone[0] + alone[1]) / 4, rel=1e-3)


def of_copy(of: ReaderLearner) -> ReaderLearner:
    copied = learner(of.settings, of.reader.slots.answer)
    copied.reader.load_state_dict(of.reader.state_dict())
    return copied


def replace_draws(sample: Sample, count: int) -> Sample:
    return Sample(sample.question, sample.answer, sample.weight, sample.behaviour_log_prob, count)


def test_a_bound_keeps_the_policy_nearer_to_where_it_began() -> None:
    reached = []
    for kl in (1e-6, 1.0, 30.0):
        of = learner(replace(FREE, kl=kl))
        given = drawn()
        for _ in range(39):
            of(given)
        reached.append(of(given).divergence or 0.0)
    assert reached[0] > 2 * reached[1] > 4 * reached[2]


def test_above_the_ceiling_a_step_only_brings_the_divergence_down() -> None:
    of = learner(replace(FREE, kl=0.01, kl_ceiling=0.05))
    given = drawn()
    steps = [of(given) for _ in range(60)]
    held = [step for step in steps if step.held]
    assert held
    assert all(step.divergence is not None and step.divergence > 0.05 for step in held)
    free = learner(replace(FREE, kl=0.01))
    assert max(step.divergence or 0 for step in steps) < 0.7 * max(free(given).divergence or 0 for _ in range(60))
    step = held[0]
    assert step.loss == pytest.approx(0.01 * (step.divergence or 0), rel=1e-3), "nothing else is in the loss"


@pytest.mark.parametrize("settings", [FREE, replace(FREE, clip=0.2)])
def test_a_group_in_which_all_are_worth_the_same_changes_nothing(settings: LearnerSettings) -> None:
    of = learner(replace(settings, weight_decay=0.0))
    before = weights_of(of.reader)
    of([Sample(s.question, s.answer, 0.0, s.behaviour_log_prob, s.count) for s in drawn()])
    for a, b in zip(weights_of(of.reader), before, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=0)


def test_a_clipped_sample_that_has_had_its_effect_has_no_more() -> None:
    of = learner(replace(FREE, clip=0.2))
    sample = Sample(Question("value of a?", Context(("a -> b",))), "d", 1.0, 0.0)
    likely = of([sample]).likelihoods[0]
    gone = Sample(sample.question, "d", 1.0, math.log(likely) - 2.0)
    of(samples())
    before = weights_of(of.reader)
    step = of([gone])
    assert step.gradient == 0
    assert not same(before, weights_of(of.reader)), "the optimiser's momentum goes on"


def test_without_a_bound_nothing_is_measured() -> None:
    step = learner(FREE)(drawn())
    assert step.divergence is None
    assert step.measures == {}


@pytest.mark.parametrize("bad", [{"kl": -1.0}, {"kl_ceiling": -1.0}, {"clip": 1.0}, {"clip": -0.1}])
def test_bounds_that_bind_nothing_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="kl and kl_ceiling are at least 0, and clip is below 1"):
        replace(FREE, **bad)  # type: ignore[arg-type]
