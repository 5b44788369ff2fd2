from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hch import Amplify, Answer, Otherwise, Outcome, Question, Sample, Transcript
from hch.humans.imitated import UNREAD, Imitated, ImitatedSettings
from hch.humans.scripted import Script, Scripted, Steps, ask, give_up, reply
from hch.models.table import Table
from hch.text.render import action_text
from hch.types import Context, Reply, Workspace


@dataclass(frozen=True)
class Learned:
    """What a learner that knows by heart reports of a step."""

    loss: float = 0.0
    likelihoods: Sequence[float] = ()
    unread: int = 0
    measures: Mapping[str, float] = field(default_factory=dict)
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
    return Imitated(ImitatedSettings(window=8, updates=1, actions=1000, **settings), learner, learner.answer)  # type: ignore[arg-type]


def test_it_is_trusted_only_when_a_window_of_transcripts_held_no_surprise() -> None:
    human = pupil()
    given = transcripts(halves, 4)
    for expected in (False, False, True):
        asyncio.run(human.observe(given))
        human.update(random.Random(0))
        assert human.trusted is expected
    assert human.error == 0.0
    assert human.transcripts == 12


def test_it_is_not_trusted_before_it_was_tested_on_a_whole_window() -> None:
    human = pupil()
    asyncio.run(human.observe(transcripts(halves, 4)))
    human.update(random.Random(0))
    human.mistaken = []
    asyncio.run(human.observe(transcripts(halves, 7)))
    assert (human.mistaken, human.error, human.trusted) == ([False] * 7, 1.0, False)
    asyncio.run(human.observe(transcripts(halves, 1)))
    assert (human.error, human.trusted) == (0.0, True)


def test_a_transcript_is_a_test_before_it_is_a_lesson() -> None:
    human = pupil()
    asyncio.run(human.observe(transcripts(halves, 8)))
    assert human.mistaken == [True] * 8


def test_it_is_doubted_when_h_changes() -> None:
    human = pupil()
    for _ in range(3):
        asyncio.run(human.observe(transcripts(halves, 8)))
        human.update(random.Random(0))
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
    human.samples.append(learned)
    human.update(random.Random(0))
    assert await human(same) == [Reply("2")] * 5


@dataclass
class Failing:
    """A learner whose steps come to nothing."""

    def __call__(self, _: Sequence[Sample], /) -> Learned:
        return Learned(finite=False)


def test_it_says_so_where_a_step_came_to_nothing() -> None:
    human = pupil()
    asyncio.run(human.observe(transcripts(halves, 2)))
    assert human.update(random.Random(0)) is True
    human.learner = Failing()
    assert human.update(random.Random(0)) is False


def test_without_lessons_there_is_nothing_to_study() -> None:
    human = pupil()
    human.learner = Failing()
    assert human.update(random.Random(0)) is True


async def test_a_policy_that_fails_passes() -> None:
    async def failing(questions: Sequence[Question], /) -> list[Answer]:
        return [Answer(outcome=Outcome.FAILED, reason="cannot be read") for _ in questions]

    human = pupil()
    human.policy = failing
    assert await human([Workspace(Question("1"))]) == [UNREAD]


def test_that_h_passes_is_foreseen_whatever_reason_h_gives() -> None:
    def passes(text: str) -> Steps:
        yield ask(f"half of {text}")
        return give_up(f"I do not know what half of {text} is good for")

    human = pupil()
    for _ in range(2):
        asyncio.run(human.observe(transcripts(passes, 8)))
        human.update(random.Random(0))
    asyncio.run(human.observe(transcripts(passes, 8)))
    assert human.mistaken == [False] * 8
    assert {sample.answer for sample in human.samples if not sample.answer.startswith("ask")} == {"pass:"}


def test_what_was_sampled_is_learned_as_sampled() -> None:
    def samples(text: str) -> Steps:
        yield ask(f"half of {text}", f"half of {text}", sample_indices=(None, 1))
        return reply("done")

    human = pupil()
    asyncio.run(human.observe(transcripts(samples, 1)))
    assert human.samples[0].answer == "ask: half of 0\nask #1: half of 0"
    assert [sample.question.text for sample in human.samples] == ["what next?"] * 2
    assert human.samples[1].question.context.facts[0] == "question: 0"
