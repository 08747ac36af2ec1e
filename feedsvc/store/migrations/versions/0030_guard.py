"""The guard: held changes as rows, what an event's going is counted by, and attempts that were made alone.

Holds of the version before kept whole refreshes. They are dropped; their sources are due at once and read again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0040"


def upgrade() -> None:
    """Make the tables, and fill what can be known."""
    op.execute("UPDATE source SET due_at = NULL WHERE id IN (SELECT source_id FROM hold WHERE state = 'open')")
    op.drop_index("ix_hold_source_id_digest", table_name="hold")
    op.drop_table("hold")
    op.create_table(
        "hold",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False, comment="row number, known to people"),
        sa.Column("source_id", sa.String(length=80), nullable=True, comment="the source; NULL: of no single source"),
        sa.Column("cause", sa.String(length=20), nullable=False, comment="missing, change, or served"),
        sa.Column("reason", sa.Text(), nullable=False, comment="the common factor, in words"),
        sa.Column("cures", sa.Text(), nullable=True, comment="settings under which the held changes vanish, as JSON; NULL: not tried"),
        sa.Column("made_at", sa.BigInteger(), nullable=False, comment="when the first of its changes was held"),
        sa.Column("seen_at", sa.BigInteger(), nullable=False, comment="the last reading that said so"),
        sa.Column("ended_at", sa.BigInteger(), nullable=True, comment="when the last of its changes was decided; NULL while it is open"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        comment="changes that wait for a person's decision or for time",
    )
    op.create_index("ix_hold_source_id_ended_at", "hold", ["source_id", "ended_at"], unique=False)
    op.create_table(
        "hold_change",
        sa.Column("hold_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="the hold"),
        sa.Column("uid", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False, comment="the event's UID"),
        sa.Column("fate", sa.String(length=80), nullable=False, comment="missing, keys of core.mass_change.FIELDS joined by +, or served"),
        sa.Column("before", sa.Text(), nullable=False, comment="the event as it is, as JSON by core.serialize.event_text"),
        sa.Column("after", sa.Text(), nullable=True, comment="the event as it would be, as JSON; NULL: it is no longer listed"),
        sa.Column("after_digest", sa.String(length=32), nullable=True, comment="fingerprint of what would be visible; NULL: it is no longer listed"),
        sa.Column("first_at", sa.BigInteger(), nullable=False, comment="the first reading that said so"),
        sa.Column("seen_at", sa.BigInteger(), nullable=False, comment="the last reading that said so"),
        sa.Column("observed_seconds", sa.BigInteger(), nullable=False, comment="time over which readings said so, each gap at most twice the source's pace"),
        sa.Column("times_seen", sa.Integer(), nullable=False, comment="readings in a row that said so of this event"),
        sa.Column("decision", sa.String(length=10), nullable=True, comment="kept, applied or believed; NULL while it waits"),
        sa.Column("by", sa.String(length=120), nullable=True, comment="who decided; NULL: time, or nobody yet"),
        sa.Column("at", sa.BigInteger(), nullable=True, comment="when it was decided; NULL while it waits"),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name=op.f("fk_hold_change_hold_id_hold")),
        sa.PrimaryKeyConstraint("hold_id", "uid", name=op.f("pk_hold_change")),
        comment="one event of a hold",
    )
    op.create_index("ix_hold_change_uid", "hold_change", ["uid"], unique=False)
    with op.batch_alter_table("event") as table:
        table.add_column(sa.Column("status", sa.String(length=10), nullable=False, server_default="confirmed", comment="what is published: confirmed, tentative or cancelled"))
        table.add_column(sa.Column("listed_at", sa.BigInteger(), nullable=True, comment="last whole reading that listed it; NULL while it is listed, and where its going was confirmed"))
        table.add_column(sa.Column("held", sa.Text(), nullable=True, comment="the span its description names as what the source says now, as JSON (null: not listed); NULL without a doubt"))
    op.execute("UPDATE event SET status = 'cancelled' WHERE cancelled_at IS NOT NULL OR body LIKE '%\"cancelled\"%'")
    op.execute("UPDATE event SET status = 'tentative' WHERE status = 'confirmed' AND body LIKE '%\"tentative\"%'")
    with op.batch_alter_table("source") as table:
        table.add_column(sa.Column("whole_at", sa.BigInteger(), nullable=True, comment="start of the last whole reading; NULL until the first"))
        table.add_column(sa.Column("lone_strikes", sa.Integer(), nullable=False, server_default="0", comment="strikes in a row while nothing else was under way"))
    op.execute("UPDATE source SET whole_at = refreshed_at")


def downgrade() -> None:
    """Take them away; holds are made again by the next refresh."""
    with op.batch_alter_table("source") as table:
        for name in ("lone_strikes", "whole_at"):
            table.drop_column(name)
    with op.batch_alter_table("event") as table:
        for name in ("held", "listed_at", "status"):
            table.drop_column(name)
    op.drop_index("ix_hold_change_uid", table_name="hold_change")
    op.drop_table("hold_change")
    op.drop_index("ix_hold_source_id_ended_at", table_name="hold")
    op.drop_table("hold")
    op.create_table(
        "hold",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False, comment="row number"),
        sa.Column("source_id", sa.String(length=80), nullable=False, comment="the source"),
        sa.Column("digest", sa.String(length=32), nullable=False, comment="fingerprint of the events that were read"),
        sa.Column("state", sa.String(length=10), nullable=False, comment="open, or rejected by an administrator"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it is held, in words"),
        sa.Column("is_complete", sa.Boolean(), nullable=False, comment="whether the source was read whole"),
        sa.Column("difference", sa.Text(), nullable=False, comment="what it would change as JSON, by core.difference"),
        sa.Column("reading", sa.LargeBinary(), nullable=True, comment="core.codec.reading_text, compressed by zlib; NULL once rejected"),
        sa.Column("times_seen", sa.Integer(), nullable=False, comment="how many refreshes said the same in a row"),
        sa.Column("made_at", sa.BigInteger(), nullable=False, comment="the first of them"),
        sa.Column("seen_at", sa.BigInteger(), nullable=False, comment="the last of them, or when it was rejected"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        comment="refreshes that would have done too much, kept for a person's word",
    )
    op.create_index("ix_hold_source_id_digest", "hold", ["source_id", "digest"], unique=True)
