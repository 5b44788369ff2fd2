from __future__ import annotations

import pickle
import random
from collections.abc import Sequence

import pytest

from hch import Amplify, Answer, Otherwise, Question
from hch.humans.overseeing import Overseeing, overseeing
from hch.humans.scripted import Scripted, Steps, ask, give_up, reply
from hch.models.table import Table
from hch.tasks.permutation import Permutation
from hch.tasks.wordy import Wordy
from hch.text.judgements import FIRST, SECOND, TIE, Judged, Kind, judgement_question, rating, verdict
from hch.types import Action, Reply, Workspace


def doubling(text: str) -> Steps:
    (answer,) = yield ask(text.removeprefix("twice "))
    return give_up("not a number") if answer is None else reply(str(2 * int(answer)))


OVERSEER = Amplify(Scripted(Overseeing(doubling)), Table({"seven": "7"}))


async def judge(kind: Kind, question: str, *answers: str, own: str | None = None) -> Answer:
    (answer,) = await OVERSEER([Question(judgement_question(Judged(kind, question, answers, own)))])
    return answer


@pytest.mark.parametrize(("answer", "share"), [("14", 1.0), ("15", 0.0), ("rating: 10", 0.0), ("", 0.0)])
async def test_an_answer_is_rated_by_what_h_says_itself(answer: str, share: float) -> None:
    judgement = await judge(Kind.RATE, "twice seven", answer)
    assert rating(judgement).share == share
    assert judgement.transcript is not None
    assert [c.question.text for c in judgement.transcript.consultations] == ["seven"], "H consults, as on any question"


@pytest.mark.parametrize(
    ("answers", "side"), [(("14", "15"), FIRST), (("15", "14"), SECOND), (("1", "2"), TIE), (("14", "14"), TIE)]
)
async def test_of_two_answers_its_own_is_right(answers: tuple[str, str], side: str) -> None:
    assert verdict(await judge(Kind.CHOOSE, "twice seven", *answers)).side == side


async def test_a_rating_of_closeness_goes_by_what_h_has_committed_to_and_consults_nobody() -> None:
    answer = await judge(Kind.CLOSENESS, "twice seven", "15", own="15")
    assert rating(answer).share == 1
    assert answer.transcript is not None
    assert not answer.transcript.rounds


@pytest.mark.parametrize("kind", [Kind.RATE, Kind.CHOOSE])
async def test_where_h_would_pass_it_passes_on_judging(kind: Kind) -> None:
    answer = await judge(kind, "twice eight", *["16", "17"][: 1 + (kind is Kind.CHOOSE)])
    assert not answer.answered
    assert "not a number" in answer.reason


async def test_ordinary_questions_are_answered_action_by_action_as_ever() -> None:
    task = Permutation(largest=4, bits=3, symbols=8)
    questions = task.questions(task.instance(random.Random(0), 4), 32, random.Random(0))
    consulted = Otherwise(task.lookup, Table({(q.text, q.context): "a" for q in questions}))
    plain = await Amplify(Scripted(task.script), consulted)(questions)
    overseeing = await Amplify(Scripted(Overseeing(task.script)), consulted)(questions)
    assert [answer.transcript for answer in overseeing] == [answer.transcript for answer in plain]


async def test_how_much_two_answers_have_in_common_is_passed_in() -> None:
    task = Wordy(Permutation(largest=4, bits=3, symbols=8))
    overseer = Amplify(Scripted(Overseeing(_at_once, task.same)), Table({}))
    questions = [
        Question(judgement_question(Judged(Kind.RATE, "q", (answer,)))) for answer in ("b surely", "b", "c", "b c")
    ]
    assert [rating(answer).share for answer in await overseer(questions)] == [1, 1, 0, 0]


def _at_once(_: str) -> Steps:
    yield from ()
    return Reply("b")


def test_an_overseeing_script_can_be_sent_to_another_process() -> None:
    task = Wordy(Permutation())
    human = Scripted(Overseeing(task.script, task.same))
    assert pickle.loads(pickle.dumps(human)) == human


async def test_a_human_who_follows_a_script_learns_to_oversee_and_others_stay_as_they_are() -> None:
    assert overseeing(Scripted(doubling)) == Scripted(Overseeing(doubling))
    already = Scripted(Overseeing(doubling))
    assert overseeing(already) is already

    async def somebody(_: Sequence[Workspace], /) -> list[Action]:
        return []

    assert overseeing(somebody) is somebody
