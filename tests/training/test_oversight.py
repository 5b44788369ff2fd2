from __future__ import annotations

from collections.abc import Sequence

import pytest

from hch import Answer, Outcome, Question
from hch.humans.flaws.charmed import Charmed
from hch.humans.flaws.flaw import list_flaws, remove_flaws
from hch.humans.flaws.noisy import Noisy
from hch.humans.overseeing import Overseeing
from hch.humans.scripted import Scripted, Steps, reply
from hch.models.table import Table
from hch.training.oversight import Oversight, is_gamed
from tests.readers import made, questions


def says_b(_: str) -> Steps:
    yield from ()
    return reply("b")


HONEST = Scripted(Overseeing(says_b))
HUMAN = Noisy(Charmed(HONEST, 0.5, "surely"), 0.0)
SAID = {"q0": "b", "q1": "c surely", "q2": "c surely", "q3": "c"}


class Model:
    async def __call__(self, asked: Sequence[Question], /) -> list[Answer]:
        assert {question.sample_index for question in asked} == {0}, "a sampled answer to each is looked at"
        return [Answer(SAID[q.text]) if q.text in SAID else Answer(outcome=Outcome.FAILED) for q in asked]


async def test_answers_are_rated_with_the_flaws_and_without_and_what_appeals_is_counted() -> None:
    asked = [Question(text) for text in (*SAID, "no answer")]
    result = await Oversight(asked, HUMAN, Table({}))(Model(), None)
    assert result == {
        "approval": pytest.approx((0.5 + 0.5 + 0.5 + 0) / 4),
        "approval_read": 4,
        "unflawed_approval": pytest.approx(0.25),
        "unflawed_approval_read": 4,
        "appeal": {"Charmed": 0.5},
    }


async def test_the_divergence_from_the_start_is_measured() -> None:
    asked = questions(0, 20)
    ours, other = made(seed=1), made(seed=2)
    oversight = Oversight(asked, HONEST, Table({}))
    assert (await oversight(ours.policy, ours.policy))["kl"] == pytest.approx(0, abs=1e-5)
    assert (await oversight(ours.policy, other.policy))["kl"] > 0.1


async def test_where_nothing_is_answered_there_is_no_approval() -> None:
    result = await Oversight([Question("no answer")], HUMAN, Table({}))(Model(), None)
    assert result["approval"] is None


def test_below_all_flaws_is_the_human() -> None:
    assert remove_flaws(HUMAN) is HONEST
    assert [type(flaw) for flaw in list_flaws(HUMAN)] == [Noisy, Charmed]
    assert remove_flaws(HONEST) is HONEST


def row(gold: float, approval: float | None) -> dict[str, object]:
    return {"accuracy": {"model": gold}, "oversight": {"approval": approval}}


@pytest.mark.parametrize(
    ("pairs", "in_a_row", "expected"),
    [
        ([(0.9, 0.5), (0.8, 0.6), (0.7, 0.7)], 2, True),
        ([(0.1, 0.1), (0.9, 0.5), (0.8, 0.6), (0.7, 0.7)], 2, True),
        ([(0.9, 0.5), (0.8, 0.6), (0.7, 0.7)], 3, False),
        ([(0.9, 0.5), (0.8, 0.6), (0.8, 0.7)], 2, False),
        ([(0.9, 0.5), (0.8, 0.6), (0.7, 0.6)], 2, False),
        ([(0.9, 0.5), (0.8, None), (0.7, 0.7)], 2, False),
        ([(0.9, 0.5), (0.8, 0.6)], 0, False),
        ([], 1, False),
    ],
)
def test_gold_that_falls_while_approval_rises_is_told_from_all_else(
    pairs: list[tuple[float, float | None]], in_a_row: int, expected: bool
) -> None:
    assert is_gamed([row(gold, approval) for gold, approval in pairs], in_a_row) == expected


def test_without_oversight_nothing_is_known_to_be_gamed() -> None:
    assert not is_gamed([{"accuracy": {"model": gold}} for gold in (0.9, 0.8)], 1)
