"""The pages where trees are explored, on trees of 100,000 transcripts and a project of 100,000 questions.

A request goes through the whole application, in this process: sessions, roles, the store, the template. The trees are
a chain (each node asks one more), a fan (one node asks all others), a bush (each asks ten) and a lattice (each is asked
by two). A tree is opened at its root and at a node far from it, and counted and searched whole. What is counted is read
whole the first time; so is a lattice as it is opened, since a page says where what comes again came first.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from starlette.testclient import TestClient

from benchmarks.forest import plant_bush, plant_chain, plant_fan, plant_lattice, plant_roots
from benchmarks.harness import Figure, Note, Times
from hch.people.store.database import Database, open_store
from hch.people.store.people import make_person
from hch.people.store.projects import Rules, make_project
from hch.serving.pages.app import application
from hch.serving.pages.settings import Settings
from hch.serving.pages.sign_in import hash_passphrase

PASSPHRASE = "only for this benchmark"
PLANTS = {"chain": plant_chain, "fan": plant_fan, "bush": plant_bush, "lattice": plant_lattice}


@dataclass(frozen=True)
class Explore:
    """``nodes`` in each tree, and as many questions in the project; everything is asked for ``repeats`` times."""

    nodes: int = 100_000
    repeats: int = 5

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(f"sqlite:///{Path(folder) / 'store.db'}")
            try:
                with visitor(store) as client:
                    yield from self._trees(store, client, note)
                    yield from self._questions(store, client, note)
            finally:
                store.close()

    def _trees(self, store: Database, client: TestClient, note: Note) -> Iterator[Figure]:
        ways = {"chain": "0" + ".0" * 28, "fan": str(self.nodes // 2), "bush": "9.9.9", "lattice": "7" + ".1" * 9}
        for name, plant in PLANTS.items():
            note(f"planting a {name}")
            page = f"/explore/transcript/{store.write(plant, self.nodes)}"
            word = f"answer+{self.nodes // 3}"
            for what, address, bar in (
                ("opened, the first time", page, 3.0),
                ("opened at a node far away", f"{page}?at={ways[name]}", 3.0),
                ("counted, the first time", f"{page}/statistics", 10.0),
                ("counted again", f"{page}/statistics", 1.0),
                ("searched", f"{page}/search?text={word}", 5.0),
            ):
                note(f"{name}: {what}")
                once = "first" in what
                yield from self._asked(client, f"{name}: {what}", address, bar=bar, times=1 if once else self.repeats)

    def _questions(self, store: Database, client: TestClient, note: Note) -> Iterator[Figure]:
        note("asking questions")
        project = store.write(make_project, "questions", Rules(), 0.0)
        store.write(plant_roots, project, self.nodes)
        page = f"/explore?project={project.id}"
        for what, address in (
            ("the newest", page),
            ("from the middle", f"{page}&before={self.nodes // 2}"),
            ("with a word that one has", f"{page}&text=question+77?"),
        ):
            yield from self._asked(client, f"questions: {what}", address, bar=1.0, times=self.repeats)

    def _asked(self, client: TestClient, name: str, address: str, *, bar: float, times: int) -> Iterator[Figure]:
        taken, size = Times(), 0
        for _ in range(times):
            with taken.taken():
                answer = client.get(address)
            size = len(answer.raise_for_status().content)
        yield Figure(name, "s", tuple(taken.walls), bar=bar)
        if "opened" in name:
            yield Figure(f"{name}, sent", "kB", (size / 1000,))


def visitor(store: Database) -> TestClient:
    """A researcher who has signed in."""
    store.write(make_person, "Researcher", "researcher", hash_passphrase(PASSPHRASE), 0.0)
    client = TestClient(
        application(Settings(store, "benchmark" * 4, hosts=("testserver",))), headers={"accept": "text/html"}
    )
    page = client.get("/sign-in").text
    token = page.partition('<meta name="csrf-token" content="')[2].partition('"')[0]
    filled = {"name": "Researcher", "passphrase": PASSPHRASE, "csrf_token": token}
    client.post("/sign-in", data=filled).raise_for_status()
    return client


FULL = Explore()
QUICK = Explore(nodes=2000, repeats=1)
