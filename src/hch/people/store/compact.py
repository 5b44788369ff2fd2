"""Gives back the room that a store's database no longer needs. Not a fact is lost: drafts and events all stay."""

from __future__ import annotations

import sqlite3

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from hch.people.store.database import Database, StoreError
from hch.people.store.info import size_in_bytes
from hch.people.store.tables import metadata


class Compacted(msgspec.Struct, frozen=True):
    """How many bytes the store had, and has."""

    before: int
    after: int


def compact(database: Database) -> Compacted:
    """Rewrites a SQLite file without the room that is free in it, or vacuums the tables on a server.

    On a server nobody waits for that, and what becomes free is used for what comes. In SQLite writers wait; StoreError
    where others do not let it begin within a minute, or the disk has no room for a second copy.
    """
    before = database.read(size_in_bytes, database)
    if database.is_sqlite:
        _compact_sqlite(database)
    else:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in metadata.sorted_tables:
                connection.execute(text(f"VACUUM (ANALYZE) {table.name}"))
    return Compacted(before, database.read(size_in_bytes, database))


def _compact_sqlite(database: Database) -> None:
    try:
        # Past SQLAlchemy, which would begin a transaction: these want none.
        connection = database.engine.raw_connection()
        try:
            # What waits in the log goes into the file; then the file is rewritten, through the log, once more.
            for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                connection.cursor().execute(statement).fetchall()
        finally:
            connection.close()
    except (OperationalError, sqlite3.OperationalError) as error:
        raise StoreError(f"{database.url} could not be compacted, and is as it was: {error}") from error
