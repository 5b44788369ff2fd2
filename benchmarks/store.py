"""One operation of a store with 10,000 workspaces and 200 people in it, in SQLite and in PostgreSQL.

A person takes what is next, looks at it, gives a sign of life, saves a draft, and asks two questions of other people or
replies. Each is a transaction of its own that is on disk when it ends, so a disk's patience is in the figures. First
one person after the other, then several threads at once, each with people of its own.
"""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from sqlalchemy import text

from benchmarks.harness import Figure, Note
from benchmarks.people import databases
from hch.people.store.acting import Receipt, submit
from hch.people.store.database import Database, open_store
from hch.people.store.desk import take, touch
from hch.people.store.drafts import Draft, save_draft
from hch.people.store.items import WORK, load_item
from hch.people.store.people import make_person
from hch.people.store.posting import post_roots
from hch.people.store.projects import Rules, make_project
from hch.people.store.refusals import Writing
from hch.types import Ask, Context, Question, Reply

T = TypeVar("T")

OPERATIONS = ("take", "look", "touch", "draft", "ask", "reply")
CONTEXT = Context(tuple(f"Fact {number} is a line of some length, as facts are." for number in range(200)))


@dataclass
class Turns:
    """Turns of people at a store, and the seconds that each operation took."""

    store: Database
    taken: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def timed(self, operation: str, work: Callable[[], T]) -> T:
        began = time.perf_counter()
        done = work()
        self.taken[operation].append(time.perf_counter() - began)
        return done

    def turn(self, person: int) -> None:
        """A person takes what is next, and asks or replies."""
        store, written = self.store, f"A draft of some words, and {uuid.uuid4().hex}."
        id_ = self.timed("take", lambda: store.write(take, person, [WORK], time.time()))
        assert id_ is not None, "there is too little to do"
        item = self.timed("look", lambda: store.read(load_item, id_))
        assert item is not None
        self.timed("touch", lambda: store.write(touch, person, id_, time.time()))
        known, content = item.draft_revision, Writing(written)
        saved = self.timed("draft", lambda: store.write(save_draft, person, id_, known, content, now=time.time()))
        assert isinstance(saved, Draft), saved
        asks = item.root and not item.workspace.rounds
        action = Ask((f"What is {id_} about?", f"What does {id_} need?")) if asks else Reply(written)
        act = partial(submit, revision=item.revision, draft_revision=saved.revision)
        done = self.timed(
            "ask" if asks else "reply",
            lambda: store.write(act, person, id_, action, written, now=time.time()),
        )
        assert isinstance(done, Receipt), done


@dataclass(frozen=True)
class Operations:
    """``turns`` turns of people, in each of ``repeats``; then ``threads`` at once for ``seconds``."""

    workspaces: int = 10_000
    people: int = 200
    turns: int = 200
    repeats: int = 5
    threads: int = 8
    seconds: float = 10.0

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        for name, url in databases():
            note(f"{name}: filling")
            with contextlib.closing(open_store(url)) as store:
                people = fill(store, self.workspaces, self.people)
                measured = []
                for repeat in range(self.repeats):
                    note(f"{name}: {repeat + 1} of {self.repeats}")
                    measured.append(self.one_by_one(store, people[repeat :: self.repeats]))
                yield from latencies(name, measured)
                note(f"{name}: {self.threads} threads")
                yield from self.together(name, store, people)

    def one_by_one(self, store: Database, people: Sequence[int]) -> dict[str, list[float]]:
        """One person after the other."""
        turns = Turns(store)
        for number in range(self.turns):
            turns.turn(people[number % len(people)])
        return turns.taken

    def together(self, name: str, store: Database, people: Sequence[int]) -> Iterator[Figure]:
        """Several threads at once."""
        until = time.perf_counter() + self.seconds
        every = [Turns(store) for _ in range(self.threads)]

        def work(turns: Turns, mine: Sequence[int]) -> None:
            number = 0
            while time.perf_counter() < until:
                turns.turn(mine[number % len(mine)])
                number += 1

        threads = [
            threading.Thread(target=work, args=(turns, people[number :: self.threads]))
            for number, turns in enumerate(every)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        times = [entry for turns in every for some in turns.taken.values() for entry in some]
        at_once = f"{self.threads} threads, {name}"
        yield Figure(f"operations, {at_once}", "per s", (len(times) / self.seconds,))
        yield Figure(f"operation, half within, {at_once}", "ms", (1000 * within(times, 0.5),))
        yield Figure(f"operation, 95 of 100 within, {at_once}", "ms", (1000 * within(times, 0.95),), bar=200.0)


def latencies(name: str, measured: Sequence[dict[str, list[float]]]) -> Iterator[Figure]:
    """What each operation took, a value for each repeat."""
    for operation in OPERATIONS:
        times = [entry[operation] for entry in measured if entry[operation]]
        half, most = (tuple(1000 * within(some, part) for some in times) for part in (0.5, 0.95))
        yield Figure(f"{operation}, half within, {name}", "ms", half)
        yield Figure(f"{operation}, 95 of 100 within, {name}", "ms", most, bar=50.0, aim=20.0)
    rates = tuple(sum(map(len, entry.values())) / sum(map(sum, entry.values())) for entry in measured)
    yield Figure(f"operations, one after the other, {name}", "per s", rates)


def within(times: Sequence[float], part: float) -> float:
    """The time within which this part of them ended."""
    return sorted(times)[min(len(times) - 1, int(part * len(times)))]


def fill(store: Database, workspaces: int, people: int) -> list[int]:
    """People, and questions for them; returns the people's numbers."""
    project = store.write(make_project, "many", Rules(depth=1, lease_seconds=1e6), 0.0)
    for start in range(0, workspaces, 1000):
        asked = [Question(f"Question {number}?", CONTEXT) for number in range(start, min(start + 1000, workspaces))]
        store.write(post_roots, project, asked, 0.0)
    if not store.is_sqlite:
        # As the server does by itself, within a minute.
        store.write(lambda connection: connection.execute(text("ANALYZE")))
    return [store.write(make_person, f"person {number}", "answerer", None, 0.0).id for number in range(people)]


FULL = Operations()
QUICK = Operations(workspaces=500, people=20, turns=30, repeats=2, threads=4, seconds=2.0)
