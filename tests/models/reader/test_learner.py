from __future__ import annotations

import copy
import itertools
import math
import random
import subprocess
import sys
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from hch.models.reader.learner import ReaderLearner, Step
from hch.models.reader.network import Reader
from hch.models.settings import LearnerSettings
from hch.types import Context, Question, Sample
from tests.readers import NAMES, Made, context, made

QUICK = LearnerSettings(learning_rate=0.02, warm_up_steps=0)


def learner(settings: LearnerSettings = QUICK, answer: int = 1, seed: int = 0) -> ReaderLearner:
    of: Made = made(answer=answer, seed=seed)
    return ReaderLearner(of.reader, of.speller, settings)


def samples(seed: int = 0, count: int = 8, weights: Sequence[float] = (1.0,)) -> list[Sample]:
    randomness = random.Random(seed)
    about = [context(randomness, facts) for facts in (1, 4, 6)]
    return [
        Sample(
            Question(f"value of {randomness.choice(NAMES)}?", randomness.choice(about)),
            randomness.choice(NAMES),
            randomness.choice(weights),
        )
        for _ in range(count)
    ]


def weights_of(reader: Reader) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in reader.parameters()]


def gradients(of: ReaderLearner, given: list[Sample]) -> list[Tensor]:
    """The gradients that a step on these samples takes; they are left behind by it."""
    of(given)
    return [torch.zeros_like(p) if p.grad is None else p.grad.clone() for p in of.reader.parameters()]


def same(a: Sequence[Tensor], b: Sequence[Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def plain_loss(reader: Reader, of: ReaderLearner, given: list[Sample]) -> float:
    """The loss written down by hand: one sample at a time, one word each, no batch and no padding."""
    loss = 0.0
    for sample in given:
        facts = torch.tensor([[of.speller.vocabulary.encode(fact, 3) for fact in sample.question.context.facts]])
        query = torch.tensor([[of.speller.vocabulary.encode(sample.question.text, 4)]])
        with torch.no_grad():
            encoded = reader.encode(facts)
            choices = torch.softmax(reader.scores(encoded, reader.hidden(encoded, query))[0, 0], -1)
        word = of.speller.vocabulary.numbers[sample.answer]
        in_facts = (facts[0].flatten() == word).nonzero().flatten() + len(of.speller.vocabulary)
        loss -= sample.weight * math.log(choices[word] + choices[in_facts].sum())
    return loss / sum(abs(sample.weight) for sample in given)


@pytest.mark.parametrize("weights", [(1.0,), (0.1, 1.0, 3.0), (-1.0, 0.5, 2.0)])
def test_the_loss_is_the_one_written_down_by_hand(weights: tuple[float, ...]) -> None:
    of = learner()
    given = samples(count=10, weights=weights)
    before = copy.deepcopy(of.reader)
    step = of(given)
    assert step.loss == pytest.approx(plain_loss(before, of, given), rel=1e-4, abs=1e-5)


def test_a_step_reports_how_likely_each_answer_was_before_it() -> None:
    of = learner()
    given = samples(count=6)
    before = copy.deepcopy(of.reader)
    likelihoods = of(given).likelihoods
    for sample, likelihood in zip(given, likelihoods, strict=True):
        assert likelihood == pytest.approx(math.exp(-plain_loss(before, of, [sample])), rel=1e-4)


def test_a_sample_of_weight_zero_leaves_the_gradient_as_it_is() -> None:
    with_it = gradients(learner(), [*samples(), Sample(Question("value of a?", Context(("e -> f",))), "c", 0.0)])
    for a, b in zip(with_it, gradients(learner(), samples()), strict=True):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-5)


def test_the_scale_of_the_weights_does_not_change_the_step() -> None:
    once, scaled = learner(), learner()
    for seed in range(3):
        given = samples(seed, weights=(0.5, 1.0, -0.5))
        once(given)
        scaled([Sample(s.question, s.answer, 64 * s.weight) for s in given])
    for a, b in zip(once.reader.parameters(), scaled.reader.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("weight", [1.0, -1.0])
def test_a_positive_weight_makes_an_answer_likelier_and_a_negative_one_less_likely(weight: float) -> None:
    of = learner()
    given = [Sample(Question("value of a?", Context(("a -> b",))), "d", weight)]
    likelihoods = [of(given).likelihoods[0] for _ in range(6)]
    assert all((later - earlier) * weight > 0 for earlier, later in itertools.pairwise(likelihoods))


@pytest.mark.parametrize("answer", [1, 3])
async def test_a_small_problem_is_learned_to_the_last_answer(answer: int) -> None:
    of = made(answer=answer, sharpness=1.0)
    learns = ReaderLearner(of.reader, of.speller, QUICK)
    chains = [
        Context(tuple(f"{a} -> {b}" for a, b in zip(NAMES, NAMES[shift:] + NAMES[:shift], strict=True)))
        for shift in (1, 2)
    ]
    images = [(Question(f"value of {fact[0]}?", chain), fact[-1]) for chain in chains for fact in chain.facts]
    if answer == 3:
        images = [(question, f"{image} of {image}" if image in "ace" else image) for question, image in images]
    given = [Sample(question, image) for question, image in images]
    losses = [learns(given).loss]
    while losses[-1] >= 0.005 and len(losses) < 300:
        losses.append(learns(given).loss)
    assert losses[-1] < 0.02
    answers = await of.policy([question for question, _ in images])
    assert [result.text for result in answers] == [image for _, image in images]


def test_the_learning_rate_warms_up() -> None:
    of = learner(LearnerSettings(learning_rate=0.04, warm_up_steps=4))
    rates = []
    for seed in range(6):
        of(samples(seed))
        rates.append(of.optimiser.param_groups[0]["lr"])
    assert rates == pytest.approx([0.01, 0.02, 0.03, 0.04, 0.04, 0.04])


def test_without_a_warm_up_the_rate_is_there_from_the_start() -> None:
    of = learner(LearnerSettings(learning_rate=0.04, warm_up_steps=0))
    assert of(samples()).finite
    assert of.optimiser.param_groups[0]["lr"] == 0.04


def test_a_long_gradient_is_cut_and_reported_as_it_was() -> None:
    limited, free = learner(LearnerSettings(gradient_limit=0.01)), learner(LearnerSettings(gradient_limit=1e9))
    cut, whole = gradients(limited, samples()), gradients(free, samples())
    norm = math.sqrt(sum(float(g.pow(2).sum()) for g in whole))
    assert norm > 0.01
    assert math.sqrt(sum(float(g.pow(2).sum()) for g in cut)) == pytest.approx(0.01, rel=1e-3)
    assert limited(samples()).gradient > 0.01
    for a, b in zip(cut, whole, strict=True):
        torch.testing.assert_close(a, b * (0.01 / norm), atol=1e-6, rtol=1e-3)


@pytest.mark.parametrize("horizon", [1.0, 3.0, 10.0])
def test_the_teacher_is_the_average_over_its_horizon(horizon: float) -> None:
    of = learner(LearnerSettings(learning_rate=0.02, warm_up_steps=0, ema_horizon=horizon))
    assert same(weights_of(of.ema_model), weights_of(of.reader))
    expected = [torch.zeros_like(weight) for weight in weights_of(of.ema_model)]
    for step in range(1, 7):
        of(samples(step))
        share = 1 / min(step, horizon)
        expected = [old + share * (new - old) for old, new in zip(expected, weights_of(of.reader), strict=True)]
        for a, b in zip(weights_of(of.ema_model), expected, strict=True):
            torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)
    assert same(weights_of(of.ema_model), weights_of(of.reader)) == (horizon == 1)


def test_the_teacher_keeps_no_history_of_the_steps_it_followed() -> None:
    of = learner()
    for seed in range(3):
        of(samples(seed))
    assert all(weight.is_leaf and not weight.requires_grad for weight in of.ema_model.parameters())


def test_a_step_counts_up_the_version_of_reader_and_teacher() -> None:
    of = learner()
    before = of.reader.version, of.ema_model.version
    of(samples())
    assert of.reader.version > before[0]
    assert of.ema_model.version > before[1]


def everything(of: ReaderLearner) -> list[Tensor]:
    states = [of.optimiser.state.get(parameter, {}) for parameter in of.reader.parameters()]
    moments = [state[key].clone() for state in states for key in sorted(state)]
    return [*weights_of(of.reader), *weights_of(of.ema_model), *moments, torch.tensor(of.steps)]


def broken(kind: str) -> tuple[ReaderLearner, list[Sample]]:
    of = learner()
    of(samples(1))
    if kind == "the loss":
        return of, [*samples(2), Sample(samples(3)[0].question, "a", math.inf)]
    # A gradient that is no number while the loss is one.
    of.reader.said.bias.register_hook(lambda gradient: gradient * math.nan)
    return of, samples(2)


@pytest.mark.parametrize("kind", ["the loss", "the gradient"])
def test_where_loss_or_gradient_is_no_number_nothing_changes(kind: str) -> None:
    of, given = broken(kind)
    before = everything(of)
    step = of(given)
    assert not step.finite
    assert math.isfinite(step.loss) == (kind == "the gradient")
    assert same(before, everything(of))


def test_weights_that_are_no_numbers_give_a_loss_that_is_none() -> None:
    of = learner()
    with torch.no_grad():
        of.reader.said.weight[3, 3] = math.nan
    assert not of(samples()).finite


def test_what_cannot_be_read_or_said_is_left_out_and_counted() -> None:
    bad = [
        Sample(Question("value of z?"), "a"),
        Sample(Question("value of a?"), "z"),
        Sample(Question("value of a?"), ""),
        Sample(Question("value of a?"), "a b c"),
        Sample(Question("value of a?", Context(("a  b",))), "a"),
    ]
    good = samples(count=5)
    mixed = [sample for pair in zip(bad, good, strict=True) for sample in pair]
    alone, together = learner(), learner()
    expected, step = alone(good), together(mixed)
    assert step.unread == 5
    assert step.likelihoods[1::2] == pytest.approx(expected.likelihoods)
    assert step.likelihoods[::2] == [0.0] * 5
    assert (step.loss, step.gradient) == (expected.loss, expected.gradient)
    assert same(weights_of(alone.reader), weights_of(together.reader))
    assert expected.unread == 0


def test_where_nothing_at_all_can_be_read_it_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not know: 'z'"):
        learner()([Sample(Question("value of z?"), "a")] * 2)
    with pytest.raises(ValueError, match="nothing to learn from"):
        learner()([])


def test_two_learners_of_one_seed_do_the_same() -> None:
    first, second = learner(), learner()
    for seed in range(5):
        assert first(samples(seed)) == second(samples(seed))
    assert same(everything(first), everything(second))


def test_a_step_is_finite_where_loss_and_gradient_are() -> None:
    assert Step(1.0, 2.0, []).finite
    for bad in (math.nan, math.inf):
        assert not Step(bad, 1.0, []).finite
        assert not Step(1.0, bad, []).finite


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_on_a_gpu_a_step_in_bfloat16_is_close_to_one_in_float32() -> None:
    losses = []
    for bfloat16 in (False, True):
        of = made(sharpness=1.0)
        learns = ReaderLearner(of.reader, of.speller, LearnerSettings(bfloat16=bfloat16), "cuda")
        losses.append([learns(samples(seed)).loss for seed in range(5)])
    assert losses[1] == pytest.approx(losses[0], rel=0.05)


COMPILED = """
import torch
from hch.models.reader.learner import ReaderLearner
from hch.models.settings import LearnerSettings
from tests.readers import made
from tests.models.reader.test_learner import samples

torch.set_num_threads(1)
losses = []
for compiled in (False, True):
    of = made(sharpness=1.0)
    learns = ReaderLearner(of.reader, of.speller, LearnerSettings(compile=compiled))
    losses.append([learns(samples(1)).loss for _ in range(3)])
plain, fast = losses
assert max(abs(a - b) for a, b in zip(plain, fast)) < 1e-4, losses
print("the same")
"""


@pytest.mark.slow
def test_a_compiled_step_does_the_same() -> None:
    # In a process of its own: there shapes are not checked, which a compiler cannot see through.
    ended = subprocess.run([sys.executable, "-c", COMPILED], capture_output=True, text=True, check=False)
    assert ended.stdout == "the same\n", ended.stderr
