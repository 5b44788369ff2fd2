from __future__ import annotations

import math
import pickle
import time
from pathlib import Path

import pytest

from hch.people.settings import Patience, People

pytest.importorskip("sqlalchemy")


async def test_people_are_found_in_the_project_that_is_named_or_in_that_of_the_run(tmp_path: Path) -> None:
    from hch.people.human import Person, Recorded

    store = f"sqlite:///{tmp_path / 'hch.db'}"
    for people, project in ((People(store), "the run"), (People(store, "ours"), "ours")):
        for _ in range(2):
            assert people("the run", "powers of permutations") == (Person(store, project), Recorded(store, project))


def test_they_are_settings_that_travel() -> None:
    people = People("sqlite:///x.db", "ours", 60.0, 2.0)
    assert pickle.loads(pickle.dumps(people)) == people
    assert People().patience == math.inf


def test_patience_is_over_some_time_after_the_wait_began_and_not_while_nobody_waits() -> None:
    patience = Patience(People(patience=0.1))
    result = [patience.is_over]
    patience.begin(("17",))
    result.append(patience.is_over)
    time.sleep(0.11)
    patience.begin(("17", "23"))
    result.append(patience.is_over)
    patience.end()
    result.append(patience.is_over)
    patience.begin(("23",))
    result.append(patience.is_over)
    assert result == [False, False, True, False, False]


def test_it_says_how_many_workspaces_wait_and_which() -> None:
    patience = Patience(People())
    patience.begin(("17", "23"))
    assert patience.note == "waiting for people: 2 workspaces"
    assert patience.reason == "waiting for people in 2 workspaces (17, 23)"
    patience.begin(("23",))
    assert patience.reason == "waiting for people in 1 workspace (23)"


async def test_a_pause_ends_with_the_time_to_look_again_with_the_patience_or_with_an_interrupt() -> None:
    for people, interrupted in (
        (People(poll=0.02), False),
        (People(poll=3600.0, patience=0.02), False),
        (People(poll=3600.0), True),
    ):
        patience = Patience(people)
        patience.begin(("17",))
        began = time.monotonic()
        await patience.pause(lambda interrupted=interrupted: interrupted)  # type: ignore[misc]
        assert time.monotonic() - began < 2.0
