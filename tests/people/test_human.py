"""People in a store, played by a script: whatever order they act in, what comes out is what the script makes."""

from __future__ import annotations

import pickle
import random
import uuid
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hch.amplify.amplify import HCH, Amplify
from hch.humans.scripted import Scripted, Steps, ask, reply
from hch.people.human import Person, Recorded, prepare_project
from hch.people.store.acting import Receipt, submit
from hch.people.store.database import Database, StoreError, open_shared_store
from hch.people.store.desk import take
from hch.people.store.items import WORK, load_item
from hch.people.store.people import make_person
from hch.people.store.projects import Rules
from hch.types import Answer, Ask, Budget, Context, Outcome, Pass, Question, Reply, Transcript, walk

CONTEXT = Context(("what is added is whole",))
DEEP = Budget(depth=4, consultations=100)


def total(question: str) -> Steps:
    """H adds two numbers, and consults on each half of a longer sum."""
    numbers = question.split("+")
    if len(numbers) == 1:
        return reply(question)
    middle = len(numbers) // 2
    halves = ["+".join(numbers[:middle]), "+".join(numbers[middle:])]
    left, right = yield ask(*halves)
    return reply(str(int(left or 0) + int(right or 0)))


async def adds(questions: Sequence[Question], /) -> list[Answer]:
    return [Answer(str(sum(map(int, question.text.split("+")))), by="model") for question in questions]


class Crowd:
    """People who act in a store as a script says, in any order."""

    def __init__(self, folder: Path, rules: Rules, size: int = 4) -> None:
        self.url = f"sqlite:///{folder}/{uuid.uuid4().hex}.db"
        prepare_project(self.url, "sums", rules)
        self.people = [self.store.write(make_person, f"person {i}", "answerer", None, now=0.0).id for i in range(size)]

    @property
    def store(self) -> Database:
        return open_shared_store(self.url)

    @property
    def human(self) -> Person:
        return Person(self.url, "sums")

    @property
    def recorded(self) -> Recorded:
        return Recorded(self.url, "sums")

    async def act(self, person: int) -> bool:
        """The next thing that a person has to do; False where there is none."""
        id_ = self.store.write(take, person, [WORK], now=0.0)
        if id_ is None:
            return False
        item = self.store.read(load_item, id_)
        assert item is not None
        (action,) = await Scripted(total)([item.workspace])
        assert isinstance(action, Ask | Reply | Pass)
        token, revisions = uuid.uuid4().hex, (item.revision, item.draft_revision)
        done = self.store.write(
            submit, person, id_, action, token, now=0.0, revision=revisions[0], draft_revision=revisions[1]
        )
        assert isinstance(done, Receipt), done
        return True


@given(data=st.data())
@settings(max_examples=8, deadline=None)
async def test_hch_among_people_is_hch_of_what_they_do(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    crowd = Crowd(tmp_path_factory.mktemp("crowd"), Rules(depth=4))
    sums = data.draw(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=5), min_size=1, max_size=3))
    asked = [Question("+".join(map(str, numbers)), CONTEXT) for numbers in sums]
    among_people = HCH(crowd.human, None, budget=DEEP, recall=crowd.recorded)
    randomness = random.Random(data.draw(st.integers()))
    answers = await among_people(asked)
    for _ in range(200):
        if all(answer.outcome is not Outcome.WAITING for answer in answers):
            break
        await crowd.act(randomness.choice(crowd.people))
        if randomness.random() < 0.3:
            answers = await among_people(asked)
    expected = await HCH(Scripted(total), None, budget=DEEP)(asked)
    answers = await among_people(asked)
    assert [(a.text, a.outcome, a.spent) for a in answers] == [(a.text, a.outcome, a.spent) for a in expected]
    assert [shape(a.transcript) for a in answers] == [shape(a.transcript) for a in expected]


def shape(transcript: Transcript | None) -> set[tuple[str, str, tuple[str, ...]]]:
    """What is in a tree, without who acted in it: what is equal there is stored once, and so comes back as one."""
    assert transcript is not None
    return {(t.question.text, t.text, tuple(c.question.text for c in t.consultations)) for _, t in walk(transcript)}


async def test_a_pause_names_the_workspaces_that_wait(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path, Rules(depth=4))
    among_people = HCH(crowd.human, None, budget=DEEP, recall=crowd.recorded)
    (answer,) = await among_people([Question("1+2", CONTEXT)])
    assert (answer.outcome, answer.waits_for) == (Outcome.WAITING, ("1",))
    assert await crowd.act(crowd.people[0])
    (answer,) = await among_people([Question("1+2", CONTEXT)])
    assert (answer.outcome, answer.waits_for) == (Outcome.WAITING, ("2", "3"))


async def test_a_model_answers_what_people_ask_and_they_see_just_that(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path, Rules(other_side="model"))
    amplified = Amplify(crowd.human, adds, recall=crowd.recorded)
    asked = [Question("1+2+3", CONTEXT), Question("4+5", CONTEXT)]
    assert [a.outcome for a in await amplified(asked)] == [Outcome.WAITING] * 2
    while any(answer.outcome is Outcome.WAITING for answer in await amplified(asked)):
        assert await crowd.act(crowd.people[0])
    answers = await amplified(asked)
    assert [answer.text for answer in answers] == ["6", "9"]
    assert answers[0].transcript is not None
    assert [c.answer.by for c in answers[0].transcript.consultations] == ["model", "model"]


async def test_what_a_person_was_shown_stays_when_the_model_has_changed(tmp_path: Path) -> None:
    async def wrong(questions: Sequence[Question], /) -> list[Answer]:
        return [Answer("0", by="later model") for _ in questions]

    crowd = Crowd(tmp_path, Rules(other_side="model"))
    asked = [Question("1+2", CONTEXT)]
    await Amplify(crowd.human, adds, recall=crowd.recorded)(asked)
    await crowd.act(crowd.people[0])
    await Amplify(crowd.human, adds, recall=crowd.recorded)(asked)
    later = Amplify(crowd.human, wrong, recall=crowd.recorded)
    assert [a.outcome for a in await later(asked)] == [Outcome.WAITING]
    await crowd.act(crowd.people[0])
    (answer,) = await later(asked)
    assert answer.text == "3"


async def test_the_same_question_is_put_before_people_once(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path, Rules(other_side="model"))
    amplified = Amplify(crowd.human, adds, recall=crowd.recorded)
    question = Question("7", CONTEXT)
    (one,), (two,) = await amplified([question]), await amplified([question])
    assert one.waits_for == two.waits_for == ("1",)
    drawn = [Question("7", CONTEXT, sample_index=sample_index) for sample_index in range(2)]
    assert len({answer.waits_for for answer in await amplified(drawn)}) == 2


async def test_a_pass_is_a_pass_with_its_reason(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path, Rules(other_side="model"))
    amplified = Amplify(crowd.human, adds, recall=crowd.recorded)
    await amplified([Question("7", CONTEXT)])
    id_ = crowd.store.write(take, crowd.people[0], [WORK], now=0.0)
    assert id_ is not None
    crowd.store.write(submit, crowd.people[0], id_, Pass("no idea"), "t", now=0.0, revision=0, draft_revision=0)
    (answer,) = await amplified([Question("7", CONTEXT)])
    assert (answer.outcome, answer.reason) == (Outcome.PASSED, "no idea")


async def test_people_who_ask_each_other_need_a_depth(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path, Rules())
    (answer,) = await HCH(crowd.human, 2)([Question("7", CONTEXT)])
    assert answer.outcome is Outcome.FAILED
    assert "how deep" in answer.reason


async def test_a_missing_project_is_said(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path, Rules())
    with pytest.raises(StoreError, match="no project “other”"):
        await Person(crowd.url, "other")([])


def test_a_person_is_sent_anywhere_as_an_address() -> None:
    for part in (Person("sqlite:///hch.db", "sums"), Recorded("sqlite:///hch.db", "sums")):
        assert pickle.loads(pickle.dumps(part)) == part
