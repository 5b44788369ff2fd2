from __future__ import annotations

from collections.abc import Sequence

import pytest

from hch import Answer, Outcome, Question
from hch.text.judgements import FIRST, SECOND, read_judgement_question
from hch.training.contest import Meeting, meet

QUESTIONS = [Question(f"q{i}") for i in range(4)]


def make_answers(*texts: str) -> list[Answer]:
    return [Answer(text) if text else Answer(outcome=Outcome.FAILED) for text in texts]


async def prefers_b(questions: Sequence[Question]) -> list[Answer]:
    judged = [read_judgement_question(question.text) for question in questions]
    return [
        Answer(f"verdict: {FIRST if shown.answers[0] == 'b' else SECOND if shown.answers[1] == 'b' else 'tie'}")
        for shown in judged
        if shown is not None
    ]


async def prefers_the_first(questions: Sequence[Question]) -> list[Answer]:
    return [Answer("verdict: first") for _ in questions]


async def mumbles(questions: Sequence[Question]) -> list[Answer]:
    return [Answer("hm") for _ in questions]


@pytest.mark.parametrize(
    ("judge", "won"), [(prefers_b, (3.0, 1.0)), (prefers_the_first, (2.0, 2.0)), (mumbles, (0.0, 0.0))]
)
async def test_two_meet_where_both_answer_and_differ_once_in_each_order(
    judge: object, won: tuple[float, float]
) -> None:
    first, second = make_answers("b", "a", "x", ""), make_answers("a", "c", "x", "b")
    assert (await meet(judge, QUESTIONS, first, second)).points == won  # type: ignore[arg-type]  # any of the three


async def test_whoever_never_differs_plays_no_games() -> None:
    assert await meet(prefers_b, QUESTIONS, make_answers(*"abcd"), make_answers(*"abcd")) == Meeting()
