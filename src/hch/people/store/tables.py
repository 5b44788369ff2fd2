"""The tables of the store. What is content or has happened is only ever added; what a workspace is now may change.

Contexts, questions, transcripts and whatever was shown to people are keyed by a hash of their content (content.py).
Events say what happened, when and by whom. The other tables are the present state that these have led to.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    column,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ESCAPED = "\x02"
"""Begins a text that a database could not hold as it is."""


class AnyText(TypeDecorator[str]):
    """Any text that Python can hold: databases refuse NUL or halves of surrogate pairs, so such texts are escaped."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        hard = value.startswith(ESCAPED) or "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value)
        return ESCAPED + json.dumps(value) if hard else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None or not value.startswith(ESCAPED):
            return value
        read: str = json.loads(value[len(ESCAPED) :])
        return read


class Json(TypeDecorator[Any]):
    """Strict JSON in ASCII, so that any text within it is held as it is."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        return json.dumps(value, allow_nan=False, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else json.loads(value)


Number = BigInteger().with_variant(Integer, "sqlite")
"""Of rows that are numbered as they come: SQLite numbers only what it calls INTEGER."""


def _id() -> Column[int]:
    return Column("id", Number, primary_key=True, autoincrement=True)


def _hash(name: str, *rest: Any, **options: Any) -> Column[str]:
    return Column(name, String(32), *rest, **options)


contexts = Table("contexts", metadata, _hash("id", primary_key=True), Column("facts", Json, nullable=False))

questions = Table(
    "questions",
    metadata,
    _hash("id", primary_key=True),
    Column("text", AnyText, nullable=False),
    _hash("context_id", ForeignKey("contexts.id"), nullable=False, index=True),
    # Draws made far down a tree are large.
    Column("draw", AnyText),
    # Text and context without the draw: what overlapping copies, and a judge's question, have in common.
    _hash("subject", nullable=False, index=True),
)

transcripts = Table(
    "transcripts",
    metadata,
    _hash("id", primary_key=True),
    _hash("question_id", ForeignKey("questions.id"), nullable=False, index=True),
    Column("by", AnyText, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("text", AnyText, nullable=False),
    Column("reason", AnyText, nullable=False),
    Column("rounds", Json, nullable=False),
    Column("stored_at", Float, nullable=False),
)

uses = Table(
    "uses",
    metadata,
    _hash("transcript_id", ForeignKey("transcripts.id"), primary_key=True),
    _hash("used_id", ForeignKey("transcripts.id"), primary_key=True, index=True),
)

shown = Table("shown", metadata, _hash("id", primary_key=True), Column("text", AnyText, nullable=False))

people = Table(
    "people",
    metadata,
    _id(),
    Column("name", AnyText, nullable=False),
    # The name as names are compared: two people do not differ only by the case of letters.
    Column("folded", AnyText, nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("passphrase", Text),
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", Float, nullable=False),
)

invites = Table(
    "invites",
    metadata,
    _id(),
    _hash("token_hash", nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("note", AnyText, nullable=False, default=""),
    Column("created_by", ForeignKey("people.id")),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("used_by", ForeignKey("people.id")),
    Column("used_at", Float),
)

projects = Table(
    "projects",
    metadata,
    _id(),
    Column("name", AnyText, nullable=False, unique=True),
    Column("settings", Json, nullable=False),
    Column("created_at", Float, nullable=False),
)

workspaces = Table(
    "workspaces",
    metadata,
    _id(),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    # Which workspace of its project this is: a hash of its question, draw and budget included, and of what is judged.
    _hash("key", nullable=False),
    Column("kind", String(8), nullable=False),
    Column("root", Boolean, nullable=False),
    _hash("question_id", ForeignKey("questions.id"), nullable=False, index=True),
    _hash("subject", nullable=False, index=True),
    # What its question brought, what it began with, and what is left.
    Column("granted", Json),
    Column("begun", Json),
    Column("budget", Json),
    Column("state", String(16), nullable=False),
    Column("rounds", Integer, nullable=False, default=0),
    Column("text", AnyText, nullable=False, default=""),
    Column("reason", AnyText, nullable=False, default=""),
    _hash("transcript_id", ForeignKey("transcripts.id"), index=True),
    Column("person_id", ForeignKey("people.id")),
    Column("holder_id", ForeignKey("people.id")),
    Column("lease_until", Float),
    Column("revision", Integer, nullable=False, default=0),
    Column("draft_revision", Integer, nullable=False, default=0),
    Column("stale", Boolean, nullable=False, default=False),
    Column("suggestion", AnyText),
    Column("material", Json),
    Column("gold", AnyText),
    Column("priority", Integer, nullable=False, default=0),
    Column("created_at", Float, nullable=False),
    Column("shown_at", Float),
    Column("asked_at", Float),
    Column("ended_at", Float),
    Column("touched_at", Float),
    Column("active_seconds", Float, nullable=False, default=0.0),
    UniqueConstraint("project_id", "key"),
    Index("ix_workspaces_project", "project_id", "state"),
    # In the order in which they are taken: whoever takes one reads on from the first, and no further than to that one.
    Index("ix_workspaces_next", "state", "kind", column("priority").desc(), "id"),
    Index("ix_workspaces_person", "person_id", "state", "kind"),
    Index("ix_workspaces_holder", "holder_id", "state", "kind"),
)

consultations = Table(
    "consultations",
    metadata,
    Column("workspace_id", ForeignKey("workspaces.id"), primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    _hash("question_id", ForeignKey("questions.id"), nullable=False),
    # The key of the workspace in which people answer this, if people do.
    _hash("key", nullable=False, index=True),
    Column("granted", Json),
    Column("answer", Json),
    _hash("transcript_id", ForeignKey("transcripts.id"), index=True),
    Column("answered_at", Float),
)

drafts = Table(
    "drafts",
    metadata,
    _id(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("at", Float, nullable=False),
    Column("content", Json, nullable=False),
    # Came from a page that did not know of a newer one: kept, but not the present draft.
    Column("refused", Boolean, nullable=False, default=False),
    Index("ix_drafts_workspace", "workspace_id", "revision"),
)

submissions = Table(
    "submissions",
    metadata,
    # A hash of the token with whose it is and where: nobody meets the token of somebody else.
    _hash("id", primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False, index=True),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("at", Float, nullable=False),
    Column("receipt", Json, nullable=False),
)

worked = Table(
    "worked",
    metadata,
    # Who has seen or written the text of which question, and in which workspace: who has is no blind second answerer
    # of it, nor its judge.
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    _hash("subject", primary_key=True, index=True),
    Column("workspace_id", ForeignKey("workspaces.id"), primary_key=True, index=True),
)

skips = Table(
    "skips",
    metadata,
    Column("workspace_id", ForeignKey("workspaces.id"), primary_key=True),
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    Column("at", Float, nullable=False),
    Column("reason", AnyText, nullable=False),
)

events = Table(
    "events",
    metadata,
    _id(),
    Column("at", Float, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("project_id", ForeignKey("projects.id")),
    Column("workspace_id", ForeignKey("workspaces.id"), index=True),
    Column("person_id", ForeignKey("people.id")),
    Column("data", Json, nullable=False),
    Index("ix_events_project", "project_id", "id"),
)
