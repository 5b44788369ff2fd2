"""A project: questions that people answer under one set of rules; and the locks on it and its workspaces.

A lock keeps others from changing a row until the transaction ends. In SQLite a transaction that writes is alone anyway.
Locks are taken in one order, so that transactions do not deadlock: a person, the workspace in which somebody acts, the
workspaces below or above it by their numbers, its project. If two deadlock in spite of that, one is tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, bindparam, insert, select

from hch.people.store.database import StoreError
from hch.people.store.events import record_event
from hch.people.store.tables import people, projects, workspaces
from hch.types import Budget


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a project is worked on.

    ``other_side`` answers H's questions: other people, a model that the server runs, or the training run that has this
    project. ``view`` is how much of a context H sees: nothing, a table of contents, or everything; with
    ``readers_see_all``, people who can ask nobody see everything. ``copies`` people answer each question, blind to each
    other. With ``suggest``, where the server runs a model, people are shown its answer to improve on.

    A person who holds a workspace loses it after ``lease_seconds`` without a sign of life, and may take back what they
    submitted for ``withdraw_seconds``. ``judging`` puts answers before ``judges`` judges: each alone to be rated from 0
    to 10, or two to choose from.
    """

    title: str = ""
    about: str = ""
    other_side: Literal["people", "model", "run"] = "people"
    view: Literal["nothing", "contents", "everything"] = "everything"
    readers_see_all: bool = True
    depth: int = 1
    consultations: int | None = 20
    words: int | None = None
    copies: int = 1
    judging: Literal["none", "rate", "choose"] = "none"
    judges: int = 1
    suggest: bool = False
    lease_seconds: float = 1800.0
    withdraw_seconds: float = 600.0

    @property
    def budget(self) -> Budget:
        """The budget of the tree below a root question."""
        limits = {"consultations": self.consultations, "words": self.words}
        return Budget(depth=self.depth, **{name: amount for name, amount in limits.items() if amount is not None})


class Project(msgspec.Struct, frozen=True):
    """A project as it is stored."""

    id: int
    name: str
    rules: Rules


def make_project(connection: Connection, name: str, rules: Rules, now: float) -> Project:
    """Makes a project. StoreError where the name is taken or empty."""
    if not name.strip():
        raise StoreError("a project needs a name")
    if find_project(connection, name) is not None:
        raise StoreError(f"there is a project “{name}” already")
    row = {"name": name, "settings": msgspec.to_builtins(rules), "created_at": now}
    (id_,) = connection.execute(insert(projects).returning(projects.c.id), row).one()
    record_event(connection, "project made", now, project=id_, rules=msgspec.to_builtins(rules))
    return Project(id_, name, rules)


def find_project(connection: Connection, name: str) -> Project | None:
    """The project of this name, if there is one."""
    row = connection.execute(select(projects).where(projects.c.name == name)).one_or_none()
    return None if row is None else _project(row)


def get_project(connection: Connection, id_: int) -> Project:
    """The project with this number. StoreError where there is none."""
    row = connection.execute(select(projects).where(projects.c.id == id_)).one_or_none()
    if row is None:
        raise StoreError(f"there is no project {id_}")
    return _project(row)


def all_projects(connection: Connection) -> list[Project]:
    """All projects, oldest first."""
    return [_project(row) for row in connection.execute(select(projects).order_by(projects.c.id))]


def rules_from(settings: Mapping[str, Any]) -> Rules:
    """The rules as they are stored."""
    return msgspec.convert(settings, Rules)


def _project(row: Any) -> Project:
    return Project(row.id, row.name, rules_from(row.settings))


def lock(connection: Connection, id_: int) -> Row[Any] | None:
    """Locks a workspace and returns its row, with its project's rules (see ``rules_of``); None if there is none."""
    return connection.execute(LOCKED, {"workspace": id_}).one_or_none()


def rules_of(row: Row[Any]) -> Rules:
    """The rules of the project of a workspace, from its row as ``lock`` gives it."""
    return rules_from(row.settings)


def lock_person(connection: Connection, id_: int) -> None:
    """Locks a person: others who act for the same person wait, and then see the result of this transaction."""
    connection.execute(select(people.c.id).where(people.c.id == id_).with_for_update(key_share=True))


def lock_project(connection: Connection, id_: int) -> None:
    """Locks a project: others who do the same wait, and then see the result of this transaction."""
    connection.execute(select(projects.c.id).where(projects.c.id == id_).with_for_update(key_share=True))


def lock_rules(connection: Connection, id_: int) -> Project:
    """Locks the rules of a project against change until this transaction ends, and returns the project."""
    if connection.dialect.name != "sqlite":
        connection.execute(select(projects.c.id).where(projects.c.id == id_).with_for_update(read=True))
    return get_project(connection, id_)


LOCKED = (
    select(workspaces, projects.c.settings)
    .join(projects, projects.c.id == workspaces.c.project_id)
    .where(workspaces.c.id == bindparam("workspace"))
    .with_for_update(of=workspaces, key_share=True)
)
