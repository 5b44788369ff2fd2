"""Brings a store to the newest schema, in the numbered steps of migrations/.

Alembic is imported only where there is something to do: a store is opened often, and mostly it is as it should be.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from hch.people.store.errors import StoreError

if TYPE_CHECKING:
    from hch.people.store.database import Database

FOLDER = Path(__file__).parent / "migrations"


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
def known_schemas() -> tuple[str, ...]:
    """The numbers of the schemas that this hch knows, oldest first: those with which the steps' files begin."""
    return tuple(sorted(file.name.split("_")[0] for file in (FOLDER / "versions").glob("[0-9]*.py")))


def newest_schema() -> str:
    """The number of the schema that this hch works with."""
    return known_schemas()[-1]


def _upgrade(connection: Connection, url: str) -> None:
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        # Of several processes that open a new store at once, one makes it.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4842)")
    here = schema(connection)
    if here is not None and here not in known_schemas():
        raise StoreError(f"the store at {url} was made by a newer hch (schema {here}); install that one")
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
