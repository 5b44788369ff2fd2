"""Stores that are opened: new, old, newer, somewhere else, by many at once."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from hch.people.store.database import (
    Database,
    StoreError,
    default_file,
    list_schemas,
    newest_schema,
    open_store,
    schema,
    store_url,
)
from hch.people.store.tables import metadata


def indexes(connection: Connection) -> set[tuple[str, str | None]]:
    result = inspect(connection)
    return {(name, index["name"]) for name in metadata.tables for index in result.get_indexes(name)}


def test_steps_lead_from_nothing_to_what_the_code_has(url: str) -> None:
    store = open_store(url)
    with store.reading() as connection:
        assert schema(connection) == newest_schema()
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
        meant = {(table.name, index.name) for table in metadata.sorted_tables for index in table.indexes}
        unique = {name for _, name in indexes(connection) if name and name.startswith("uq_")}
        assert {one for one in indexes(connection) if one[1] not in unique} == meant
    # How an index is sorted, some databases do not tell; that it is there has been seen.
    assert [one for one in differences if "ix_workspaces_next" not in str(one)] == []
    store.close()


def test_steps_are_numbered_from_1_without_a_gap() -> None:
    assert list_schemas() == tuple(f"{number:04}" for number in range(1, len(list_schemas()) + 1))


def test_a_store_that_is_as_it_should_be_is_opened_without_looking_for_steps(url: str) -> None:
    open_store(url).close()
    opened = f"from hch.people.store.database import open_store; open_store({url!r}).close()"
    code = f"import sys; {opened}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "sqlalchemy" in done.stdout.split()
    assert "alembic" not in done.stdout.split()


def test_a_store_of_a_newer_hch_is_refused_in_words_and_left_alone(store: Database, url: str) -> None:
    store.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(StoreError, match=r"made by a newer hch \(schema 9999\); install that one"):
        open_store(url)
    assert store.read(schema) == "9999"


def test_nothing_is_made_where_nothing_is_to_be_made(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no store at|but holds no store of hch"):
        open_store(url, create=False)
    with pytest.raises(StoreError, match="there is no folder"):
        open_store(f"{tmp_path}/nowhere/store.db")
    assert list(tmp_path.iterdir()) == []


def test_another_database_is_not_taken_for_a_store(url: str) -> None:
    engine = create_engine(store_url(url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    engine.dispose()
    with pytest.raises(StoreError, match="is a database, but holds no store of hch"):
        open_store(url, create=False)


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear all,\n" * 500)
    with pytest.raises(StoreError, match=r"is no store of hch|cannot be opened"):
        open_store(str(file))
    assert file.read_text() == "Dear all,\n" * 500


def test_a_server_that_is_not_there_is_told_in_words() -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store("postgresql://nobody:secret@127.0.0.1:1/nothing")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("store.db", "sqlite:///store.db"),
        ("/a/b.db", "sqlite:////a/b.db"),
        ("sqlite:///b.db", "sqlite:///b.db"),
        ("postgresql://h/d", "postgresql+psycopg://h/d"),
        ("postgres://h/d", "postgresql+psycopg://h/d"),
        ("postgresql+asyncpg://h/d", "postgresql+psycopg://h/d"),
    ],
)
def test_an_address_is_what_people_mean_by_it(said: str, meant: str) -> None:
    assert str(store_url(said)) == meant


@pytest.mark.parametrize("said", ["mysql://h/d", "sqlite://", "sqlite:///:memory:", "http://x", "://"])
def test_what_is_no_address_is_refused_in_words(said: str) -> None:
    with pytest.raises(StoreError, match=r"SQLite|address of a store|in memory"):
        store_url(said)


def test_a_password_is_never_shown() -> None:
    engine = create_engine("postgresql+psycopg://ann:secret@h/d")
    assert "secret" not in Database(engine).url
    with pytest.raises(StoreError) as refused:
        open_store("postgresql://ann:secret@127.0.0.1:1/nothing")
    assert "secret" not in str(refused.value)


def test_many_who_open_a_new_store_at_once_all_find_it_whole(url: str) -> None:
    code = (
        f"from hch.people.store.database import open_store; s = open_store({url!r}); s.read(lambda c: None); s.close()"
    )
    started = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(4)]
    for process in started:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()
    store = open_store(url)
    assert store.read(schema) == newest_schema()
    store.close()


def test_the_default_store_is_in_the_users_folder_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(StoreError, match=r"there is no store at .*data/hch/store.db; hch serve makes one"):
        open_store(create=False)
    assert not (tmp_path / "data").exists()
    store = open_store()
    assert Path(store.engine.url.database or "") == default_file() == tmp_path / "data" / "hch" / "store.db"
    store.close()
    assert stat.S_IMODE(default_file().parent.stat().st_mode) == 0o700
    assert list(Path.cwd().iterdir()) == []
    open_store(create=False).close()


def test_the_default_of_an_earlier_version_is_pointed_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    open_store("hch.db").close()
    with pytest.raises(StoreError, match=r"an earlier hch kept its default in this folder: --store hch\.db opens that"):
        open_store(create=False)


def test_a_folder_for_the_default_store_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file" / "data"))
    with pytest.raises(StoreError, match=r"for the default store cannot be made: .*name one with --store"):
        open_store()
