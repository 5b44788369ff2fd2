"""A store's database, size, counts, and the progress of its projects; and compaction."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from pathlib import Path

import msgspec
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, Table, func, select, text
from sqlalchemy.exc import OperationalError

from hch.people.store.database import Database, StoreError
from hch.people.store.items import CANCELLED, ENDED, WORK
from hch.people.store.projects import all_projects
from hch.people.store.tables import (
    contexts,
    drafts,
    events,
    invites,
    metadata,
    people,
    questions,
    shown,
    transcripts,
    workspaces,
)


class Progress(msgspec.Struct, frozen=True):
    """The progress of a project: how many of its roots, of the questions below them, and of its verdicts have ended."""

    name: str
    title: str
    questions: int
    questions_ended: int
    below: int
    below_ended: int
    verdicts: int
    verdicts_ended: int


class Info(msgspec.Struct, frozen=True):
    """The contents of a store. ``schema`` is the number of its newest migration, ``size`` is in bytes.

    ``file`` is where a SQLite database is. ``workspaces`` are by state, verdicts included, ``people`` by role, and
    ``counts`` has how many there are of all else. Times are in seconds since 1970, of the first and the last event.
    """

    kind: str
    where: str
    file: str | None
    schema: str
    size: int
    counts: dict[str, int]
    workspaces: dict[str, int]
    people: dict[str, int]
    projects: list[Progress]
    first: float | None
    last: float | None

    @property
    def empty(self) -> bool:
        """Whether nothing has ever happened in it."""
        return self.last is None and not any(self.counts.values())


COUNTED = {
    "contexts": contexts,
    "questions": questions,
    "transcripts": transcripts,
    "texts shown": shown,
    "drafts": drafts,
    "invitations": invites,
    "events": events,
}


def store_info(database: Database) -> Info:
    """The contents of a store, all of one moment."""
    return database.read(_info, database)


def size_in_bytes(connection: Connection, database: Database) -> int:
    """The size of a store: of its files, or on a server of its tables with their indexes."""
    if not database.is_sqlite:
        names = [table.name for table in metadata.sorted_tables]
        listed = "unnest(cast(:names AS text[])) AS name"
        query = f"SELECT coalesce(sum(pg_total_relation_size(to_regclass(name))), 0) FROM {listed}"
        return int(connection.execute(text(query), {"names": names}).scalar_one())
    file = database.engine.url.database or ""
    parts = [Path(file), Path(f"{file}-wal")]
    return sum(part.stat().st_size for part in parts if part.is_file())


def _info(connection: Connection, database: Database) -> Info:
    first, last = connection.execute(select(func.min(events.c.at), func.max(events.c.at))).one()
    return Info(
        kind=_kind(connection),
        where=database.url,
        file=_file(database),
        schema=MigrationContext.configure(connection).get_current_revision() or "none",
        size=size_in_bytes(connection, database),
        counts={name: _count(connection, table) for name, table in COUNTED.items()},
        workspaces=_count_by(connection, workspaces.c.state),
        people=_count_by(connection, people.c.role),
        projects=_projects(connection),
        first=first,
        last=last,
    )


def _file(database: Database) -> str | None:
    name = database.engine.url.database
    return str(Path(name).absolute()) if database.is_sqlite and name else None


def _kind(connection: Connection) -> str:
    is_sqlite = connection.dialect.name == "sqlite"
    asked = "SELECT sqlite_version()" if is_sqlite else "SHOW server_version"
    return f"{'SQLite' if is_sqlite else 'PostgreSQL'} {connection.execute(text(asked)).scalar_one()}"


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _count_by(connection: Connection, column: Column[str]) -> dict[str, int]:
    counts = connection.execute(select(column, func.count()).group_by(column).order_by(column))
    return dict(counts.all())


def _projects(connection: Connection) -> list[Progress]:
    w = workspaces.c
    counted = defaultdict[int, Counter[tuple[str, bool]]](Counter)
    query = select(w.project_id, w.kind, w.root, w.state, func.count()).where(w.state != CANCELLED)
    for project, kind, root, state, number in connection.execute(query.group_by(w.project_id, w.kind, w.root, w.state)):
        what = "verdict" if kind != WORK else "question" if root else "below"
        counted[project][what, False] += number
        counted[project][what, True] += number if state in ENDED else 0
    return [
        Progress(
            project.name,
            project.rules.title,
            *(counted[project.id][what, ended] for what in ("question", "below", "verdict") for ended in (False, True)),
        )
        for project in all_projects(connection)
    ]


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
