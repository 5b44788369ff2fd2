"""Joins that look up each row by an index, one after the other, whatever a planner makes of the numbers of rows."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, FromClause, select, true


def looked_up(
    connection: Connection, rows: FromClause, table: FromClause, on: ColumnElement[bool]
) -> tuple[FromClause, FromClause]:
    """Rows joined with a table that is looked up for each row by itself; returns the join, and the table in it.

    PostgreSQL plans the step of a recursive query once, from a guess of how many rows it meets, and may read a whole
    table in each of 100,000 steps. A lateral query that it cannot dissolve leaves it the index alone.
    """
    if connection.dialect.name == "sqlite":
        return rows.join(table, on), table
    found = select(table).where(on).offset(0).lateral()
    return rows.join(found, true()), found
