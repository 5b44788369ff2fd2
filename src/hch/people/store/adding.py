"""Adds rows that may be there already. What is there stays, whoever was first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Row, Table
from sqlalchemy.dialects import postgresql, sqlite


def add_missing(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], returning: Sequence[Column[Any]] = ()
) -> Sequence[Row[Any]]:
    """Inserts the rows that collide with none that is there, and returns these columns of those.

    Rows should come in the order of their keys: two who add the same ones then never wait for each other in a circle.
    """
    if not rows:
        return []
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).on_conflict_do_nothing()
    if returning:
        return connection.execute(statement.returning(*returning), list(rows)).all()
    connection.execute(statement, list(rows))
    return []
