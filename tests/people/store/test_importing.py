from __future__ import annotations

import io
import json
import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from hch.people.store import importing
from hch.people.store.content import get_questions
from hch.people.store.database import Database, open_store
from hch.people.store.export import read_stored_transcripts
from hch.people.store.importing import Imported, import_questions
from hch.people.store.info import store_info
from hch.people.store.projects import Project, Rules, make_project
from hch.people.store.tables import workspaces
from hch.people.store.verify import verify
from hch.text.question_files import BadRow
from hch.types import Context, Question


def project_of(store: Database, **rules: Any) -> Project:
    return store.write(make_project, "demo", Rules(**rules), 0.0)


def inside(store: Database) -> list[tuple[Question, str | None]]:
    """The questions of all workspaces, with what is known of them."""
    rows = store.read(lambda c: c.execute(select(workspaces).order_by(workspaces.c.id)).all())
    questions = store.read(get_questions, {row.question_id for row in rows})
    return [(questions[row.question_id], row.gold) for row in rows]


# Into a project


def test_how_people_took_a_question_apart_is_kept_as_a_transcript(store: Database) -> None:
    project = project_of(store)
    row = {"question": "How many eggs?", "answer": "How many hens? ** 3\nEggs of 3? ** 6 eggs\n#### 6"}
    file = [json.dumps(row).encode()]
    assert import_questions(store, project, file, "jsonl") == Imported(1, 0, [])
    assert inside(store) == [(Question("How many eggs?", Context(("How many eggs?",))), "6")]
    with store.reading() as connection:
        (kept,) = read_stored_transcripts(connection)
        assert list(verify(connection)) == []
    assert (kept.transcript.by, kept.transcript.text, kept.work) == ("annotator", "6", None)
    assert [(c.question.text, c.answer.text) for c in kept.transcript.consultations] == [
        ("How many hens?", "3"), ("Eggs of 3?", "6 eggs"),
    ]  # fmt: skip
    assert import_questions(store, project, file, "jsonl") == Imported(0, 1, [])
    with store.reading() as connection:
        assert len(list(read_stored_transcripts(connection))) == 1


FILE = b"""\
{"question": "Why?", "context": ["a", "b"], "gold": "so"}
{"question": ""}
{"question": "How?"}
{"question": "Why?", "context": ["a", "b"]}
"""


def test_what_is_good_goes_in_and_the_same_file_twice_adds_nothing(store: Database) -> None:
    project = project_of(store)
    expected = [BadRow(2, "there is no question, or an empty one")]
    assert import_questions(store, project, io.BytesIO(FILE), "jsonl") == Imported(2, 1, expected)
    assert inside(store) == [(Question("Why?", Context(("a", "b"))), "so"), (Question("How?"), None)]
    before = store_info(store)
    assert import_questions(store, project, FILE.splitlines(), "jsonl") == Imported(0, 3, expected)
    assert store_info(store) == before


def test_each_question_is_counted_once_however_many_copies_the_rules_want(store: Database) -> None:
    project = project_of(store, copies=3)
    assert import_questions(store, project, io.BytesIO(FILE), "jsonl").new == 2
    assert [question.sample_index for question, _ in inside(store)] == [0, 1, 2, 0, 1, 2]
    again = import_questions(store, project, io.BytesIO(FILE), "jsonl")
    assert (again.new, again.known, len(inside(store))) == (0, 3, 6)


def test_the_same_questions_are_new_in_another_project(store: Database) -> None:
    import_questions(store, project_of(store), io.BytesIO(FILE), "jsonl")
    other = store.write(make_project, "other", Rules(), 0.0)
    assert import_questions(store, other, io.BytesIO(FILE), "jsonl").new == 2


@pytest.mark.parametrize(("rows", "letters"), [(3, 10**6), (500, 30)])
def test_batches_are_small_in_number_and_in_size_and_lose_nothing(
    store: Database, monkeypatch: pytest.MonkeyPatch, rows: int, letters: int
) -> None:
    monkeypatch.setattr(importing, "MOST_AT_ONCE", rows)
    monkeypatch.setattr(importing, "LETTERS_AT_ONCE", letters)
    read: list[int] = []
    lines = [f'{{"question": "Why {number}?"}}\n'.encode() for number in range(20)]
    done = import_questions(store, project_of(store), lines, "jsonl", read.append)
    assert done == Imported(20, 0, [])
    assert read == list(range(1, 21))
    assert [question.text for question, _ in inside(store)] == [f"Why {number}?" for number in range(20)]


def test_rows_are_read_as_they_are_written_and_never_all_at_once(store: Database) -> None:
    there: list[int] = []

    def lines() -> Iterator[bytes]:
        for number in range(2000):
            if number % 500 == 499:
                there.append(len(inside(store)))
            yield f'{{"question": "Why {number}?"}}\n'.encode()

    import_questions(store, project_of(store), lines(), "jsonl")
    assert there == [0, 500, 1000, 1500]


def test_others_read_and_write_meanwhile_and_nobody_finds_the_database_locked(store: Database) -> None:
    projects = [store.write(make_project, name, Rules(), 0.0) for name in ("a", "b", "c")]
    others = [store, open_store(str(store.engine.url)), open_store(str(store.engine.url))]
    errors: list[Exception] = []

    def work(database: Database, project: Project) -> None:
        lines = [f'{{"question": "{project.name} {number}"}}\n'.encode() for number in range(1500)]
        try:
            assert import_questions(database, project, lines, "jsonl").new == 1500
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(others, projects, strict=True)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        try:
            store_info(store)
        except sqlite3.Error as error:
            errors.append(error)
    for database in others[1:]:
        database.close()
    assert errors == []
    assert len(inside(store)) == 4500


@pytest.mark.slow
def test_a_file_of_100_000_rows_goes_in_and_in_again(store: Database) -> None:
    project = project_of(store)

    def lines() -> Iterator[bytes]:
        yield b"question,context\n"
        for number in range(100_000):
            yield f"Why {number}?,document {number // 100}\n".encode()

    assert import_questions(store, project, lines(), "csv") == Imported(100_000, 0, [])
    assert import_questions(store, project, lines(), "csv") == Imported(0, 100_000, [])
