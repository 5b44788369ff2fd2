"""The first schema. Frozen: tables.py goes on from here, and later steps say how."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def upgrade() -> None:
    """Makes all tables."""
    metadata.create_all(op.get_bind())


def _column(name: str, kind: Any, refers_to: str = "", **options: Any) -> sa.Column[Any]:
    """A column that is never empty, unless it is ``nullable``."""
    foreign = [sa.ForeignKey(refers_to)] if refers_to else []
    return sa.Column(name, kind, *foreign, **{"nullable": False, **options})


def _hash() -> sa.Column[Any]:
    return _column("id", sa.String(32), primary_key=True)


def _number() -> sa.Column[Any]:
    return _column("id", NUMBER, primary_key=True, autoincrement=True)


sa.Table("contexts", metadata, _hash(), _column("facts", sa.Text))
sa.Table("shown", metadata, _hash(), _column("text", sa.Text))
sa.Table(
    "people",
    metadata,
    _number(),
    _column("name", sa.Text),
    _column("folded", sa.Text, unique=True),
    _column("role", sa.String(16)),
    _column("passphrase", sa.Text, nullable=True),
    _column("active", sa.Boolean),
    _column("created_at", sa.Float),
)
sa.Table(
    "invites",
    metadata,
    _number(),
    _column("token_hash", sa.String(32), unique=True),
    _column("role", sa.String(16)),
    _column("note", sa.Text),
    _column("created_by", NUMBER, "people.id", nullable=True),
    _column("created_at", sa.Float),
    _column("expires_at", sa.Float),
    _column("used_by", NUMBER, "people.id", nullable=True),
    _column("used_at", sa.Float, nullable=True),
)
sa.Table(
    "projects",
    metadata,
    _number(),
    _column("name", sa.Text, unique=True),
    _column("settings", sa.Text),
    _column("created_at", sa.Float),
)
sa.Table(
    "questions",
    metadata,
    _hash(),
    _column("text", sa.Text),
    _column("context_id", sa.String(32), "contexts.id", index=True),
    _column("draw", sa.Text, nullable=True),
    _column("subject", sa.String(32), index=True),
)
sa.Table(
    "transcripts",
    metadata,
    _hash(),
    _column("question_id", sa.String(32), "questions.id", index=True),
    _column("by", sa.Text),
    _column("outcome", sa.String(16)),
    _column("text", sa.Text),
    _column("reason", sa.Text),
    _column("rounds", sa.Text),
    _column("stored_at", sa.Float),
)
sa.Table(
    "uses",
    metadata,
    _column("transcript_id", sa.String(32), "transcripts.id", primary_key=True),
    _column("used_id", sa.String(32), "transcripts.id", primary_key=True, index=True),
)
sa.Table(
    "workspaces",
    metadata,
    _number(),
    _column("project_id", NUMBER, "projects.id"),
    _column("key", sa.String(32)),
    _column("kind", sa.String(8)),
    _column("root", sa.Boolean),
    _column("question_id", sa.String(32), "questions.id", index=True),
    _column("subject", sa.String(32), index=True),
    _column("granted", sa.Text, nullable=True),
    _column("begun", sa.Text, nullable=True),
    _column("budget", sa.Text, nullable=True),
    _column("state", sa.String(16)),
    _column("rounds", sa.Integer),
    _column("text", sa.Text),
    _column("reason", sa.Text),
    _column("transcript_id", sa.String(32), "transcripts.id", nullable=True, index=True),
    _column("person_id", NUMBER, "people.id", nullable=True),
    _column("holder_id", NUMBER, "people.id", nullable=True),
    _column("lease_until", sa.Float, nullable=True),
    _column("revision", sa.Integer),
    _column("draft_revision", sa.Integer),
    _column("stale", sa.Boolean),
    _column("suggestion", sa.Text, nullable=True),
    _column("material", sa.Text, nullable=True),
    _column("gold", sa.Text, nullable=True),
    _column("priority", sa.Integer),
    _column("created_at", sa.Float),
    _column("shown_at", sa.Float, nullable=True),
    _column("asked_at", sa.Float, nullable=True),
    _column("ended_at", sa.Float, nullable=True),
    _column("touched_at", sa.Float, nullable=True),
    _column("active_seconds", sa.Float),
    sa.UniqueConstraint("project_id", "key"),
    sa.Index("ix_workspaces_project", "project_id", "state"),
    sa.Index("ix_workspaces_next", "state", "kind", sa.column("priority").desc(), "id"),
    sa.Index("ix_workspaces_person", "person_id", "state", "kind"),
    sa.Index("ix_workspaces_holder", "holder_id", "state", "kind"),
)
sa.Table(
    "consultations",
    metadata,
    _column("workspace_id", NUMBER, "workspaces.id", primary_key=True),
    _column("round", sa.Integer, primary_key=True, autoincrement=False),
    _column("place", sa.Integer, primary_key=True, autoincrement=False),
    _column("question_id", sa.String(32), "questions.id"),
    _column("key", sa.String(32), index=True),
    _column("granted", sa.Text, nullable=True),
    _column("answer", sa.Text, nullable=True),
    _column("transcript_id", sa.String(32), "transcripts.id", nullable=True, index=True),
    _column("answered_at", sa.Float, nullable=True),
)
sa.Table(
    "drafts",
    metadata,
    _number(),
    _column("workspace_id", NUMBER, "workspaces.id"),
    _column("revision", sa.Integer),
    _column("person_id", NUMBER, "people.id"),
    _column("at", sa.Float),
    _column("content", sa.Text),
    _column("refused", sa.Boolean),
    sa.Index("ix_drafts_workspace", "workspace_id", "revision"),
)
sa.Table(
    "submissions",
    metadata,
    _hash(),
    _column("workspace_id", NUMBER, "workspaces.id", index=True),
    _column("person_id", NUMBER, "people.id"),
    _column("at", sa.Float),
    _column("receipt", sa.Text),
)
sa.Table(
    "worked",
    metadata,
    _column("person_id", NUMBER, "people.id", primary_key=True),
    _column("subject", sa.String(32), primary_key=True, index=True),
    _column("workspace_id", NUMBER, "workspaces.id", primary_key=True, index=True),
)
sa.Table(
    "skips",
    metadata,
    _column("workspace_id", NUMBER, "workspaces.id", primary_key=True),
    _column("person_id", NUMBER, "people.id", primary_key=True),
    _column("at", sa.Float),
    _column("reason", sa.Text),
)
sa.Table(
    "events",
    metadata,
    _number(),
    _column("at", sa.Float),
    _column("kind", sa.String(24)),
    _column("project_id", NUMBER, "projects.id", nullable=True),
    _column("workspace_id", NUMBER, "workspaces.id", nullable=True, index=True),
    _column("person_id", NUMBER, "people.id", nullable=True),
    _column("data", sa.Text),
    sa.Index("ix_events_project", "project_id", "id"),
)
