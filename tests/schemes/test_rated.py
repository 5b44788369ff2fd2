"""Approval, closeness and counterfactual: the model's own answers, weighed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from hch import Answer, Context, Outcome, Question
from hch.protocols import Scheme
from hch.schemes.approval import Approval
from hch.schemes.closeness import Closeness
from hch.schemes.counterfactual import Counterfactual, choose
from hch.text.judgements import Judged, Kind, read_judgement_question, reply_text
from hch.types import Sample

QUESTIONS = [Question("one?"), Question("two?", Context(("a fact",)))]


@dataclass
class Overseer:
    """Answers with what its table has, and rates an answer by its table; remembers all that it was asked."""

    answers: dict[str, Answer]
    ratings: dict[str, Answer] = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        self.asked += questions
        return [self._answer(question.text) for question in questions]

    def _answer(self, text: str) -> Answer:
        judged = read_judgement_question(text)
        return self.answers[text] if judged is None else self.ratings[judged.answers[0]]

    @property
    def judged(self) -> list[Judged]:
        return [item for item in (read_judgement_question(q.text) for q in self.asked) if item is not None]


@dataclass
class Policy:
    """Says its answers in turn, each with probability 1/2; fails on whatever is asked without a draw."""

    said: tuple[str, ...] = ("good", "bad", "good", "fair")
    asked: list[Question] = field(default_factory=list)

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        self.asked += questions
        return [
            Answer(self.said[q.sample_index], confidence=0.5) if q.sample_index is not None else Answer("")
            for q in questions
        ]

    async def score(self, questions: Sequence[Question], answers: Sequence[str], /) -> list[float]:
        return [math.log(0.5)] * len(questions)


RATED = {word: Answer(reply_text(share)) for word, share in (("good", 1.0), ("fair", 0.5), ("bad", 0.0))}
OWN = {"one?": Answer("good"), "two?": Answer("good")}


def weights(samples: Sequence[Sample]) -> dict[tuple[str, str], float]:
    return {(s.question.text, s.answer): pytest.approx(s.weight) for s in samples}  # type: ignore[misc]


EXPECTED = {"good": 2 * (1 - 0.625), "bad": -0.625, "fair": 0.5 - 0.625}


@pytest.mark.parametrize("scheme", [Approval(samples=4), Closeness(samples=4)], ids=lambda scheme: scheme.name)
async def test_samples_are_the_policys_draws_weighed_by_how_much_better_than_the_mean_they_are_rated(
    scheme: Scheme,
) -> None:
    episode = await scheme(QUESTIONS, Overseer(OWN, RATED), Policy())
    assert weights(episode.samples) == {(q.text, word): w for q in QUESTIONS for word, w in EXPECTED.items()}
    assert {(s.answer, s.count, s.behaviour_log_prob) for s in episode.samples} == {
        ("good", 2, math.log(0.5)),
        ("bad", 1, math.log(0.5)),
        ("fair", 1, math.log(0.5)),
    }
    assert [s.question.context for s in episode.samples[::3]] == [q.context for q in QUESTIONS]
    assert episode.measures["reward"] == pytest.approx(0.625)
    assert episode.measures["judged"] == episode.measures["read"] == 6


async def test_approval_shows_the_question_and_one_answer_each_distinct_one_once_and_asks_for_no_other() -> None:
    overseer = Overseer(OWN, RATED)
    await Approval(samples=4)(QUESTIONS, overseer, Policy())
    assert overseer.judged == [
        Judged(Kind.RATE, question.text, (word,)) for question in QUESTIONS for word in ("good", "bad", "fair")
    ]
    assert len(overseer.asked) == 6
    assert [q.context for q in overseer.asked[::3]] == [q.context for q in QUESTIONS]


async def test_closeness_has_h_answer_before_the_model_does_and_shows_h_both() -> None:
    overseer, policy = Overseer(OWN | {"two?": Answer("fair")}, RATED), Policy()
    await Closeness(samples=4)(QUESTIONS, overseer, policy)
    assert overseer.asked[:2] == QUESTIONS
    assert [judged.own for judged in overseer.judged] == ["good"] * 3 + ["fair"] * 3
    assert {judged.kind for judged in overseer.judged} == {Kind.CLOSENESS}


@pytest.mark.parametrize(
    "scheme", [Closeness(samples=4), Counterfactual(samples=4, erased=1.0)], ids=lambda scheme: scheme.name
)
async def test_where_h_passes_nothing_is_learned_and_the_model_is_not_asked(scheme: Scheme) -> None:
    overseer, policy = Overseer(OWN | {"one?": Answer(outcome=Outcome.PASSED)}, RATED), Policy()
    episode = await scheme(QUESTIONS, overseer, policy)
    assert {s.question.text for s in episode.samples} == {"two?"}
    assert {q.text for q in policy.asked} == {"two?"}


@pytest.mark.parametrize(
    ("bad", "state"),
    [
        (Answer("hm"), "unread"),
        (Answer("rating: 10", Outcome.FAILED), "failed"),
        (Answer("", Outcome.PASSED), "failed"),
    ],
)
@pytest.mark.parametrize("scheme", [Approval(samples=4), Closeness(samples=4)], ids=lambda scheme: scheme.name)
async def test_what_cannot_be_read_is_counted_and_is_neither_good_nor_bad(
    scheme: Scheme, bad: Answer, state: str
) -> None:
    episode = await scheme(QUESTIONS[:1], Overseer(OWN, RATED | {"bad": bad}), Policy())
    assert weights(episode.samples) == {("one?", "good"): 2 * (1 - 2.5 / 3), ("one?", "fair"): 0.5 - 2.5 / 3}
    assert {name: episode.measures[name] for name in ("judged", "read", state)} == {"judged": 3, "read": 2, state: 1}


async def test_where_all_are_rated_alike_no_sample_weighs_anything() -> None:
    episode = await Approval(samples=2)(QUESTIONS, Overseer({}, RATED), Policy(("good", "good")))
    assert [(s.weight, s.count) for s in episode.samples] == [(0.0, 2)] * 2


async def test_counterfactual_weighs_draws_by_whether_h_says_the_same_and_shows_h_no_answer() -> None:
    overseer = Overseer(OWN)
    episode = await Counterfactual(samples=4, erased=1.0)(QUESTIONS, overseer, Policy())
    expected = {"good": 2 * 0.5, "bad": -0.5, "fair": -0.5}
    assert weights(episode.samples) == {(q.text, word): w for q in QUESTIONS for word, w in expected.items()}
    assert overseer.asked == QUESTIONS


async def test_counterfactual_by_cross_entropy_learns_what_h_said() -> None:
    scheme = Counterfactual(distance="cross-entropy", erased=1.0)
    episode = await scheme(QUESTIONS, Overseer(OWN), Policy())
    assert episode.samples == [Sample(question, "good") for question in QUESTIONS]


def test_about_the_given_share_of_answers_is_erased_whoever_is_asked_beside_whom() -> None:
    questions = [Question(f"q{i}") for i in range(2000)]
    assert 900 < len(choose(questions, 0.5)) < 1100
    assert choose(questions, 1.0) == questions
    assert choose(questions, 0.5) == choose(questions, 0.5)
    assert choose([], 0.5) == []


def test_the_same_question_is_erased_in_one_batch_and_not_in_another() -> None:
    asked = Question("asked again")
    batches = [[asked, *(Question(f"{batch} {i}") for i in range(9))] for batch in range(100)]
    assert 20 < sum(asked in choose(batch, 0.4) for batch in batches) < 60


@pytest.mark.parametrize("erased", [0.0, -0.5, 1.5, math.nan])
def test_every_answer_may_be_erased(erased: float) -> None:
    with pytest.raises(ValueError, match="the chance that an answer is erased"):
        Counterfactual(erased=erased)
