from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from hch import Answer, Outcome, Question
from hch.debating import Protocol
from hch.ratings import FIRST, SECOND, Judged, read_judged
from hch.schemes.debate import Debate
from hch.types import Episode, Sample

QUESTION = Question("which?")
Judging = Callable[[Judged], Answer]


def verdict_for(right: str) -> Judging:
    def judge(judged: Judged) -> Answer:
        has = [answer == right for answer in judged.answers]
        return Answer("verdict: tie" if has[0] == has[1] else f"verdict: {FIRST if has[0] else SECOND}")

    return judge


@dataclass
class Judge:
    """Judges by a function; remembers what it was shown."""

    judging: Judging
    shown: list[Judged] = field(default_factory=list)

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        judged = [each for each in (read_judged(q.text) for q in questions) if each is not None]
        assert len(judged) == len(questions)
        self.shown += judged
        return [self.judging(each) for each in judged]


class Policy:
    """Answers with the letters of ``said`` in turn, and argues by saying whom it argues for."""

    def __init__(self, said: str = "aabc") -> None:
        self.said = said

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        return [self._answer(question) for question in questions]

    def _answer(self, question: Question) -> Answer:
        if question.text == QUESTION.text:
            assert question.draw is not None
            return Answer(self.said[question.draw], confidence=0.5)
        return Answer("for " + ("one" if "the first answer is right" in question.text else "two"), confidence=0.125)

    async def score(self, questions: Sequence[Question], answers: Sequence[str], /) -> list[float]:
        raise AssertionError


async def debated(judging: Judging, scheme: Debate | None = None, said: str = "aabc") -> tuple[Episode, Judge]:
    judge = Judge(judging)
    return await (scheme or Debate(draws=4))([QUESTION], judge, Policy(said)), judge


def answers(episode: Episode) -> dict[str, float]:
    return {s.answer: s.weight for s in episode.samples if s.question == QUESTION}


async def test_the_winner_is_made_likelier_and_the_loser_less_likely_by_as_much() -> None:
    episode, judge = await debated(verdict_for("b"))
    assert answers(episode) == {"a": -1.0, "b": 1.0}
    assert [judged.answers for judged in judge.shown] == [("a", "b"), ("b", "a")]
    assert all(judged.statements == ((FIRST, "for one"), (SECOND, "for two")) for judged in judge.shown)
    assert sum(sample.weight for sample in episode.samples) == 0


async def test_statements_are_learned_as_their_side_fared() -> None:
    episode, _ = await debated(verdict_for("a"), Debate(draws=4, swap=False))
    said = [sample for sample in episode.samples if sample.question != QUESTION]
    assert [(s.answer, s.weight, s.behaviour) for s in said] == [
        ("for one", 1.0, math.log(0.125)),
        ("for two", -1.0, math.log(0.125)),
    ]
    assert all(s.question.draw is None for s in said)


async def test_a_judge_who_prefers_a_place_prefers_no_answer() -> None:
    episode, _ = await debated(lambda _: Answer("verdict: first"))
    assert answers(episode) == {"a": 0.0, "b": 0.0}
    assert (episode.measures["first"], episode.measures["flipped"]) == (1.0, 1.0)


async def test_a_judge_who_looks_at_the_answers_never_flips() -> None:
    episode, _ = await debated(verdict_for("b"))
    assert (episode.measures["first"], episode.measures["flipped"]) == (0.5, 0.0)


async def test_without_a_swap_the_place_counts() -> None:
    episode, judge = await debated(lambda _: Answer("verdict: first"), Debate(draws=4, swap=False))
    assert answers(episode) == {"a": 1.0, "b": -1.0}
    assert len(judge.shown) == 1
    assert "flipped" not in episode.measures


@pytest.mark.parametrize(
    ("bad", "state"), [(Answer("hm"), "unread"), (Answer("verdict: first", Outcome.FAILED), "failed")]
)
async def test_a_verdict_that_is_none_is_no_result_and_no_win_for_anybody(bad: Answer, state: str) -> None:
    episode, _ = await debated(lambda _: bad)
    assert episode.samples == []
    assert episode.measures[state] == 2

    def only_once(judged: Judged) -> Answer:
        return Answer("verdict: first") if judged.answers[0] == "a" else bad

    episode, _ = await debated(only_once)
    assert answers(episode) == {"a": 1.0, "b": -1.0}


async def test_a_tie_is_a_result_in_which_nobody_gains() -> None:
    episode, _ = await debated(verdict_for("z"))
    assert [sample.weight for sample in episode.samples] == [0.0] * len(episode.samples)


async def test_where_all_answers_are_alike_there_is_no_debate() -> None:
    episode, judge = await debated(verdict_for("a"), said="aaaa")
    assert (episode.samples, judge.shown) == ([], [])
    assert episode.measures["undisputed"] == 1


async def test_each_question_s_verdicts_go_to_its_own_answers() -> None:
    questions = [Question(QUESTION.text) for _ in range(3)]
    judge = Judge(verdict_for("b"))
    episode = await Debate(draws=4, protocol=Protocol(turns=0))(questions, judge, Policy())
    assert (
        episode.samples
        == [
            Sample(QUESTION, "a", -1.0, math.log(0.5)),
            Sample(QUESTION, "b", 1.0, math.log(0.5)),
        ]
        * 3
    )
