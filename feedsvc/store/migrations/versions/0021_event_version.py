"""The past of events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "event_version",
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False, comment="the event"),
        sa.Column("edition", sa.BigInteger(), autoincrement=False, nullable=False, comment="the edition that made this state"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="when that was"),
        sa.Column("kind", sa.String(length=20), nullable=False, comment="core.changes.ChangeKind; known: before the first change"),
        sa.Column("fields", sa.Text(), nullable=False, comment="names of what differs from the state before, with commas between"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="the event, by core.serialize.event_text, compressed by zlib"),
        sa.Column("status", sa.String(length=10), nullable=False, comment="its published status"),
        sa.Column("sequence", sa.Integer(), nullable=False, comment="its SEQUENCE"),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True, comment="when it was cancelled for being missing; NULL when not"),
        sa.Column("dropped_at", sa.BigInteger(), nullable=True, comment="when its tombstone left the feeds; NULL when not"),
        sa.Column("cause", sa.String(length=10), nullable=False, comment="run (the refresh that made the edition) or action"),
        sa.Column("cause_id", sa.BigInteger(), nullable=True, comment="the action; NULL for a run"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_version_event_id_event")),
        sa.PrimaryKeyConstraint("event_id", "edition", name=op.f("pk_event_version")),
        comment="the states that events had, for 400 days; an event that never changed has none",
    )
    op.create_index("ix_event_version_at", "event_version", ["at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("event_version")
