from __future__ import annotations

import asyncio
import threading

import pytest

from hch.serving.api.batching import BusyError, RequestBatcher
from hch.types import Answer, Outcome, Question


async def test_what_comes_while_others_are_answered_is_answered_together() -> None:
    batches: list[tuple[str, list[str]]] = []
    begun, go_on = threading.Event(), threading.Event()

    def answer_batch(key: str, questions: list[Question]) -> list[Answer]:
        begun.set()
        batches.append((key, [question.text for question in questions]))
        go_on.wait(10)
        return [Answer(f"{key} {question.text}") for question in questions]

    batcher = RequestBatcher(answer_batch, most_at_once=3)
    calls = [asyncio.create_task(batcher("a", Question("0")))]
    assert await asyncio.to_thread(begun.wait, 10)
    calls += [asyncio.create_task(batcher(key, Question(str(i)))) for i, key in enumerate("abaaab", 1)]
    await asyncio.sleep(0.01)
    go_on.set()
    answers = await asyncio.gather(*calls)
    assert [answer.text for answer in answers] == ["a 0", "a 1", "b 2", "a 3", "a 4", "a 5", "b 6"]
    assert batches == [("a", ["0"]), ("a", ["1", "3", "4"]), ("b", ["2", "6"]), ("a", ["5"])]


async def test_an_error_is_the_outcome_of_its_batch_alone() -> None:
    def answer_batch(key: str, questions: list[Question]) -> list[Answer]:
        if key == "bad":
            raise ValueError("broken")
        return [Answer("good")] * len(questions)

    batcher = RequestBatcher(answer_batch)
    bad, good = await asyncio.gather(batcher("bad", Question("q")), batcher("good", Question("q")))
    assert (bad.outcome, bad.reason) == (Outcome.FAILED, "ValueError: broken")
    assert good.text == "good"


async def test_no_more_wait_than_may_and_whoever_has_left_is_in_nobodys_way() -> None:
    go_on = threading.Event()

    def answer_batch(key: str, questions: list[Question]) -> list[Answer]:
        go_on.wait(10)
        return [Answer("yes")] * len(questions)

    batcher = RequestBatcher(answer_batch, most_waiting=2)
    calls = [asyncio.create_task(batcher("a", Question(str(i)))) for i in range(2)]
    await asyncio.sleep(0.01)
    with pytest.raises(BusyError, match="2 questions"):
        await batcher("a", Question("q"))
    calls[0].cancel()
    go_on.set()
    assert (await calls[1]).text == "yes"
    assert (await batcher("a", Question("q"))).text == "yes"
