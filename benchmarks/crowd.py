"""Many people at once on the pages, each in a session of their own, against a server in a process of its own.

Each takes what is next, saves drafts of it, asks or replies, and thinks between two requests. The sessions are signed
in beforehand, since checking a passphrase is slow on purpose. What they saw as saved and as done is kept, to be looked
for in the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import socket
import subprocess
import sys
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select
from starlette.applications import Starlette

from hch.people.store.database import Database, open_store
from hch.people.store.people import Person, make_person
from hch.people.store.posting import post_roots
from hch.people.store.projects import Rules, make_project
from hch.people.store.tables import drafts, events, workspaces
from hch.people.store.verify import verify
from hch.serving.pages.sessions import Session, SessionMiddleware, mark_of
from hch.serving.pages.settings import Settings
from hch.types import Context, Question

SECRET = "a secret that only this crowd knows"
CONTEXT = Context(tuple(f"Part {number}\nWhat part {number} says." for number in range(20)))
HIDDEN = re.compile(r'<input type="hidden" name="(revision|draft_revision|token)" value="([^"]*)">')

Asked = Callable[..., Awaitable[httpx.Response | None]]


@dataclass
class Served:
    """``hch serve`` over the store at a URL, in a process of its own, which can be killed and started again."""

    url: str
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Served:
        if not self.port:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
        self.start()
        return self

    def start(self) -> None:
        """Starts it, and waits until it answers. RuntimeError where it does not within a minute."""
        command = [str(Path(sys.executable).with_name("hch")), "serve", "--store", self.url, "--port", str(self.port)]
        environment = {**os.environ, "HCH_SECRET": SECRET}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"{self.address}/sign-in")
                return
            time.sleep(0.05)
        raise RuntimeError(f"the server at {self.address} does not answer")

    def kill(self) -> None:
        """As when the power goes: nothing is said to it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)


@dataclass
class Crowd:
    """These people, what they saw, and how long it took."""

    store: Database
    people: list[Person]
    address: str
    randomness: random.Random
    thinks_seconds: float
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    done: list[tuple[int, str]] = field(default_factory=list)
    """Workspace and reply of each submission that a person saw as done."""
    saved: list[tuple[int, str]] = field(default_factory=list)
    """Workspace and text of each draft that a person saw as saved."""
    is_over: Callable[[], bool] = lambda: False

    async def come(self) -> None:
        """All of them, until it is over."""
        limits = httpx.Limits(max_connections=len(self.people), max_keepalive_connections=len(self.people))
        signer = SessionMiddleware(Starlette(), Settings(self.store, SECRET))
        async with httpx.AsyncClient(base_url=self.address, limits=limits, timeout=30) as client:
            await asyncio.gather(*(self._one(client, signer, person) for person in self.people))

    async def _one(self, client: httpx.AsyncClient, signer: SessionMiddleware, person: Person) -> None:
        """One person's time: pages, drafts, submissions, with thought between them."""
        session = Session(uuid.uuid4().hex, person.id, time.time(), mark_of(person))
        cookie = f"{signer.name}={signer.value(session)}"
        headers = {"cookie": cookie, "x-csrf-token": session.csrf, "accept": "application/json"}
        await asyncio.sleep(self.randomness.uniform(0, self.thinks_seconds))

        async def asked(kind: str, method: str, path: str, **options: Any) -> httpx.Response | None:
            if self.is_over():
                return None
            started = time.perf_counter()
            try:
                answer = await client.request(method, path, headers=headers, **options)
            except httpx.HTTPError as error:
                self.errors[type(error).__name__] += 1
                await asyncio.sleep(0.1)
                return None
            self.seconds[kind].append(time.perf_counter() - started)
            if answer.status_code >= 400 and answer.status_code != 409:
                self.errors[f"{kind}: {answer.status_code}"] += 1
            await asyncio.sleep(self.randomness.uniform(0.5, 1.5) * self.thinks_seconds)
            return answer

        while not self.is_over():
            moved = await asked("the next question", "GET", "/work")
            if moved is None or moved.status_code != 303:
                continue
            path = moved.headers["location"].partition("?")[0]
            page = await asked("its page", "GET", path)
            if page is not None and page.status_code == 200:
                await self._works(asked, path, page.text)

    async def _works(self, asked: Asked, path: str, page: str) -> None:
        """Two drafts, and then a question to others or a reply, which is sent again until there is an answer."""
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
        done = None
        while done is None and not self.is_over():
            done = await asked("a submission", "POST", path, data=body)
        if done is not None and done.status_code == 200 and not asks:
            self.done.append((id_, text))


@dataclass(frozen=True)
class Found:
    """What a store has of what people saw."""

    lost: int
    """Submissions that somebody saw as done, and drafts that somebody saw as saved, that are not there."""
    doubled: int
    """Workspaces that were answered more than once."""
    wrong: list[str]
    """What else is not as it must be."""


def looked_through(store: Database, crowd: Crowd) -> Found:
    """Looks for all that people saw as saved or done."""
    with store.reading() as connection:
        texts = {row.id: row.text for row in connection.execute(select(workspaces.c.id, workspaces.c.text))}
        rows = connection.execute(select(drafts.c.workspace_id, drafts.c.content))
        kept = {(row.workspace_id, row.content.get("reply", "")) for row in rows}
        counted = select(events.c.workspace_id, func.count()).where(events.c.kind == "answered")
        doubled = sum(count > 1 for _, count in connection.execute(counted.group_by(events.c.workspace_id)))
        wrong = [str(problem) for problem in verify(connection)]
    lost = sum(texts.get(id_) != text for id_, text in crowd.done) + sum(item not in kept for item in crowd.saved)
    return Found(lost, doubled, wrong)


def filled(url: str, people: int) -> tuple[Database, list[Person]]:
    """A store with these people, and more questions than they can answer."""
    store = open_store(url)
    made = [store.write(make_person, f"person {number}", "answerer", None, now=0.0) for number in range(people)]
    project = store.write(make_project, "load", Rules(depth=1, view="contents"), now=0.0)
    store.write(post_roots, project, [Question(f"question {number}?", CONTEXT) for number in range(people * 30)], 0.0)
    return store, made
