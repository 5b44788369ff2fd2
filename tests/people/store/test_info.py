from __future__ import annotations

import pytest

from hch.people.store.database import Database, open_store
from hch.people.store.errors import StoreError
from hch.people.store.export import read_stored_transcripts
from hch.people.store.info import Progress, compact, store_info
from hch.people.store.judging import Verdict
from hch.types import Ask, Context, Question, Reply
from tests.people.store.teams import Team


def test_an_empty_store_is_known_to_be_empty(store: Database) -> None:
    result = store_info(store)
    assert result.empty
    assert result.size > 0
    assert result.where == store.url
    assert result.kind.startswith("SQLite" if store.is_sqlite else "PostgreSQL")
    assert (result.workspaces, result.people, result.projects, result.last) == ({}, {}, [], None)
    assert set(result.counts.values()) == {0}


def test_a_store_with_one_person_is_not_empty(store: Database) -> None:
    Team(store, answerers=1)
    assert not store_info(store).empty


def test_each_thing_is_counted_and_each_project_says_how_far_it_is(store: Database) -> None:
    team = Team(store, answerers=2, judges=1)
    team.project(["Why?", "How?"], judging="rate", title="Why and how")
    team.project(["Who?"], "another")
    team.act(1, Ask(("What is x?", "What is y?")), about="Why?")
    team.act(2, Reply("so"), about="How?")
    team.act(2, Reply("x is 1"), about="What is x?")
    team.judge(3, Verdict(rating=3))
    result = store_info(store)
    assert result.people == {"answerer": 2, "judge": 1}
    assert result.workspaces == {"answered": 3, "consulting": 1, "open": 2}
    assert result.projects == [
        Progress("demo", "Why and how", 2, 1, 2, 1, 1, 1),
        Progress("another", "", 1, 0, 0, 0, 0, 0),
    ]
    assert (result.counts["contexts"], result.counts["questions"], result.counts["transcripts"]) == (1, 5, 2)
    assert (result.first, result.last) == (1000.0, team.now)


def test_a_password_is_never_shown() -> None:
    from sqlalchemy import create_engine

    url = "postgresql+psycopg://somebody:secret@example.invalid/hch"
    assert "secret" not in Database(create_engine(url)).url


def test_compacting_gives_back_room_and_loses_nothing(store: Database) -> None:
    team = Team(store, answerers=1)
    context = Context(tuple(f"fact {number} " + "x" * 1000 for number in range(500)))
    project = team.project([Question("Why?", context)])
    team.act(1, Reply("so"), project.id)

    def fill_and_empty(connection: object) -> None:
        from sqlalchemy import Connection, text

        assert isinstance(connection, Connection)
        connection.execute(text("CREATE TABLE room (content TEXT)"))
        connection.execute(text("INSERT INTO room VALUES (:content)"), [{"content": "x" * 100_000}] * 50)
        connection.execute(text("DROP TABLE room"))

    store.write(fill_and_empty)
    before = store_info(store)
    with store.reading() as connection:
        transcripts = list(read_stored_transcripts(connection))
    done = compact(store)
    after = store_info(store)
    if store.is_sqlite:
        assert done.after < done.before - 4_000_000
    with store.reading() as connection:
        assert list(read_stored_transcripts(connection)) == transcripts
    assert (after.counts, after.workspaces, after.first, after.last) == (
        before.counts, before.workspaces, before.first, before.last,
    )  # fmt: skip
    team.project(["How?"], "another")  # numbers go on where they were


def test_what_keeps_a_store_from_being_compacted_is_said(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    if not store.is_sqlite:
        pytest.skip("nobody keeps PostgreSQL from vacuuming")
    from hch.people.store import database as module

    monkeypatch.setattr(module, "WRITER_WAITS_SECONDS", 0)
    other = open_store(str(store.engine.url))

    def while_writing(connection: object) -> None:
        with pytest.raises(StoreError, match="could not be compacted, and is as it was: database is locked"):
            compact(other)

    store.write(while_writing)
    other.close()
