from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

from hch import Amplify, Answer, Otherwise, Question, Sample, Transcript
from hch.humans.imitated import UNREAD, Apprenticeship, Imitated
from hch.humans.scripted import Scripted
from hch.models.table import Table
from hch.render import action_text
from hch.script import Script, Steps, ask, reply
from hch.types import Context, Reply, Workspace


@dataclass(frozen=True)
class Learned:
    """What a learner that knows by heart reports of a step."""

    loss: float = 0.0
    likelihoods: Sequence[float] = ()
    unread: int = 0
    finite: bool = True


class ByHeart:
    """Learner and policy in one: it says what it was last told, and "?" where it was told nothing."""

    def __init__(self) -> None:
        self.known: dict[Question, str] = {}
        self.thought = 0

    def __call__(self, samples: Sequence[Sample], /) -> Learned:
        self.known.update((sample.question, sample.answer) for sample in samples)
        return Learned()

    async def answer(self, questions: Sequence[Question], /) -> list[Answer]:
        self.thought += len(questions)
        return [Answer(self.known.get(question, "?")) for question in questions]


def halves(text: str) -> Steps:
    (half,) = yield ask(f"half of {text}")
    return reply(half or "none")


def stubborn(text: str) -> Steps:
    (half,) = yield ask(f"half of {text}")
    return reply(f"not {half}")


def transcripts(script: Script, count: int, kinds: int = 4) -> list[Transcript]:
    model = Table({f"half of {number}": str(number // 2) for number in range(kinds)})
    questions = [Question(str(number % kinds)) for number in range(count)]
    answers = asyncio.run(Amplify(Scripted(script), Otherwise(model, model))(questions))
    return [answer.transcript for answer in answers if answer.transcript]


def pupil(**settings: float) -> Imitated:
    learner = ByHeart()
    return Imitated(Apprenticeship(window=8, studies=1, actions=1000, **settings), learner, learner.answer)  # type: ignore[arg-type]


def test_it_is_trusted_only_when_a_window_of_transcripts_held_no_surprise() -> None:
    human = pupil()
    given = transcripts(halves, 4)
    for expected in (False, False, True):
        asyncio.run(human.observe(given))
        human.study(random.Random(0))
        assert human.trusted is expected
    assert human.error == 0.0
    assert human.transcripts == 12


def test_a_transcript_is_a_test_before_it_is_a_lesson() -> None:
    human = pupil()
    asyncio.run(human.observe(transcripts(halves, 8)))
    assert human.mistaken == [True] * 8


def test_it_is_doubted_when_h_changes() -> None:
    human = pupil()
    for _ in range(3):
        asyncio.run(human.observe(transcripts(halves, 8)))
        human.study(random.Random(0))
    before = human.trusted
    asyncio.run(human.observe(transcripts(stubborn, 4)))
    assert (before, human.trusted, human.error) == (True, False, 0.5)


def test_the_real_h_is_left_alone_in_the_end() -> None:
    human = pupil(most=8)
    assert not human.exhausted
    asyncio.run(human.observe(transcripts(halves, 8)))
    assert human.exhausted


async def test_an_action_that_cannot_be_read_is_a_pass() -> None:
    assert await pupil()([Workspace(Question("1", Context()))]) == [UNREAD]


async def test_each_distinct_workspace_is_thought_about_once_until_it_learns() -> None:
    human, learner = pupil(), ByHeart()
    human.policy, human.learner = learner.answer, learner
    same = [Workspace(Question("1"))] * 5
    await human(same)
    await human(same)
    assert learner.thought == 1
    learned = Sample(Question("what next?", Context(("question: 1",))), action_text(Reply("2")))
    human.lessons.append(learned)
    human.study(random.Random(0))
    assert await human(same) == [Reply("2")] * 5
