"""Several processes at one store, some of them killed: nothing is lost or doubled, and nobody finds it locked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hch.store.database import Database, StoreError, open_store
from hch.store.people import make_person
from hch.store.posting import post_roots
from hch.store.projects import Rules, make_project
from hch.store.tables import events, workspaces
from hch.store.verify import verify
from hch.types import Question

WRITER = """
import sys, time, uuid
from hch.store.acting import Receipt, submit
from hch.store.database import open_store
from hch.store.desk import take
from hch.store.drafts import Draft, save_draft
from hch.store.items import load_item
from hch.store.refusals import Writing
from hch.types import Ask, Reply

url, person, until = sys.argv[1], int(sys.argv[2]), time.time() + float(sys.argv[3])
store = open_store(url)
while time.time() < until:
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
    done = store.write(
        submit, person, id_, action, uuid.uuid4().hex, now=time.time(),
        revision=item.revision, draft_revision=saved.revision,
    )
    if isinstance(done, Receipt):
        print("done", id_, text, flush=True)
"""


def filled(url: str, people: int, questions: int) -> Database:
    store = open_store(url)
    for number in range(people):
        store.write(make_person, f"person {number}", "answerer", None, now=0.0)
    project = store.write(make_project, "many", Rules(depth=1, lease_seconds=3600), now=0.0)
    store.write(post_roots, project, [Question(f"question {number}?") for number in range(questions)], 0.0)
    return store


def writer(url: str, person: int, seconds: float, folder: Path) -> tuple[subprocess.Popen[bytes], Path]:
    said = folder / f"said by {person} {time.time()}"
    with said.open("wb") as file:
        command = [sys.executable, "-c", WRITER, url, str(person), str(seconds)]
        return subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT), said


def check(store: Database, said: list[Path]) -> int:
    """All that any process saw as saved is there, once. Returns how many submissions that were."""
    lines = [line for path in said for line in path.read_text().splitlines()]
    assert not [line for line in lines if not line.startswith(("draft ", "done "))], lines
    with store.reading() as connection:
        assert [str(problem) for problem in verify(connection)] == []
        ended = select(workspaces.c.id, workspaces.c.text).where(workspaces.c.state == "answered")
        texts = {row.id: row.text for row in connection.execute(ended)}
        answered = select(events.c.workspace_id, func.count()).where(events.c.kind == "answered")
        counts = {row[0]: row[1] for row in connection.execute(answered.group_by(events.c.workspace_id))}
    done = [line.split(" ", 2)[1:] for line in lines if line.startswith("done ")]
    for id_, text in done:
        if int(id_) in texts and int(id_) not in asked_in(store):
            assert texts[int(id_)] == text
    assert set(counts.values()) <= {1}
    assert counts.keys() == texts.keys()
    return len(done)


def asked_in(store: Database) -> set[int]:
    query = select(events.c.workspace_id).where(events.c.kind == "asked")
    return set(store.read(lambda c: list(c.execute(query).scalars())))


@pytest.mark.slow
def test_eight_processes_write_and_nothing_is_lost(url: str, tmp_path: Path) -> None:
    store = filled(url, 8, 300)
    started = [writer(url, person, 6.0, tmp_path) for person in range(1, 9)]
    reads = 0
    while any(process.poll() is None for process, _ in started):
        with store.reading() as connection:  # a reader that takes its time is never in the way, and never fails
            assert len(list(connection.execute(select(workspaces)))) >= 300
        reads += 1
    assert [process.returncode for process, _ in started] == [0] * 8
    assert check(store, [path for _, path in started]) >= 8
    assert reads
    store.close()


@pytest.mark.slow
def test_what_a_killed_process_saw_as_saved_is_there(url: str, tmp_path: Path) -> None:
    store = filled(url, 3, 500)
    said = []
    for _ in range(5):
        started = [writer(url, person, 60.0, tmp_path) for person in (1, 2, 3)]
        while any(path.read_bytes().count(b"done ") < 2 for _, path in started):
            assert all(process.poll() is None for process, _ in started)
            time.sleep(0.01)
        for process, path in started:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            said.append(path)
    for path in said:  # a line that was cut short was not seen by anybody
        whole = path.read_text()
        path.write_text(whole[: whole.rfind("\n") + 1])
    assert check(store, said) >= 30
    store.close()


def test_several_processes_may_open_a_new_store_at_once(url: str) -> None:
    code = f"from hch.store.database import open_store; open_store({url!r}).close()"
    started = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(4)]
    for process in started:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()


def test_a_store_of_a_newer_hch_is_refused_in_words(store: Database, url: str) -> None:
    from sqlalchemy import text

    store.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")).close())
    with pytest.raises(StoreError, match=r"made by a newer hch \(schema 9999\)"):
        open_store(url)


def test_the_migrated_schema_is_the_one_that_the_code_has(store: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from hch.store.tables import metadata

    found = store.read(lambda c: compare_metadata(MigrationContext.configure(c), metadata))
    assert [each for each in found if "ix_workspaces_next" not in str(each)] == []
