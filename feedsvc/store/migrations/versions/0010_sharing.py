"""Sharing: bundles, their limit, and how many calendars fetch which feed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "bundle",
        sa.Column("slug", sa.String(length=63), nullable=False, comment="its name in addresses, given once, never changed"),
        sa.Column("name", sa.Text(), nullable=False, comment="what the calendar is called"),
        sa.Column("path", sa.Text(), nullable=False, comment="canonical path of the feed it stands for"),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the secret in its edit link"),
        sa.Column("created_at", sa.BigInteger(), nullable=False, comment="when it was made"),
        sa.Column("changed_at", sa.BigInteger(), nullable=False, comment="last change of name or choice; a new secret link is none"),
        sa.Column("hidden_at", sa.BigInteger(), nullable=True, comment="when an administrator hid it; NULL while it can be seen"),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_bundle")),
        comment="feeds that people saved under a short name",
    )
    op.create_table(
        "bundle_change",
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False, comment="hours since 1970 UTC"),
        sa.Column("visitor", sa.LargeBinary(), nullable=False, comment="address hashed with the key of the day, 6 bytes"),
        sa.Column("made", sa.Integer(), nullable=False, comment="bundles made or changed in this hour"),
        sa.PrimaryKeyConstraint("hour", "visitor", name=op.f("pk_bundle_change")),
        comment="what one visitor made or changed in an hour, for the limit; rows older than a day are deleted",
    )
    op.create_table(
        "calendar_fetch",
        sa.Column("path", sa.String(length=1000), nullable=False, comment="canonical path of the feed, without extension"),
        sa.Column("family", sa.String(length=20), nullable=False, comment="a key of core.clients.FAMILIES"),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False, comment="days since 1970 UTC"),
        sa.Column("fetchers", sa.Integer(), nullable=False, comment="different fetchers that day, by core.distinct.count"),
        sa.Column("sketch", sa.LargeBinary(), nullable=True, comment="the fetchers as a sketch of core.distinct; NULL when the day is over"),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False, comment="when it was last fetched that day, to the minute"),
        sa.PrimaryKeyConstraint("path", "family", "day", name=op.f("pk_calendar_fetch")),
        comment="how many calendar programs fetched a feed; rows older than 30 days are deleted",
    )
    op.create_index("ix_calendar_fetch_day", "calendar_fetch", ["day"], unique=False)
    op.create_table(
        "daily_key",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False, comment="days since 1970 UTC"),
        sa.Column("key", sa.LargeBinary(), nullable=False, comment="32 random bytes"),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_daily_key")),
        comment="the key under which visitors are hashed that day; deleted when the day is over",
    )


def downgrade() -> None:
    """Take the tables away."""
    op.drop_table("daily_key")
    op.drop_index("ix_calendar_fetch_day", table_name="calendar_fetch")
    op.drop_table("calendar_fetch")
    op.drop_table("bundle_change")
    op.drop_table("bundle")
