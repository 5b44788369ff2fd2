from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch import Answer, Context, Outcome, Question
from hch.schemes.reward import Reward, Shown, appearance, fit_weights

FACTS = Context(("a -> b", "b -> a"))


@pytest.mark.parametrize(
    ("answer", "features"),
    [
        ("b", (0, 0, 1, 0)),
        ("a", (0, 1, 1, 0)),
        ("c", (0, 0, 0, 0)),
        ("b b", (1, 0, 1, 0.5)),
        ("a surely", (1, 0.5, 0.5, 0)),
        ("", (0, 0, 0, 0)),
    ],
)
def test_a_reward_sees_how_an_answer_looks(answer: str, features: tuple[float, ...]) -> None:
    assert appearance(Question("σ^2(a)?", FACTS), answer) == features


def expected(weights: Sequence[float], shown: Sequence[Shown], number: int) -> float:
    total = 0.0
    for _, considered in shown:
        probs = [math.exp(sum(w * f for w, f in zip(weights, item, strict=True))) for item in considered]
        total += sum(o * item[number] for o, item in zip(probs, considered, strict=True)) / sum(probs)
    return total / len(shown)


feature = st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([-1.0, 0.0, 1.0]))
shown_at = st.lists(feature, min_size=1, max_size=4).flatmap(
    lambda listed: st.sampled_from(listed).map(lambda done: (done, tuple(listed)))
)


@given(st.lists(shown_at, min_size=1, max_size=5))
def test_the_features_that_the_reward_expects_are_those_that_h_showed(shown: list[Shown]) -> None:
    prior = 0.1
    weights = fit_weights(shown, prior, steps=3000)
    for number in range(2):
        done = sum(item[0][number] for item in shown) / len(shown)
        assert expected(weights, shown, number) == pytest.approx(done - prior * weights[number], abs=1e-3)


def test_where_all_look_alike_or_nothing_was_shown_no_feature_is_worth_anything() -> None:
    assert fit_weights([((1.0, 0.0), ((1.0, 0.0), (1.0, 0.0)))], 0.1) == (0.0, 0.0)
    assert fit_weights([], 0.1) == ()


class Policy:
    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        return [Answer(("b", "c", "b surely", "a")[q.sample_index or 0], confidence=0.25) for q in questions]

    async def score(self, questions: Sequence[Question], answers: Sequence[str], /) -> list[float]:
        raise AssertionError


async def overseer(questions: Sequence[Question]) -> list[Answer]:
    return [Answer("b") for _ in questions[:-1]] + [Answer(outcome=Outcome.PASSED)]


async def test_what_looks_as_h_s_own_answers_do_is_made_likelier_also_where_h_passes() -> None:
    questions = [Question(f"σ^{k}(a)?", FACTS) for k in range(2, 6)]
    episode = await Reward(samples=4)(questions, overseer, Policy())
    for question in questions:
        weight = {s.answer: s.weight for s in episode.samples if s.question == question}
        assert weight["b"] == max(weight.values()) > 0
        assert min(weight["c"], weight["b surely"], weight["a"]) < 0
        assert sum(weight.values()) == pytest.approx(0)
    assert (episode.measures["demonstrations"], episode.measures["failed"]) == (3, 1)
    assert len(episode.transcripts) == 0


async def test_what_looks_the_same_is_rewarded_the_same_though_it_be_wrong() -> None:
    def alike(_: Question, answer: str) -> tuple[float, ...]:
        return (float(len(answer) > 1),)

    episode = await Reward(alike, samples=4)([Question("σ^2(a)?", FACTS)] * 2, overseer, Policy())
    weight = {s.answer: s.weight for s in episode.samples}
    assert weight["b"] == weight["c"] == weight["a"] > 0 > weight["b surely"]


def test_without_a_prior_a_reward_may_have_no_end() -> None:
    with pytest.raises(ValueError, match="prior must be above 0"):
        Reward(prior=0)
