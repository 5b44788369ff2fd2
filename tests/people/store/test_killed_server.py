"""The server of the pages is killed ten times while people work on them: whatever they saw as saved is there, once."""

from __future__ import annotations

import asyncio
import random

import pytest

from benchmarks.crowd import Crowd, Served, filled, looked_through

KILLS = 10
BETWEEN = 8
"""Submissions between one kill and the next, at least."""


@pytest.mark.slow
def test_what_people_saw_as_saved_is_there_after_the_server_was_killed_ten_times(url: str) -> None:
    store, people = filled(url, 8)
    with Served(url) as served:
        crowd = Crowd(store, people, served.address, random.Random(0), thinks_seconds=0.01)

        async def kills_it() -> int:
            for kill in range(KILLS):
                before = len(crowd.done)
                while len(crowd.done) < before + BETWEEN:  # noqa: ASYNC110 - people do not say when they are done
                    await asyncio.sleep(0.01)
                # In the middle of whatever it does just then.
                await asyncio.sleep(random.Random(kill).uniform(0, 0.1))
                await asyncio.to_thread(served.kill)
                await asyncio.to_thread(served.start)
            return len(crowd.done)

        async def all_of_it() -> int:
            killing = asyncio.create_task(kills_it())
            crowd.is_over = killing.done
            await asyncio.wait_for(asyncio.gather(crowd.come(), killing), 300)
            return killing.result()

        assert asyncio.run(all_of_it()) >= KILLS * BETWEEN
    actual = looked_through(store, crowd)
    assert (actual.lost, actual.doubled, actual.wrong) == (0, 0, [])
    # Where it was away, people noticed; it never answered that something went wrong.
    assert sum(crowd.errors.values()) >= KILLS
    assert not [kind for kind in crowd.errors if ": " in kind], crowd.errors
    store.close()
