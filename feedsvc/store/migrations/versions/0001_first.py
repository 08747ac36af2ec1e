"""The first tables: events, fragments, facets, memberships, departures, editions, findings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "edition",
        sa.Column("number", ROW_ID, autoincrement=True, nullable=False, comment="1, 2, 3 … in order of commit"),
        sa.Column("made_at", sa.BigInteger(), nullable=False, comment="when it was committed"),
        sa.Column("source_id", sa.String(length=80), nullable=False, comment="the source whose refresh made it"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_edition")),
        comment="committed changes of what people can see",
    )
    op.create_table(
        "event",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False, comment="row number, known to nobody outside"),
        sa.Column("uid", BYTEWISE, nullable=False, comment="RFC 5545 UID, given once, never changed"),
        sa.Column(
            "public_id", sa.String(length=64), nullable=False, comment="the UID before its at sign; in addresses"
        ),
        sa.Column("source_id", sa.String(length=80), nullable=False, comment="the source that lists it"),
        sa.Column("summary", sa.Text(), nullable=False, comment="what it is called; also in the body"),
        sa.Column("body", sa.Text(), nullable=False, comment="the event as JSON, by core.codec.event_text"),
        sa.Column(
            "digest",
            sa.String(length=32),
            nullable=False,
            comment="fingerprint of what is visible, core.codec.visible_digest",
        ),
        sa.Column("sequence", sa.Integer(), nullable=False, comment="RFC 5545 SEQUENCE: number of visible changes"),
        sa.Column("created_at", sa.BigInteger(), nullable=False, comment="first seen; RFC 5545 CREATED"),
        sa.Column(
            "modified_at", sa.BigInteger(), nullable=False, comment="last visible change; LAST-MODIFIED and DTSTAMP"
        ),
        sa.Column(
            "start_at", sa.BigInteger(), nullable=False, comment="start; an all-day event's first day at midnight UTC"
        ),
        sa.Column("end_at", sa.BigInteger(), nullable=True, comment="exclusive end; NULL where not known"),
        sa.Column(
            "misses", sa.Integer(), nullable=False, comment="complete refreshes in a row that no longer listed it"
        ),
        sa.Column(
            "cancelled_at",
            sa.BigInteger(),
            nullable=True,
            comment="when it was cancelled for being missing; NULL when not",
        ),
        sa.Column(
            "dropped_at",
            sa.BigInteger(),
            nullable=True,
            comment="when its tombstone left the feeds; NULL while it is in them",
        ),
        sa.Column(
            "moved_from", sa.Text(), nullable=True, comment="its span before the last move as JSON; NULL after 14 days"
        ),
        sa.Column(
            "moved_at", sa.BigInteger(), nullable=True, comment="when the last move was noticed; NULL after 14 days"
        ),
        sa.Column("edition", sa.BigInteger(), nullable=False, comment="edition of its last visible change"),
        sa.Column(
            "rendering",
            sa.String(length=32),
            nullable=False,
            comment="fingerprint of the settings it was last written with",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("public_id", name=op.f("uq_event_public_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_event_uid")),
        comment="every event ever seen, with its identity and history",
    )
    op.create_index(op.f("ix_event_source_id"), "event", ["source_id"], unique=False)
    op.create_index("ix_event_start_at", "event", ["start_at"], unique=False)
    op.create_table(
        "facet",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False, comment="row number"),
        sa.Column(
            "dimension",
            sa.String(length=40),
            nullable=False,
            comment="name of the dimension; 'all' for the feed of everything",
        ),
        sa.Column("value", sa.String(length=80), nullable=False, comment="value in addresses; empty for 'all'"),
        sa.Column("label", sa.Text(), nullable=False, comment="English name, as first seen"),
        sa.Column(
            "revision", sa.BigInteger(), nullable=False, comment="edition that last touched an event of this facet"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facet")),
        sa.UniqueConstraint("dimension", "value", name=op.f("uq_facet_dimension_value")),
        comment="every value that any event ever had; never deleted, so that no address dies",
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=40), nullable=False, comment="name of the fact"),
        sa.Column("value", sa.Text(), nullable=False, comment="its value as text"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
        comment="facts about the store itself: founded_at (seconds since 1970 UTC)",
    )
    op.create_table(
        "departure",
        sa.Column("facet_id", ROW_ID, nullable=False, comment="a facet the event had before"),
        sa.Column("event_id", ROW_ID, nullable=False, comment="the event"),
        sa.Column(
            "left_at",
            sa.BigInteger(),
            nullable=False,
            comment="when it lost a facet or left, in seconds since 1970 UTC",
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_departure_event_id")),
        sa.ForeignKeyConstraint(["facet_id"], ["facet.id"], name=op.f("fk_departure_facet_id")),
        sa.PrimaryKeyConstraint("facet_id", "event_id", "left_at", name=op.f("pk_departure")),
        comment="events that left feeds, with all the facets they had: a deletion moves a feed's LAST-MODIFIED too",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "finding",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False, comment="row number"),
        sa.Column("source_id", sa.String(length=80), nullable=False, comment="the source"),
        sa.Column("event_id", ROW_ID, nullable=True, comment="the event; NULL: the source as a whole"),
        sa.Column("code", sa.String(length=40), nullable=False, comment="a key of core.findings.MEANINGS"),
        sa.Column("detail", sa.Text(), nullable=False, comment="the value in question"),
        sa.Column(
            "line",
            sa.Integer(),
            nullable=True,
            comment="line of the source's text, counted from 1; NULL where it has none",
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_finding_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        comment="doubts about the data, kept and shown, never silently repaired",
    )
    op.create_index(op.f("ix_finding_event_id"), "finding", ["event_id"], unique=False)
    op.create_index(op.f("ix_finding_source_id"), "finding", ["source_id"], unique=False)
    op.create_table(
        "fragment",
        sa.Column("event_id", ROW_ID, autoincrement=False, nullable=False, comment="the event"),
        sa.Column("uid", BYTEWISE, nullable=False, comment="its UID, for the order of feeds"),
        sa.Column(
            "modified_at", sa.BigInteger(), nullable=False, comment="its LAST-MODIFIED, in seconds since 1970 UTC"
        ),
        sa.Column(
            "vevent", sa.LargeBinary(), nullable=False, comment="the finished VEVENT, folded, with CRLF; checked"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_fragment_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_fragment")),
        comment="one VEVENT for each event that is in feeds; an event that cannot be written has none",
    )
    op.create_table(
        "membership",
        sa.Column("facet_id", ROW_ID, nullable=False, comment="the facet"),
        sa.Column("start_at", sa.BigInteger(), nullable=False, comment="the event's start, in seconds since 1970 UTC"),
        sa.Column("event_id", ROW_ID, nullable=False, comment="the event"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_membership_event_id")),
        sa.ForeignKeyConstraint(["facet_id"], ["facet.id"], name=op.f("fk_membership_facet_id")),
        sa.PrimaryKeyConstraint("facet_id", "start_at", "event_id", name=op.f("pk_membership")),
        comment="which events are in which facet's feed, in the order of feeds",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_membership_event_id", "membership", ["event_id"], unique=False)


def downgrade() -> None:
    """Take the tables away."""
    op.drop_index("ix_membership_event_id", table_name="membership")
    op.drop_table("membership")
    op.drop_table("fragment")
    op.drop_index(op.f("ix_finding_source_id"), table_name="finding")
    op.drop_index(op.f("ix_finding_event_id"), table_name="finding")
    op.drop_table("finding")
    op.drop_table("departure")
    op.drop_table("meta")
    op.drop_table("facet")
    op.drop_index("ix_event_start_at", table_name="event")
    op.drop_index(op.f("ix_event_source_id"), table_name="event")
    op.drop_table("event")
    op.drop_table("edition")
