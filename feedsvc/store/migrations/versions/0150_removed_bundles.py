"""When a bundle was removed, and when a program last fetched it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0150"
down_revision = "0100"


def upgrade() -> None:
    """Add the columns. Fetches of before are unknown, which is no reason to call a bundle unused: they begin now."""
    op.add_column("bundle", sa.Column("removed_at", sa.BigInteger(), comment="when it was removed; NULL while it stands"))
    op.add_column(
        "bundle", sa.Column("last_fetched_at", sa.BigInteger(), comment="when a program last fetched it; NULL: never")
    )
    op.execute("UPDATE bundle SET last_fetched_at = (SELECT max(made_at) FROM edition)")


def downgrade() -> None:
    """Take them away."""
    op.drop_column("bundle", "last_fetched_at")
    op.drop_column("bundle", "removed_at")
