"""Several processes at one store, some of them killed: nothing is lost or doubled, and nobody finds it locked."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from hch.people.store.content import content_hash
from hch.people.store.database import Database, open_store
from hch.people.store.people import make_person
from hch.people.store.posting import post_roots
from hch.people.store.projects import Rules, make_project
from hch.people.store.tables import drafts, events, submissions, workspaces
from hch.people.store.verify import verify
from hch.types import Question

WRITER = """
import sys, time, uuid
from hch.people.store.acting import Receipt, submit
from hch.people.store.database import open_store
from hch.people.store.desk import take
from hch.people.store.drafts import Draft, save_draft
from hch.people.store.items import load_item
from hch.people.store.refusals import Writing
from hch.types import Ask, Reply

url, person, left = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
store = open_store(url)
while left:
    id_ = store.write(take, person, ["work"], now=time.time())
    if id_ is None:
        time.sleep(0.01)
        continue
    item = store.read(load_item, id_)
    text = f"{person} {uuid.uuid4().hex}"
    saved = store.write(save_draft, person, id_, item.draft_revision, Writing(text), now=time.time())
    if not isinstance(saved, Draft):
        continue
    print("draft", id_, text, flush=True)
    asks = not item.workspace.rounds and item.workspace.budget.depth >= 1 and person % 2
    action = Ask((f"about {id_}?", f"and {id_}?")) if asks else Reply(text)
    token = uuid.uuid4().hex
    done = store.write(
        submit, person, id_, action, token, now=time.time(), revision=item.revision, draft_revision=saved.revision,
    )
    if isinstance(done, Receipt):
        print("done", id_, token, flush=True)
        left -= 1
"""


def filled(url: str, people: int, questions: int) -> Database:
    store = open_store(url)
    for number in range(people):
        store.write(make_person, f"person {number}", "answerer", None, now=0.0)
    project = store.write(make_project, "many", Rules(depth=1, lease_seconds=3600), now=0.0)
    store.write(post_roots, project, [Question(f"question {number}?") for number in range(questions)], 0.0)
    return store


@contextmanager
def writers(
    url: str, people: Sequence[int], submissions: int, folder: Path
) -> Iterator[list[tuple[subprocess.Popen[bytes], Path]]]:
    """A process for each person, which ends when that one has submitted so often; and the file of what it says."""
    started = []
    for person in people:
        said = folder / f"said by {person} {time.time()}"
        with said.open("wb") as file:
            command = [sys.executable, "-c", WRITER, url, str(person), str(submissions)]
            started.append((subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT), said))
    try:
        yield started
    finally:
        for process, _ in started:
            process.kill()
            process.wait()


def check(store: Database, said: dict[Path, int]) -> int:
    """All that any process saw as saved is there, once. Returns how many submissions that were."""
    drafted, done = set[tuple[int, str]](), list[str]()
    for path, person in said.items():
        for line in path.read_text().splitlines():
            what, id_, rest = line.split(" ", 2)
            assert what in ("draft", "done"), path.read_text()
            if what == "draft":
                drafted.add((int(id_), rest))
            else:
                done.append(content_hash("submission", rest, person, int(id_)))
    with store.reading() as connection:
        assert [str(problem) for problem in verify(connection)] == []
        saved = connection.execute(select(drafts.c.workspace_id, drafts.c.content)).all()
        assert drafted <= {(row.workspace_id, row.content.get("reply", "")) for row in saved}
        assert set(done) <= set(connection.execute(select(submissions.c.id)).scalars())
        ended = select(events.c.workspace_id).where(events.c.kind == "answered")
        counts = Counter(connection.execute(ended).scalars())
        answered = set(connection.execute(select(workspaces.c.id).where(workspaces.c.state == "answered")).scalars())
    assert counts == dict.fromkeys(answered, 1)
    assert len(done) == len(set(done))
    return len(done)


@pytest.mark.slow
def test_eight_processes_write_and_nothing_is_lost(url: str, tmp_path: Path) -> None:
    store = filled(url, 8, 300)
    reads = 0
    with writers(url, range(1, 9), 12, tmp_path) as started:
        while any(process.poll() is None for process, _ in started):
            with store.reading() as connection:  # a reader that takes its time is never in the way, and never fails
                assert len(list(connection.execute(select(workspaces)))) >= 300
            reads += 1
        for process, path in started:
            assert process.returncode == 0, path.read_text()
    assert check(store, {path: person for person, (_, path) in enumerate(started, 1)}) == 8 * 12
    assert reads
    store.close()


@pytest.mark.slow
def test_what_a_killed_process_saw_as_saved_is_there(url: str, tmp_path: Path) -> None:
    store = filled(url, 3, 500)
    said = dict[Path, int]()
    for _ in range(5):
        with writers(url, (1, 2, 3), 10_000, tmp_path) as started:
            while any(path.read_bytes().count(b"done ") < 2 for _, path in started):
                for process, path in started:
                    assert process.poll() is None, path.read_text()
                time.sleep(0.01)
        said.update({path: person for person, (_, path) in enumerate(started, 1)})
    for path in said:  # a line that was cut short was not seen by anybody
        whole = path.read_text()
        path.write_text(whole[: whole.rfind("\n") + 1])
    assert check(store, said) >= 30
    store.close()
