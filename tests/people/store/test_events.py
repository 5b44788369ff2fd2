"""Events come in the order in which they were saved: who reads on from the newest one misses none."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import Connection, select

from hch.people.store.database import Database
from hch.people.store.events import last_event, record_event, record_events
from hch.people.store.tables import events


def numbers(connection: Connection) -> list[tuple[int, str]]:
    return [(row.id, row.kind) for row in connection.execute(select(events.c.id, events.c.kind).order_by(events.c.id))]


def test_what_happens_at_once_keeps_its_order(store: Database) -> None:
    def work(connection: Connection) -> None:
        record_event(connection, "first", 1.0, person=None, told="x")
        record_events(connection, 1.0, [{"kind": kind, "data": {}} for kind in ("second", "third")])
        record_events(connection, 1.0, [])
        record_event(connection, "fourth", 1.0)

    store.write(work)
    result = store.read(numbers)
    assert [kind for _, kind in result] == ["first", "second", "third", "fourth"]
    assert store.read(last_event) == result[-1][0]


def test_what_is_undone_leaves_nothing_behind(store: Database) -> None:
    def fails(connection: Connection) -> None:
        record_event(connection, "undone", 1.0)
        raise LookupError

    with pytest.raises(LookupError):
        store.write(fails)
    store.write(record_event, "done", 1.0)
    assert [kind for _, kind in store.read(numbers)] == ["done"]


def test_what_is_saved_later_has_a_higher_number_though_it_was_begun_earlier(store: Database) -> None:
    if store.is_sqlite:
        pytest.skip("there one begins when the other has ended")
    began, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        record_event(connection, "slow", 1.0)
        began.set()
        go_on.wait(30)

    thread = threading.Thread(target=store.write, args=(slow,))
    thread.start()
    began.wait(30)
    store.write(record_event, "quick", 1.0)
    seen = store.read(last_event)
    go_on.set()
    thread.join()
    assert [kind for number, kind in store.read(numbers) if number > seen] == ["slow"]


def test_who_reads_on_from_the_newest_event_sees_every_one(store: Database) -> None:
    writers, one = 4, 40

    def work(number: int) -> None:
        for turn in range(one):

            def act(connection: Connection, name: str = f"{number} {turn}", number: int = number) -> None:
                record_event(connection, name, 1.0)
                time.sleep(0.001 * number)
                record_event(connection, f"{name} too", 1.0)

            store.write(act)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    seen, last = list[str](), 0
    while True:
        ended = not any(thread.is_alive() for thread in threads)
        query = select(events.c.id, events.c.kind).where(events.c.id > last).order_by(events.c.id)
        for row in store.read(lambda connection, query: list(connection.execute(query)), query):
            seen.append(row.kind)
            last = row.id
        if ended:
            break
    assert len(seen) == len(set(seen)) == writers * one * 2
