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


def column(name: str, kind: Any, refers_to: str = "", **options: Any) -> sa.Column[Any]:
    """A column that is never empty, unless it is ``nullable``."""
    foreign = [sa.ForeignKey(refers_to)] if refers_to else []
    return sa.Column(name, kind, *foreign, **{"nullable": False, **options})


def own_hash() -> sa.Column[Any]:
    return column("id", sa.String(32), primary_key=True)


def own_number() -> sa.Column[Any]:
    return column("id", NUMBER, primary_key=True, autoincrement=True)


sa.Table("contexts", metadata, own_hash(), column("facts", sa.Text))
sa.Table("shown", metadata, own_hash(), column("text", sa.Text))
sa.Table(
    "people",
    metadata,
    own_number(),
    column("name", sa.Text),
    column("folded", sa.Text, unique=True),
    column("role", sa.String(16)),
    column("passphrase", sa.Text, nullable=True),
    column("active", sa.Boolean),
    column("created_at", sa.Float),
)
sa.Table(
    "invites",
    metadata,
    own_number(),
    column("token_hash", sa.String(32), unique=True),
    column("role", sa.String(16)),
    column("note", sa.Text),
    column("created_by", NUMBER, "people.id", nullable=True),
    column("created_at", sa.Float),
    column("expires_at", sa.Float),
    column("used_by", NUMBER, "people.id", nullable=True),
    column("used_at", sa.Float, nullable=True),
)
sa.Table(
    "projects",
    metadata,
    own_number(),
    column("name", sa.Text, unique=True),
    column("settings", sa.Text),
    column("created_at", sa.Float),
)
sa.Table(
    "questions",
    metadata,
    own_hash(),
    column("text", sa.Text),
    column("context_id", sa.String(32), "contexts.id", index=True),
    column("draw", sa.Text, nullable=True),
    column("subject", sa.String(32), index=True),
)
sa.Table(
    "transcripts",
    metadata,
    own_hash(),
    column("question_id", sa.String(32), "questions.id", index=True),
    column("by", sa.Text),
    column("outcome", sa.String(16)),
    column("text", sa.Text),
    column("reason", sa.Text),
    column("rounds", sa.Text),
    column("stored_at", sa.Float),
)
sa.Table(
    "uses",
    metadata,
    column("transcript_id", sa.String(32), "transcripts.id", primary_key=True),
    column("used_id", sa.String(32), "transcripts.id", primary_key=True, index=True),
)
sa.Table(
    "workspaces",
    metadata,
    own_number(),
    column("project_id", NUMBER, "projects.id"),
    column("key", sa.String(32)),
    column("kind", sa.String(8)),
    column("root", sa.Boolean),
    column("question_id", sa.String(32), "questions.id", index=True),
    column("subject", sa.String(32), index=True),
    column("granted", sa.Text, nullable=True),
    column("begun", sa.Text, nullable=True),
    column("budget", sa.Text, nullable=True),
    column("state", sa.String(16)),
    column("rounds", sa.Integer),
    column("text", sa.Text),
    column("reason", sa.Text),
    column("transcript_id", sa.String(32), "transcripts.id", nullable=True, index=True),
    column("person_id", NUMBER, "people.id", nullable=True),
    column("holder_id", NUMBER, "people.id", nullable=True),
    column("lease_until", sa.Float, nullable=True),
    column("revision", sa.Integer),
    column("draft_revision", sa.Integer),
    column("stale", sa.Boolean),
    column("suggestion", sa.Text, nullable=True),
    column("material", sa.Text, nullable=True),
    column("gold", sa.Text, nullable=True),
    column("priority", sa.Integer),
    column("created_at", sa.Float),
    column("shown_at", sa.Float, nullable=True),
    column("asked_at", sa.Float, nullable=True),
    column("ended_at", sa.Float, nullable=True),
    column("touched_at", sa.Float, nullable=True),
    column("active_seconds", sa.Float),
    sa.UniqueConstraint("project_id", "key"),
    sa.Index("ix_workspaces_project", "project_id", "state"),
    sa.Index("ix_workspaces_next", "state", "kind", sa.column("priority").desc(), "id"),
    sa.Index("ix_workspaces_person", "person_id", "state", "kind"),
    sa.Index("ix_workspaces_holder", "holder_id", "state", "kind"),
)
sa.Table(
    "consultations",
    metadata,
    column("workspace_id", NUMBER, "workspaces.id", primary_key=True),
    column("round", sa.Integer, primary_key=True, autoincrement=False),
    column("place", sa.Integer, primary_key=True, autoincrement=False),
    column("question_id", sa.String(32), "questions.id"),
    column("key", sa.String(32), index=True),
    column("granted", sa.Text, nullable=True),
    column("answer", sa.Text, nullable=True),
    column("transcript_id", sa.String(32), "transcripts.id", nullable=True, index=True),
    column("answered_at", sa.Float, nullable=True),
)
sa.Table(
    "drafts",
    metadata,
    own_number(),
    column("workspace_id", NUMBER, "workspaces.id"),
    column("revision", sa.Integer),
    column("person_id", NUMBER, "people.id"),
    column("at", sa.Float),
    column("content", sa.Text),
    column("refused", sa.Boolean),
    sa.Index("ix_drafts_workspace", "workspace_id", "revision"),
)
sa.Table(
    "submissions",
    metadata,
    own_hash(),
    column("workspace_id", NUMBER, "workspaces.id", index=True),
    column("person_id", NUMBER, "people.id"),
    column("at", sa.Float),
    column("receipt", sa.Text),
)
sa.Table(
    "worked",
    metadata,
    column("person_id", NUMBER, "people.id", primary_key=True),
    column("subject", sa.String(32), primary_key=True, index=True),
    column("workspace_id", NUMBER, "workspaces.id", primary_key=True, index=True),
)
sa.Table(
    "skips",
    metadata,
    column("workspace_id", NUMBER, "workspaces.id", primary_key=True),
    column("person_id", NUMBER, "people.id", primary_key=True),
    column("at", sa.Float),
    column("reason", sa.Text),
)
sa.Table(
    "events",
    metadata,
    own_number(),
    column("at", sa.Float),
    column("kind", sa.String(24)),
    column("project_id", NUMBER, "projects.id", nullable=True),
    column("workspace_id", NUMBER, "workspaces.id", nullable=True, index=True),
    column("person_id", NUMBER, "people.id", nullable=True),
    column("data", sa.Text),
    sa.Index("ix_events_project", "project_id", "id"),
)
