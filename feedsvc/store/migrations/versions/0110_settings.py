"""Sources that were added here, and settings that were set here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0110"
down_revision = "0090"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "definition",
        sa.Column("source_id", sa.String(length=80), nullable=False, comment="the source's id"),
        sa.Column("kind", sa.String(length=40), nullable=False, comment="a kind of source"),
        sa.Column("address", sa.Text(), nullable=False, comment="where it is read from; may hold a secret, so it is shown masked"),
        sa.Column("settings", sa.Text(), nullable=False, comment="its other settings by key, as JSON"),
        sa.Column("name", sa.String(length=80), nullable=True, comment="what it is called; NULL: by its id"),
        sa.Column("state", sa.String(length=10), nullable=False, comment="proposed, live or removed"),
        sa.Column("proposed_by", sa.String(length=80), nullable=False, comment="who added or proposed it"),
        sa.Column("approved_by", sa.String(length=80), nullable=True, comment="who let it in; NULL while it is proposed"),
        sa.Column("made_at", sa.BigInteger(), nullable=False, comment="when it was added; sources count in this order"),
        sa.Column("removed_at", sa.BigInteger(), nullable=True, comment="when it was removed; NULL while it is not"),
        sa.Column("version", sa.Integer(), nullable=False, comment="raised with each change"),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_definition")),
        comment="sources that were added here, not in the file",
    )
    op.create_table(
        "override",
        sa.Column("source_id", sa.String(length=80), nullable=False, comment="the source"),
        sa.Column("key", sa.String(length=60), nullable=False, comment="a setting of its kind"),
        sa.Column("value", sa.Text(), nullable=False, comment="what counts here, as JSON"),
        sa.Column("file_value", sa.Text(), nullable=True, comment="what the file said when it was set, as JSON; NULL: nothing"),
        sa.Column("by", sa.String(length=80), nullable=False, comment="who set it"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="when it was set"),
        sa.Column("why", sa.Text(), nullable=False, comment="the reason that was given; empty without one"),
        sa.Column("version", sa.Integer(), nullable=False, comment="raised with each change"),
        sa.PrimaryKeyConstraint("source_id", "key", name=op.f("pk_override")),
        comment="settings of sources that were set here over what the file says",
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("override", "definition"):
        op.drop_table(name)
