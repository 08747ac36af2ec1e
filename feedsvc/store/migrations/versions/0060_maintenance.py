"""Backups and restores, each with its outcome."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0065"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "maintenance",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False, comment="row number"),
        sa.Column("kind", sa.String(length=20), nullable=False, comment="backup, copy (before a migration) or restore"),
        sa.Column("made_at", sa.BigInteger(), nullable=False, comment="when it ended"),
        sa.Column("file", sa.Text(), nullable=False, comment="the backup's file"),
        sa.Column("outcome", sa.Text(), nullable=False, comment="'done', or why it failed"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance")),
        comment="backups and restores of this store",
    )


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("maintenance")
