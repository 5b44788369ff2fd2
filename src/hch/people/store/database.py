"""The database behind a store: SQLite in a file, or PostgreSQL by URL. Readers never fail, and writers wait.

A unit of work is a function of a connection. ``write`` carries it out in one transaction, which is on disk when it
returns; ``read`` in one that sees one moment. Where two writers block each other, one is tried again.
"""

from __future__ import annotations

import contextlib
import functools
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from hch.people.store.errors import StoreError
from hch.people.store.events import forget_new_events, number_new_events

__all__ = ["Database", "StoreError", "default_file", "open_shared_store", "open_store", "store_url"]

P = ParamSpec("P")
T = TypeVar("T")

FORMER_DEFAULT = Path("hch.db")
"""Where the first version kept its default store: in the folder that its user stood in."""
MIGRATIONS = Path(__file__).parent / "migrations"
"""The numbered steps that lead from nothing to the newest schema."""
WRITER_WAITS_SECONDS = 60
MOST_TRIES = 12
MOST_CONNECTIONS = {"pool_size": 10, "max_overflow": 30}
"""Kept, and those that come to them while much is going on. A web server has 40 threads."""


class Database:
    """An open store. Safe to use from several threads and processes at once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        # SQLite has one writer at a time, and lets the others sleep and try again: in one process, better in order.
        self._turn: contextlib.AbstractContextManager[Any] = (
            threading.Lock() if self.is_sqlite else contextlib.nullcontext()
        )

    @property
    def url(self) -> str:
        """Where it is, without a password."""
        return self.engine.url.render_as_string(hide_password=True)

    def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of ``work``, which sees one moment of the store."""
        with self.reading() as connection:
            return work(connection, *args, **kwargs)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the store for as long as it is open, as streaming needs."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.engine.connect().execution_options(**options) as connection:
            yield connection

    def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Carries out ``work`` in one transaction, which is on disk when this returns.

        Where writers block each other it is called again, so it must change nothing but the store.
        """
        for tries in range(1, MOST_TRIES + 1):
            try:
                with self._turn, self._writing() as connection:
                    done = work(connection, *args, **kwargs)
                    number_new_events(connection)
                return done
            except DBAPIError as error:
                if tries == MOST_TRIES or not _passing(error):
                    raise
                # Twice as long each time, and by chance, so that two that blocked each other do not meet again.
                time.sleep(random.uniform(0, 0.02 * 2 ** min(tries, 6)))
        raise AssertionError("unreachable")

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self.engine.connect().execution_options(hch_writes=True) as connection, connection.begin():
            forget_new_events(connection)
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def default_file() -> Path:
    """The file of the default store: ``store.db`` in the user's own folder for hch's data, wherever one stands."""
    from platformdirs import user_data_path

    return user_data_path("hch", appauthor=False) / "store.db"


def store_url(address: str) -> URL:
    """The URL that a person meant: a URL, the path of a SQLite file, or nothing for the default. Raises StoreError."""
    if not address:
        return URL.create("sqlite", database=str(default_file()))
    try:
        url = make_url(address if "://" in address or address.startswith("sqlite:") else f"sqlite:///{address}")
    except ArgumentError as error:
        raise StoreError(f"“{address}” is no address of a store; expected sqlite:///FILE or postgresql://…") from error
    kind = url.get_backend_name()
    if kind in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if kind == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise StoreError("a store in memory would be gone with its process; expected a file: sqlite:///FILE")
        return url.set(drivername="sqlite")
    raise StoreError(f"a store is in SQLite (sqlite:///FILE) or PostgreSQL (postgresql://…), not in {kind}")


def open_store(address: str = "", create: bool = True) -> Database:
    """Opens the store at a URL or path, or the default one, and brings it to the newest schema.

    The folder of the default store is made where it is missing, for its owner alone. With ``create=False`` nothing is
    made: StoreError where there is no store. StoreError too where the server cannot be reached, or the store was made
    by a newer hch.
    """
    url = store_url(address)
    file = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
    if file is not None:
        if not create and not file.exists():
            raise StoreError(f"there is no store at {file}; {_advice(address, file)}")
        if not address:
            _make_folder(file.parent)
        if not file.parent.is_dir():
            raise StoreError(f"there is no folder {file.parent} for the store to be in")
    database = Database(_engine(url))
    try:
        _prepare(database, create)
    except BaseException:
        database.close()
        raise
    return database


def _advice(address: str, file: Path) -> str:
    """What to do where there is no store in this file."""
    if not address and FORMER_DEFAULT.exists():
        return f"an earlier hch kept its default in this folder: --store {FORMER_DEFAULT} opens that"
    return f"hch serve{f' --store {file}' if address else ''} makes one"


def _make_folder(folder: Path) -> None:
    """Makes the folder of the default store. What people write is nobody else's to read."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        said = f"the folder {folder} for the default store cannot be made: {error.strerror or error}"
        raise StoreError(f"{said}; name one with --store") from error


def _prepare(database: Database, create: bool) -> None:
    """Brings a database to the newest schema. Raises StoreError where it cannot be used, or is not to be made."""
    try:
        if not create and not inspect(database.engine).has_table("events"):
            raise StoreError(f"{database.url} is a database, but holds no store of hch; is it the one you meant?")
        upgrade(database)
    except OperationalError as error:
        first = str(error.orig).strip().splitlines()[0]
        raise StoreError(f"the store at {database.url} cannot be opened: {first}") from error
    except DBAPIError as error:
        first = str(error.orig).strip().splitlines()[0]
        raise StoreError(f"{database.url} is no store of hch: {first}") from error


def upgrade(database: Database) -> None:
    """Makes what is missing, in one transaction. StoreError where the store was made by a newer hch."""
    if database.read(schema) != newest_schema():
        database.write(_upgrade, database.url)


def schema(connection: Connection) -> str | None:
    """The number of the store's schema; None where there is no store."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    number: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return number


@functools.cache
def list_schemas() -> tuple[str, ...]:
    """The numbers of the schemas that this hch knows, oldest first: those with which the steps' files begin."""
    return tuple(sorted(file.name.split("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py")))


def newest_schema() -> str:
    """The number of the schema that this hch works with."""
    return list_schemas()[-1]


def _upgrade(connection: Connection, url: str) -> None:
    # Alembic is imported only where there is something to do: mostly a store is as it should be.
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        # Of several processes that open a new store at once, one makes it.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4842)")
    here = schema(connection)
    if here is not None and here not in list_schemas():
        raise StoreError(f"the store at {url} was made by a newer hch (schema {here}); install that one")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@functools.lru_cache(maxsize=16)
def open_shared_store(address: str) -> Database:
    """The store at a URL, opened once in this process. What holds a URL is pickled and sent anywhere; this is not."""
    return open_store(address)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        waits = {"timeout": WRITER_WAITS_SECONDS, "check_same_thread": False}
        engine = create_engine(url, connect_args=waits, **MOST_CONNECTIONS)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # Each statement sees what was saved before it: who has waited for a row's lock goes on with what is there now.
    return create_engine(url, isolation_level="READ COMMITTED", pool_pre_ping=True, **MOST_CONNECTIONS)


def _set_up_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says so, not where Python guesses
    # With a write-ahead log readers and a writer do not block each other. FULL: a commit is on disk when it returns.
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -32000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # Who will write waits for its turn at once: who began by reading cannot wait, and would fail.
    writes = connection.get_execution_options().get("hch_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _passing(error: DBAPIError) -> bool:
    """Whether the same work may well succeed when tried again: writers blocked each other, or another one was first."""
    state = getattr(error.orig, "sqlstate", None)
    return state in ("40001", "40P01", "23505") or "database is locked" in str(error.orig)
