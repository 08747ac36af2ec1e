"""The first schema: events and their feeds, the work on sources, holds, leases, runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make every table."""
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
        "heartbeat",
        sa.Column("name", sa.String(length=40), nullable=False, comment="what beats: 'worker'"),
        sa.Column("holder", sa.String(length=120), nullable=False, comment="the process"),
        sa.Column("beat_at", sa.BigInteger(), nullable=False, comment="the last tick"),
        sa.Column("started_at", sa.BigInteger(), nullable=False, comment="when that process began"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
        comment="a sign of life, written by the tick itself",
    )
    op.create_table(
        "hold",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False, comment="row number"),
        sa.Column("source_id", sa.String(length=80), nullable=False, comment="the source"),
        sa.Column("digest", sa.String(length=32), nullable=False, comment="fingerprint of the events that were read"),
        sa.Column("state", sa.String(length=10), nullable=False, comment="open, or rejected by an administrator"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it is held, in words"),
        sa.Column("is_complete", sa.Boolean(), nullable=False, comment="whether the source was read whole"),
        sa.Column("difference", sa.Text(), nullable=False, comment="what it would change as JSON, by core.difference"),
        sa.Column(
            "reading",
            sa.LargeBinary(),
            nullable=True,
            comment="core.codec.reading_text, compressed by zlib; NULL once rejected",
        ),
        sa.Column("times_seen", sa.Integer(), nullable=False, comment="how many refreshes said the same in a row"),
        sa.Column("made_at", sa.BigInteger(), nullable=False, comment="the first of them"),
        sa.Column("seen_at", sa.BigInteger(), nullable=False, comment="the last of them, or when it was rejected"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        comment="refreshes that would have done too much, kept for a person's word",
    )
    op.create_index("ix_hold_source_id_digest", "hold", ["source_id", "digest"], unique=True)
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=40), nullable=False, comment="what is leased: 'worker'"),
        sa.Column("holder", sa.String(length=120), nullable=False, comment="the process that has it"),
        sa.Column("epoch", sa.BigInteger(), nullable=False, comment="raised by one whenever it changes hands"),
        sa.Column("renewed_at", sa.BigInteger(), nullable=False, comment="when it was last renewed"),
        sa.Column("until", sa.BigInteger(), nullable=False, comment="until when it counts without being renewed"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
        comment="which of several processes leads",
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=40), nullable=False, comment="name of the fact"),
        sa.Column("value", sa.Text(), nullable=False, comment="its value as text"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
        comment="facts about the store itself: founded_at (seconds since 1970 UTC)",
    )
    op.create_table(
        "page",
        sa.Column("source_id", sa.String(length=80), nullable=False, comment="the source"),
        sa.Column("url", sa.Text(), nullable=False, comment="the address as it was asked for"),
        sa.Column("found_at", sa.Text(), nullable=False, comment="the address after redirects"),
        sa.Column("content_type", sa.Text(), nullable=False, comment="as the server states it"),
        sa.Column(
            "charset", sa.String(length=40), nullable=True, comment="as the server states it; NULL when it does not"
        ),
        sa.Column("etag", sa.Text(), nullable=True, comment="validator, RFC 9110 §8.8.3; NULL without one"),
        sa.Column(
            "last_modified",
            sa.Text(),
            nullable=True,
            comment="validator as the server wrote it, RFC 9110 §8.8.2; NULL without one",
        ),
        sa.Column("digest", sa.String(length=32), nullable=False, comment="fingerprint of the content"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="the content, compressed by zlib"),
        sa.PrimaryKeyConstraint("source_id", "url", name=op.f("pk_page")),
        comment="pages that the present events were read from; written in the same transaction as they",
    )
    op.create_table(
        "refresh_run",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False, comment="row number"),
        sa.Column("source_id", sa.String(length=80), nullable=False, comment="the source"),
        sa.Column("started_at", sa.BigInteger(), nullable=False, comment="when it began"),
        sa.Column("took_ms", sa.Integer(), nullable=False, comment="how long it took, in milliseconds"),
        sa.Column("outcome", sa.String(length=20), nullable=False, comment="applied, unchanged, held or failed"),
        sa.Column("message", sa.Text(), nullable=True, comment="why it failed or was held, in words"),
        sa.Column(
            "fetched_bytes", sa.BigInteger(), nullable=False, comment="bytes that came over the network or from a file"
        ),
        sa.Column("listings", sa.Integer(), nullable=False, comment="listings read"),
        sa.Column("new", sa.Integer(), nullable=False, comment="events that are new"),
        sa.Column("changed", sa.Integer(), nullable=False, comment="events that changed visibly"),
        sa.Column("missing", sa.Integer(), nullable=False, comment="events that are missing, not yet cancelled"),
        sa.Column("cancelled", sa.Integer(), nullable=False, comment="events cancelled for being missing"),
        sa.Column("returned", sa.Integer(), nullable=False, comment="cancelled events that the source lists again"),
        sa.Column("dropped", sa.Integer(), nullable=False, comment="tombstones that left the feeds"),
        sa.Column("rewritten", sa.Integer(), nullable=False, comment="events written anew without having changed"),
        sa.Column("rejected", sa.Integer(), nullable=False, comment="listings that could not become events"),
        sa.Column("findings", sa.Integer(), nullable=False, comment="findings of the source and its events after it"),
        sa.Column(
            "edition", sa.BigInteger(), nullable=True, comment="the edition it made; NULL when nothing visible changed"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_run")),
        comment="every refresh, whatever came of it",
    )
    op.create_index("ix_refresh_run_source_id_id", "refresh_run", ["source_id", "id"], unique=False)
    op.create_table(
        "source",
        sa.Column("id", sa.String(length=80), nullable=False, comment="id in config/sources.toml"),
        sa.Column(
            "reading_digest",
            sa.String(length=64),
            nullable=True,
            comment="fingerprint of the last applied reading and of its rules",
        ),
        sa.Column(
            "rules_digest",
            sa.String(length=64),
            nullable=True,
            comment="fingerprint of the rules alone, when it was last refreshed well",
        ),
        sa.Column(
            "refreshed_at",
            sa.BigInteger(),
            nullable=True,
            comment="start of the last good refresh; NULL until the first",
        ),
        sa.Column(
            "tried_at",
            sa.BigInteger(),
            nullable=True,
            comment="start of the last refresh, good or not; NULL until the first",
        ),
        sa.Column(
            "last_error",
            sa.Text(),
            nullable=True,
            comment="why the last refresh failed or was held, in words; NULL when it was good",
        ),
        sa.Column(
            "moved_to",
            sa.Text(),
            nullable=True,
            comment="where its address says it has moved for good (301, 308); NULL when it has not",
        ),
        sa.Column(
            "every_seconds",
            sa.Integer(),
            nullable=True,
            comment="interval set by an administrator, in seconds; NULL: as configured",
        ),
        sa.Column("due_at", sa.BigInteger(), nullable=True, comment="when it is read next; NULL: at once"),
        sa.Column(
            "turn",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="refreshes until now; varies what is spread",
        ),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False, comment="failed refreshes in a row"),
        sa.Column(
            "gone_count", sa.Integer(), server_default="0", nullable=False, comment="answers 410 since gone_since"
        ),
        sa.Column(
            "gone_since",
            sa.BigInteger(),
            nullable=True,
            comment="first of the answers 410 that count; NULL without one",
        ),
        sa.Column(
            "strikes", sa.Integer(), server_default="0", nullable=False, comment="attempts in a row that ended nowhere"
        ),
        sa.Column("paused_at", sa.BigInteger(), nullable=True, comment="when it was paused; NULL while it is not"),
        sa.Column(
            "paused_why", sa.Text(), nullable=True, comment="who or what paused it, in words; NULL while it is not"
        ),
        sa.Column("claimed_by", sa.String(length=120), nullable=True, comment="who works on it; NULL: nobody"),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True, comment="until when that counts; NULL: nobody"),
        sa.Column(
            "claim_epoch",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="number of claims; late ones are void",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        comment="what the store knows of a source; how it is configured stands in the configuration",
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
        comment="one VEVENT for each event that is in feeds; an event that can not be written has none",
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
    """Take every table away."""
    op.drop_index("ix_membership_event_id", table_name="membership")
    op.drop_table("membership")
    op.drop_table("fragment")
    op.drop_index(op.f("ix_finding_source_id"), table_name="finding")
    op.drop_index(op.f("ix_finding_event_id"), table_name="finding")
    op.drop_table("finding")
    op.drop_table("departure")
    op.drop_table("source")
    op.drop_index("ix_refresh_run_source_id_id", table_name="refresh_run")
    op.drop_table("refresh_run")
    op.drop_table("page")
    op.drop_table("meta")
    op.drop_table("lease")
    op.drop_index("ix_hold_source_id_digest", table_name="hold")
    op.drop_table("hold")
    op.drop_table("heartbeat")
    op.drop_table("facet")
    op.drop_index("ix_event_start_at", table_name="event")
    op.drop_index(op.f("ix_event_source_id"), table_name="event")
    op.drop_table("event")
    op.drop_table("edition")
