from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch.schemes.advantages import SampledAnswer, advantages, mean_reward, sample_answers, weigh_samples
from hch.types import Answer, Context, Outcome, Question, Sample

rewards = st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=8)


def options(count: int, counts: Sequence[int] = (1, 3, 2)) -> list[SampledAnswer]:
    return [SampledAnswer(f"answer {i}", counts[i % len(counts)], -1.0) for i in range(count)]


@given(rewards)
def test_advantages_add_up_to_nothing_over_the_draws_and_stay_within_the_rewards_range(
    given: list[float | None],
) -> None:
    group = options(len(given))
    result = advantages(group, given)
    known = [(o.count, a) for o, a in zip(group, result, strict=True) if a is not None]
    assert math.fsum(draws * a for draws, a in known) == pytest.approx(0, abs=1e-9)
    assert all(abs(a) <= 1 for _, a in known)
    assert [a is None for a in result] == [reward is None for reward in given]


@given(st.floats(-1e6, 1e6), st.integers(1, 8))
def test_where_all_are_worth_the_same_there_is_no_advantage_at_all(reward: float, count: int) -> None:
    assert advantages(options(count), [reward] * count) == [0.0] * count


def test_rewards_that_hardly_differ_make_hardly_any_advantage() -> None:
    first, second = advantages(options(2, [1, 1]), [1.0, 1.0 + 1e-9])
    assert first is not None
    assert second is not None
    assert max(abs(first), abs(second)) < 1e-8


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_reward_that_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="a reward must be a finite number"):
        advantages(options(2), [0.5, bad])


class Drawing:
    """A policy that says what its table has for a draw."""

    def __init__(self, said: dict[int, Answer]) -> None:
        self.said = said

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        return [self.said[q.sample_index] if q.sample_index is not None else Answer("likeliest") for q in questions]

    async def score(self, questions: Sequence[Question], answers: Sequence[str], /) -> list[float]:
        raise AssertionError("nobody needs a score: what was drawn comes with its likelihood")


async def test_what_is_drawn_more_than_once_is_one_option_with_its_likelihood() -> None:
    policy = Drawing(
        {
            0: Answer("a", confidence=0.5),
            1: Answer("b", confidence=0.25),
            2: Answer("a", confidence=0.5),
            3: Answer(outcome=Outcome.FAILED),
            4: Answer("", confidence=0.1),
        }
    )
    ((first, second), again) = await sample_answers(policy, [Question("q"), Question("r")], 5)
    assert first == SampledAnswer("a", 2, pytest.approx(math.log(0.5)))  # type: ignore[arg-type]
    assert second == SampledAnswer("b", 1, pytest.approx(math.log(0.25)))  # type: ignore[arg-type]
    assert again == [first, second]


@pytest.mark.parametrize(
    "answer",
    [
        Answer("", confidence=0.5),
        Answer("half a sen", Outcome.FAILED, confidence=0.5),
        Answer("never drawn", confidence=0.0),
    ],
)
async def test_what_is_no_answer_counts_among_no_draws(answer: Answer) -> None:
    policy = Drawing({0: answer, 1: Answer("b", confidence=0.25), 2: answer})
    (group,) = await sample_answers(policy, [Question("q")], 3)
    assert group == [SampledAnswer("b", 1, pytest.approx(math.log(0.25)))]  # type: ignore[arg-type]
    (none,) = await sample_answers(policy, [Question("q")], 1)
    assert none == []


async def test_of_no_questions_nothing_is_drawn_and_nobody_is_asked() -> None:
    async def policy(questions: Sequence[Question], /) -> list[Answer]:
        raise AssertionError("there is nothing to ask")

    assert await sample_answers(policy, [], 3) == []  # type: ignore[arg-type]


async def test_each_question_is_asked_about_its_context_as_often_as_there_are_draws() -> None:
    policy = Recording()
    questions = [Question("q", Context(("a fact",))), Question("r", Context(("another",)), sample_index=9)]
    groups = await sample_answers(policy, questions, 2)
    assert policy.asked == [Question(q.text, q.context, draw) for q in questions for draw in (0, 1)]
    assert [[option.text for option in group] for group in groups] == [
        ["q a fact 0", "q a fact 1"],
        ["r another 0", "r another 1"],
    ]


class Recording(Drawing):
    """Says what it is asked, about what and as which draw."""

    def __init__(self) -> None:
        self.asked: list[Question] = []

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        self.asked += questions
        return [Answer(f"{q.text} {' '.join(q.context.facts)} {q.sample_index}") for q in questions]


def test_a_sample_weighs_as_much_as_all_its_draws_and_forgets_the_draw() -> None:
    group = [SampledAnswer("a", 3, -0.1), SampledAnswer("b", 1, -0.2), SampledAnswer("c", 2, -0.3)]
    plain = Question("q", Context(("a fact",)))
    result = weigh_samples([Question("q", plain.context, sample_index=7)], [group], [[1.0, 0.0, None]])
    assert result == [
        Sample(plain, "a", pytest.approx(0.75), -0.1, 3),  # type: ignore[arg-type]
        Sample(plain, "b", pytest.approx(-0.75), -0.2, 1),  # type: ignore[arg-type]
    ]


def test_the_mean_reward_is_that_of_the_draws() -> None:
    group = [SampledAnswer("a", 3, 0.0), SampledAnswer("b", 1, 0.0), SampledAnswer("c", 4, 0.0)]
    assert mean_reward([group], [[1.0, 0.0, None]]) == 0.75
    assert mean_reward([group], [[None] * 3]) is None
