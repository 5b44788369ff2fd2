"""Whether all is there that rows of a store refer to."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, exists, select

from hch.people.store.problems import Checked, Problem
from hch.people.store.tables import metadata

MANY = 1000


class Reference(NamedTuple):
    """A column that names rows of another table, and the query for those that name one which is not there."""

    table: str
    column: str
    other: str
    query: Select[Any]


def references(connection: Connection, checked: Checked) -> Iterator[Problem]:
    """Rows that name one that is not there."""
    for table, column, other, query in every_reference():
        checked["references"] += 1
        for row in connection.execute(query):
            key = " ".join(map(str, row[:-1]))
            yield Problem(table, key, f"its {column} is {row.named}, and {other} has no such row")


@functools.cache
def every_reference() -> tuple[Reference, ...]:
    """All that refers to something in a store."""
    found = []
    for table in metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda each: each.parent.name):
            # A table may refer to itself.
            other = key.column.table.alias("other")
            there = exists().where(other.c[key.column.name] == key.parent).correlate(table)
            columns = (*table.primary_key.columns, key.parent.label("named"))
            query = select(*columns).where(key.parent.is_not(None), ~there).execution_options(yield_per=MANY)
            found.append(Reference(table.name, key.parent.name, key.column.table.name, query))
    return tuple(found)
