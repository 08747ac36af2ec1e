"""The tables of holds. Every column's comment tells its unit; instants are whole seconds since 1970 UTC.

hold ──< hold_change       changes that wait, by cause, each event with its two states and what was decided about it
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from feedsvc.store.types import BYTEWISE, ROW_ID, Instant, LongText, ShortText, metadata

hold = Table(
    "hold",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number, known to people"),
    Column("source_id", String(80), comment="the source; NULL: of no single source"),
    Column("cause", String(20), nullable=False, comment="missing, change, or served"),
    Column("reason", LongText(), nullable=False, comment="the common factor, in words"),
    Column("cures", Text, comment="settings under which the held changes vanish, as JSON; NULL: not tried"),
    Column("made_at", Instant, nullable=False, comment="when the first of its changes was held"),
    Column("seen_at", Instant, nullable=False, comment="the last reading that said so"),
    Column("ended_at", Instant, comment="when the last of its changes was decided; NULL while it is open"),
    Index("ix_hold_source_id_ended_at", "source_id", "ended_at"),
    comment="changes that wait for a person's decision or for time",
)

hold_change = Table(
    "hold_change",
    metadata,
    Column("hold_id", ROW_ID, ForeignKey("hold.id"), primary_key=True, comment="the hold"),
    Column("uid", BYTEWISE, primary_key=True, comment="the event's UID"),
    Column(
        "fate", String(80), nullable=False, comment="missing, keys of core.mass_change.FIELDS joined by +, or served"
    ),
    Column("before", LongText(), nullable=False, comment="the event as it is, as JSON by core.serialize.event_text"),
    Column("after", LongText(), comment="the event as it would be, as JSON; NULL: it is no longer listed"),
    Column("after_digest", String(32), comment="fingerprint of what would be visible; NULL: it is no longer listed"),
    Column("first_at", Instant, nullable=False, comment="the first reading that said so"),
    Column("seen_at", Instant, nullable=False, comment="the last reading that said so"),
    Column(
        "observed_seconds",
        BigInteger,
        nullable=False,
        comment="time over which readings said so, each gap at most twice the source's pace",
    ),
    Column("times_seen", Integer, nullable=False, comment="readings in a row that said so of this event"),
    Column("decision", String(10), comment="kept, applied or believed; NULL while it waits"),
    Column("by", ShortText(120), comment="who decided; NULL: time, or nobody yet"),
    Column("at", Instant, comment="when it was decided; NULL while it waits"),
    Index("ix_hold_change_uid", "uid"),
    comment="one event of a hold",
)
