"""Events whose date cannot be read any more, and sources that are read only in part."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0055"


def upgrade() -> None:
    """Add the columns."""
    with op.batch_alter_table("event") as table:
        table.add_column(sa.Column("unread", sa.Integer(), nullable=False, server_default="0", comment="readings in a row without a readable date"))
        table.add_column(sa.Column("unread_since", sa.BigInteger(), nullable=True, comment="the first of these readings; NULL while its date can be read"))
        table.add_column(sa.Column("unconfirmed_at", sa.BigInteger(), nullable=True, comment="when it was made tentative for that; NULL when not"))
    with op.batch_alter_table("source") as table:
        table.add_column(sa.Column("partly_read", sa.Integer(), nullable=False, server_default="0", comment="readings in a row that were not whole"))


def downgrade() -> None:
    """Drop the columns."""
    with op.batch_alter_table("source") as table:
        table.drop_column("partly_read")
    with op.batch_alter_table("event") as table:
        for name in ("unconfirmed_at", "unread_since", "unread"):
            table.drop_column(name)
