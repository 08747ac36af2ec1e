"""How a source was configured, so that what it sent can be read again once it was removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0150"


def upgrade() -> None:
    """Add the column; it is filled by the next refresh of each source."""
    op.add_column(
        "source",
        sa.Column(
            "settings", sa.JSON(), comment="how it was configured when it was last read well; NULL before version 0.2"
        ),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_column("source", "settings")
