"""The work on sources: when each is due, what was fetched, what is held, who leads, what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
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


def downgrade() -> None:
    """Take the tables away."""
    op.drop_table("source")
    op.drop_index("ix_refresh_run_source_id_id", table_name="refresh_run")
    op.drop_table("refresh_run")
    op.drop_table("page")
    op.drop_table("lease")
    op.drop_index("ix_hold_source_id_digest", table_name="hold")
    op.drop_table("hold")
    op.drop_table("heartbeat")
