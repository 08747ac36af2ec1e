"""The ledger of each refresh: what became of everything that was seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0010"


def upgrade() -> None:
    """Add the column."""
    op.add_column(
        "refresh_run",
        sa.Column(
            "ledger",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="core.model.Ledger by field name; NULL before version 0.2",
        ),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_column("refresh_run", "ledger")
