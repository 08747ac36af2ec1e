"""The names that a source had before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0041"


def upgrade() -> None:
    """Add the column."""
    op.add_column(
        "source",
        sa.Column(
            "former_ids", sa.JSON(), nullable=False, server_default="[]", comment="ids it had before, oldest first"
        ),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_column("source", "former_ids")
