"""Whether all is there that rows of a store refer to."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, Connection, Table, exists, select

from hch.store.problems import Checked, Problem
from hch.store.tables import metadata

MANY = 1000


def references(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """Rows that name one that is not there."""
    for table in metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda each: each.parent.name):
            checked["references"] += 1
            yield from _dangling(connection, table, key.parent, key.column)


def _dangling(connection: Connection, table: Table, column: Column[object], meant: Column[object]) -> Iterator[Problem]:
    # A table may refer to itself.
    other = meant.table.alias("other")
    there = exists().where(other.c[meant.name] == column).correlate(table)
    query = select(*table.primary_key.columns, column.label("named")).where(column.is_not(None), ~there)
    for row in connection.execute(query.execution_options(yield_per=MANY)):
        key = " ".join(map(str, row[:-1]))
        yield Problem(table.name, key, f"its {column.name} is {row.named}, and {meant.table.name} has no such row")
