"""Statements that several parts of the store need: rows by their ids, rows that may be there already, slow joins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, FromClause, Row, Select, Table, select, true
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

MOST_AT_ONCE = 500
"""Ids in one statement; SQLite has a limit on them."""
ROWS_AT_ONCE = 200
"""Rows in memory at a time, where each may be long, or bring a long context of its own."""


def portions(sequence: Sequence[T]) -> Iterator[Sequence[T]]:
    """The sequence in parts of which one statement can name all."""
    return (sequence[start : start + MOST_AT_ONCE] for start in range(0, len(sequence), MOST_AT_ONCE))


def rows_by_id(
    connection: Connection, table: Table, ids: Iterable[Any], columns: Sequence[ColumnElement[Any]] = ()
) -> dict[Any, Row[Any]]:
    """The rows of a table that have these ids, by id; of each these ``columns``, ``id`` among them, or all."""
    rows: dict[Any, Row[Any]] = {}
    for some in portions(list(dict.fromkeys(ids))):
        query = select(*(columns or table.c)).where(table.c.id.in_(some))
        # Fetched at once: row by row takes twice as long, and there are at most as many as ids.
        rows.update((row.id, row) for row in connection.execute(query).all())
    return rows


def add_missing(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], returning: Sequence[Column[Any]] = ()
) -> Sequence[Row[Any]]:
    """Inserts the rows that collide with none in the table, and returns these columns of them.

    Rows should come in the order of their keys: two writers that add the same rows then never deadlock.
    """
    if not rows:
        return []
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).on_conflict_do_nothing()
    if returning:
        return connection.execute(statement.returning(*returning), list(rows)).all()
    connection.execute(statement, list(rows))
    return []


def join_by_index(
    connection: Connection, rows: FromClause, table: FromClause, on: ColumnElement[bool]
) -> tuple[FromClause, FromClause]:
    """Rows joined with a table that is looked up for each row by itself; returns the join, and the table in it.

    PostgreSQL plans the step of a recursive query once, from a guess of how many rows it meets, and may read a whole
    table in each of 100,000 steps. A lateral query that it cannot dissolve leaves it the index alone.
    """
    if connection.dialect.name == "sqlite":
        return rows.join(table, on), table
    lateral = select(table).where(on).offset(0).lateral()
    return rows.join(lateral, true()), lateral


def pages(connection: Connection, query: Select[Any], key: Column[Any]) -> Iterator[Sequence[Row[Any]]]:
    """The rows of a query in the order of a unique column, ROWS_AT_ONCE at a time: no more are in memory."""
    query = query.order_by(key).limit(ROWS_AT_ONCE)
    rows = connection.execute(query).all()
    while rows:
        yield rows
        rows = connection.execute(query.where(key > getattr(rows[-1], key.name))).all()
