"""A store that the first version made: this one opens it, verifies it, and exports all that is in it."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from hch.models.language.chat import question_text
from hch.people.store.database import Database, open_store
from hch.people.store.export import count_current, count_stored, current_transcripts, read_stored_transcripts
from hch.people.store.files import write_json_lines
from hch.people.store.info import store_info
from hch.people.store.people import all_people
from hch.people.store.projects import Rules, all_projects
from hch.people.store.rows import answer_chats, transcript_row
from hch.people.store.verify import verify

FIXTURE = Path(__file__).parents[2] / "fixtures" / "v1" / "store.sqlite"


@pytest.fixture
def first_store(tmp_path: Path) -> Iterator[Database]:
    """A copy of it, open; the fixture itself is never written."""
    copy = tmp_path / "store.sqlite"
    shutil.copy(FIXTURE, copy)
    with contextlib.closing(open_store(str(copy), create=False)) as store:
        yield store


def test_its_project_and_people_are_read(first_store: Database) -> None:
    (project,) = first_store.read(all_projects)
    assert (project.name, project.rules) == ("demo", Rules())
    assert [(person.name, person.role) for person in first_store.read(all_people)] == [("somebody", "answerer")]
    info = store_info(first_store)
    assert info.workspaces == {"answered": 12}
    assert (info.counts["questions"], info.counts["transcripts"], info.counts["events"]) == (24, 12, 26)
    assert [(progress.questions, progress.questions_ended) for progress in info.projects] == [(12, 12)]


def test_nothing_in_it_is_wrong(first_store: Database) -> None:
    checked = Counter[str]()
    with first_store.reading() as connection:
        assert list(verify(connection, checked)) == []
    assert {"transcripts": 12, "workspaces": 12, "consultations": 12, "questions": 24}.items() <= checked.items()


def test_its_transcripts_are_exported(first_store: Database) -> None:
    (project,) = first_store.read(all_projects)
    with first_store.reading() as connection:
        assert (count_current(connection, project.id), count_stored(connection)) == (12, 12)
        current = list(current_transcripts(connection, project.id))
        stored = list(read_stored_transcripts(connection))
    assert {exported.id for exported in current} == {exported.id for exported in stored}
    file = io.BytesIO()
    write_json_lines(file, map(transcript_row, current))
    rows = [json.loads(line) for line in file.getvalue().splitlines()]
    assert len({row["id"] for row in rows}) == 12
    assert {(row["outcome"], row["project"], row["person"]) for row in rows} == {("answered", "demo", 1)}
    assert all(row["answer"] and len(row["rounds"]) == 1 for row in rows)
    chats = [chat for exported in current for chat in answer_chats(exported, question_text)]
    assert [chat["messages"][1]["content"] for chat in chats] == [row["answer"] for row in rows]
