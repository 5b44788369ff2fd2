"""A model on the other side of people's questions, in a real store."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from hch.people.model_side import OtherSide
from hch.people.store.acting import submit
from hch.people.store.database import Database, open_store
from hch.people.store.desk import record_shown, take
from hch.people.store.items import CONSULTING, OPEN, WORK, Item, load_item
from hch.people.store.people import make_person
from hch.people.store.posting import post_roots
from hch.people.store.projects import Rules, make_project
from hch.types import Answer, Ask, Outcome, Question


async def shouts(questions: Sequence[Question], /) -> list[Answer]:
    return [Answer(question.text.upper(), by="model") for question in questions]


@pytest.fixture
def store(tmp_path: Path) -> Database:
    return open_store(f"sqlite:///{tmp_path}/store.db")


def asked(store: Database, rules: Rules, *texts: str) -> int:
    """A workspace in which somebody has asked."""
    project = store.write(make_project, "project", rules, now=0.0)
    person = store.write(make_person, "Somebody", "answerer", None, now=0.0).id
    store.write(post_roots, project, [Question("why?")], now=0.0)
    id_ = store.write(take, person, [WORK], now=0.0)
    assert id_ is not None
    store.write(submit, person, id_, Ask(texts), "t", now=0.0, revision=0, draft_revision=0)
    return id_


def item(store: Database, id_: int) -> Item:
    result = store.read(load_item, id_)
    assert result is not None
    return result


async def test_what_people_ask_is_answered(store: Database) -> None:
    id_ = asked(store, Rules(other_side="model"), "what?", "who?")
    assert item(store, id_).state == CONSULTING
    assert await OtherSide(store, shouts)() == 2
    assert item(store, id_).state == OPEN
    assert [c.answer.text for c in item(store, id_).workspace.consultations] == ["WHAT?", "WHO?"]
    assert await OtherSide(store, shouts)() == 0


@pytest.mark.parametrize("side", ["people", "run"])
async def test_what_is_for_others_to_answer_is_left_to_them(store: Database, side: str) -> None:
    id_ = asked(store, Rules(other_side=side), "what?")  # type: ignore[arg-type]
    assert await OtherSide(store, shouts)() == 0
    assert item(store, id_).state == CONSULTING


async def test_a_model_that_raises_is_an_outcome_and_not_an_answer(store: Database) -> None:
    async def breaks(questions: Sequence[Question], /) -> list[Answer]:
        raise RuntimeError("out of memory")

    id_ = asked(store, Rules(other_side="model"), "what?")
    await OtherSide(store, breaks)()
    (consultation,) = item(store, id_).workspace.consultations
    assert (consultation.answer.outcome, consultation.answer.text) == (Outcome.FAILED, "")
    assert "out of memory" in consultation.answer.reason


async def test_a_suggestion_is_there_before_a_person_sees_the_question_or_never(store: Database) -> None:
    project = store.write(make_project, "project", Rules(other_side="model", suggest=True), now=0.0)
    person = store.write(make_person, "Somebody", "answerer", None, now=0.0).id
    seen, unseen = store.write(post_roots, project, [Question("seen?"), Question("unseen?")], now=0.0).ids
    store.write(record_shown, person, seen, "seen?", now=1.0)
    await OtherSide(store, shouts)()
    assert [item(store, id_).suggestion for id_ in (seen, unseen)] == [None, "UNSEEN?"]
    assert await OtherSide(store, shouts)() == 0


async def test_it_answers_while_it_attends(store: Database) -> None:
    id_ = asked(store, Rules(other_side="model"), "what?")
    attending = asyncio.create_task(OtherSide(store, shouts).attend(poll_seconds=0.01))
    while item(store, id_).state != OPEN:  # noqa: ASYNC110 - what is waited for happens in a database
        await asyncio.sleep(0.01)
    attending.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await attending
