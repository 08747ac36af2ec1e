"""An index of the occurrences of series, which pages list apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0030"


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "ix_occurrence_repeats",
        "occurrence",
        ["ends_at"],
        unique=False,
        sqlite_where=sa.text("repeats = 1"),
        postgresql_where=sa.text("repeats"),
    )


def downgrade() -> None:
    """Take the index away."""
    op.drop_index("ix_occurrence_repeats", table_name="occurrence")
