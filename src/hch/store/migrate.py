"""Brings a store to the newest schema, in the numbered steps of migrations/."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from hch.store.errors import StoreError

if TYPE_CHECKING:
    from hch.store.database import Database

FOLDER = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Makes what is missing, in one transaction. StoreError where the store was made by a newer hch."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    steps = ScriptDirectory.from_config(config)
    newest = steps.get_current_head()
    if database.read(_version) == newest:
        return

    def work(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            # Of several processes that open a new store at once, one makes it.
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4842)")
        here = _version(connection)
        known = {step.revision for step in steps.walk_revisions()}
        if here is not None and here not in known:
            raise StoreError(f"the store at {database.url} was made by a newer hch (schema {here}); install that one")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    database.write(work)


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
