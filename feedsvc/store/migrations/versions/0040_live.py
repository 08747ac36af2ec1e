"""Indexes by which a refresh finds the events it may be about, without those that are past."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0066"

_AWAITING = sa.text(
    "(misses > 0 OR unread > 0 OR moved_at IS NOT NULL OR (cancelled_at IS NOT NULL AND dropped_at IS NULL))"
)


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_event_source_id_start_at", "event", ["source_id", "start_at"])
    op.create_index("ix_event_source_id_digest", "event", ["source_id", "digest"])
    op.create_index("ix_event_awaiting", "event", ["source_id"], sqlite_where=_AWAITING, postgresql_where=_AWAITING)
    op.drop_index("ix_event_source_id", "event")


def downgrade() -> None:
    """Take them away."""
    op.create_index("ix_event_source_id", "event", ["source_id"])
    op.drop_index("ix_event_awaiting", "event")
    op.drop_index("ix_event_source_id_digest", "event")
    op.drop_index("ix_event_source_id_start_at", "event")
