"""Counts: what each feed holds, by day. They are filled at the next start, by `Store.prepare`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0021"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "occurrence",
        sa.Column("event_id", ROW_ID, autoincrement=False, nullable=False, comment="the event"),
        sa.Column("source_id", sa.String(length=80), nullable=False, comment="the source it is counted for"),
        sa.Column("first_day", sa.Integer(), nullable=False, comment="its first day at its place, in days since 1970"),
        sa.Column("last_day", sa.Integer(), nullable=False, comment="the last day on which lists show it"),
        sa.Column("ends_at", sa.BigInteger(), nullable=False, comment="its end as published, in seconds since 1970 UTC; exclusive"),
        sa.Column("bytes", sa.Integer(), nullable=False, comment="length of its VEVENT"),
        sa.Column("series", sa.BigInteger(), nullable=True, comment="what occurrences of a series share, by core.occurrences; NULL for none"),
        sa.Column("repeats", sa.Boolean(), nullable=False, comment="whether it is one of a series"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_occurrence_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_occurrence")),
        comment="what counts of each event that is in feeds: its days, its end, its size, its series",
    )
    op.create_index("ix_occurrence_ends_at", "occurrence", ["ends_at"], unique=False)
    op.create_index("ix_occurrence_series", "occurrence", ["series"], unique=False)
    several = sa.text("last_day > first_day")
    op.create_index("ix_occurrence_several_days", "occurrence", ["last_day"], unique=False, sqlite_where=several, postgresql_where=several)
    op.create_table(
        "feed_total",
        sa.Column("facet_id", ROW_ID, nullable=False, comment="the facet"),
        sa.Column("twin_id", ROW_ID, nullable=False, comment="a facet of another group that its events have too; 0: any"),
        sa.Column("source_id", sa.String(length=80), nullable=False, comment="the source of the events"),
        sa.Column("events", sa.Integer(), nullable=False, comment="events in feeds"),
        sa.Column("bytes", sa.BigInteger(), nullable=False, comment="length of their VEVENTs together"),
        sa.Column("changed_at", sa.BigInteger(), nullable=False, comment="last change or departure, in seconds since 1970 UTC"),
        sa.ForeignKeyConstraint(["facet_id"], ["facet.id"], name=op.f("fk_feed_total_facet_id")),
        sa.PrimaryKeyConstraint("facet_id", "twin_id", "source_id", name=op.f("pk_feed_total")),
        comment="what feeds of one facet, and of two that meet in an event, hold of each source; rows stay when they are 0",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "daily_total",
        sa.Column("facet_id", ROW_ID, nullable=False, comment="the facet"),
        sa.Column("twin_id", ROW_ID, nullable=False, comment="as in feed_total"),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False, comment="days since 1970"),
        sa.Column("events", sa.Integer(), nullable=False, comment="events on that day, at their places"),
        sa.Column("repeating", sa.Integer(), nullable=False, comment="those of them that are of series"),
        sa.Column("starts", sa.Integer(), nullable=False, comment="events whose first day it is"),
        sa.Column("units", sa.Integer(), nullable=False, comment="the same, a series with its first occurrence alone"),
        sa.Column("ends", sa.Integer(), nullable=False, comment="events that end on that day UTC, a series with its last occurrence alone"),
        sa.Column("bytes", sa.BigInteger(), nullable=False, comment="length of the VEVENTs of starts"),
        sa.ForeignKeyConstraint(["facet_id"], ["facet.id"], name=op.f("fk_daily_total_facet_id")),
        sa.PrimaryKeyConstraint("facet_id", "twin_id", "day", name=op.f("pk_daily_total")),
        comment="the same by day; two facets only where pages count them, so no year",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "monthly_total",
        sa.Column("facet_id", ROW_ID, nullable=False, comment="the facet"),
        sa.Column("twin_id", ROW_ID, nullable=False, comment="as in feed_total"),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False, comment="12 times the year, and 0 to 11"),
        sa.Column("starts", sa.Integer(), nullable=False, comment="sum of daily_total.starts"),
        sa.Column("units", sa.Integer(), nullable=False, comment="sum of daily_total.units"),
        sa.Column("ends", sa.Integer(), nullable=False, comment="sum of daily_total.ends"),
        sa.ForeignKeyConstraint(["facet_id"], ["facet.id"], name=op.f("fk_monthly_total_facet_id")),
        sa.PrimaryKeyConstraint("facet_id", "twin_id", "month", name=op.f("pk_monthly_total")),
        comment="sums of daily_total, so that what is coming is a few rows however far ahead it lies",
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take the tables away."""
    op.execute(sa.text("DELETE FROM meta WHERE key = 'counted'"))
    for name in ("monthly_total", "daily_total", "feed_total", "occurrence"):
        op.drop_table(name)
