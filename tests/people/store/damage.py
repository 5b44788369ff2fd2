"""Damage to a store, as a disk or a person with the database's own tools might do it: past all that hch would check."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection

from hch.people.store.database import Database


@contextlib.contextmanager
def damaged(store: Database, *statements: str) -> Iterator[Connection]:
    """A connection on which the store is as these statements leave it, for as long as it is open.

    They do not mind what refers to what.
    """
    with store.engine.connect() as connection:
        if store.is_sqlite:
            # Outside of a transaction, and so past SQLAlchemy, which begins one.
            connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        try:
            for statement in statements:
                connection.exec_driver_sql(statement)
            yield connection
        finally:
            connection.rollback()
            if store.is_sqlite:
                connection.connection.cursor().execute("PRAGMA foreign_keys = ON")
