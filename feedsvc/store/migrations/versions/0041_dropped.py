"""An index by which events that left the feeds long ago are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0023"

_DROPPED = sa.text("dropped_at IS NOT NULL")


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "ix_event_dropped_at", "event", ["dropped_at"], sqlite_where=_DROPPED, postgresql_where=_DROPPED
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_event_dropped_at", "event")
