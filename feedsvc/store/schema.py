"""The tables. Every column's comment tells its unit and where it comes from; instants are whole seconds since 1970 UTC.

event ──< membership >── facet        what a feed is read from: (facet, start, event) and the event's VEVENT bytes
event ──1 fragment                    the bytes apart from the rest, so that reading a feed touches nothing else
event ──< finding >── source          doubts about one event, or about a source as a whole
edition                               one row for each committed change of what people can see
refresh_run                           one row for each refresh, whatever came of it
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as whole seconds since 1970 UTC: the same number in every database and zone."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuses a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value} can not be stored")
        return int(value.timestamp())

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Gives aware datetimes in UTC."""
        return None if value is None else datetime.fromtimestamp(value, UTC)


ROW_ID = BigInteger().with_variant(Integer, "sqlite")
BYTEWISE = Text().with_variant(Text(collation="C"), "postgresql")
"""Sorted by bytes in both databases, so that a feed has one order."""

meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True, comment="name of the fact"),
    Column("value", Text, nullable=False, comment="its value as text"),
    comment="facts about the store itself: founded_at (seconds since 1970 UTC)",
)

source = Table(
    "source",
    metadata,
    Column("id", String(80), primary_key=True, comment="id in config/sources.toml"),
    Column("reading_digest", String(64), comment="fingerprint of the last applied reading and of the rules it was read by"),
    Column("refreshed_at", Instant, comment="start of the last good refresh; NULL until the first"),
    Column("tried_at", Instant, comment="start of the last refresh, good or not; NULL until the first"),
    Column("last_error", Text, comment="why the last refresh failed, in words; NULL when it was good"),
    comment="what the store knows of a source; how it is configured stands in the configuration",
)

event = Table(
    "event",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number, known to nobody outside"),
    Column("uid", BYTEWISE, nullable=False, unique=True, comment="RFC 5545 UID, given once, never changed"),
    Column("public_id", String(64), nullable=False, unique=True, comment="the UID before its at sign; in addresses"),
    Column("source_id", String(80), nullable=False, index=True, comment="the source that lists it"),
    Column("summary", Text, nullable=False, comment="what it is called; also in the body"),
    Column("body", Text, nullable=False, comment="the event as JSON, by core.codec.event_text"),
    Column("digest", String(32), nullable=False, comment="fingerprint of what is visible, by core.codec.visible_digest"),
    Column("sequence", Integer, nullable=False, comment="RFC 5545 SEQUENCE: number of visible changes"),
    Column("created_at", Instant, nullable=False, comment="first seen; RFC 5545 CREATED"),
    Column("modified_at", Instant, nullable=False, comment="last visible change; LAST-MODIFIED and DTSTAMP"),
    Column("start_at", Instant, nullable=False, comment="start; an all-day event's first day at midnight UTC"),
    Column("end_at", Instant, comment="exclusive end; NULL where not known"),
    Column("misses", Integer, nullable=False, comment="complete refreshes in a row that no longer listed it"),
    Column("cancelled_at", Instant, comment="when it was cancelled for being missing; NULL when not"),
    Column("dropped_at", Instant, comment="when its tombstone left the feeds; NULL while it is in them"),
    Column("moved_from", Text, comment="its span before the last move as JSON; NULL after 14 days"),
    Column("moved_at", Instant, comment="when the last move was noticed; NULL after 14 days"),
    Column("edition", BigInteger, nullable=False, comment="edition of its last visible change"),
    Index("ix_event_start_at", "start_at"),
    comment="every event ever seen, with its identity and history",
)

fragment = Table(
    "fragment",
    metadata,
    Column("event_id", ROW_ID, ForeignKey("event.id"), primary_key=True, autoincrement=False, comment="the event"),
    Column("uid", BYTEWISE, nullable=False, comment="its UID, for the order of feeds"),
    Column("modified_at", BigInteger, nullable=False, comment="its LAST-MODIFIED, in seconds since 1970 UTC"),
    Column("rendering", String(32), nullable=False, comment="fingerprint of the settings that shaped the bytes"),
    Column("vevent", LargeBinary, nullable=False, comment="the finished VEVENT, folded, with CRLF; checked"),
    comment="one VEVENT for each event that is in feeds; an event that can not be written has none",
)

facet = Table(
    "facet",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number"),
    Column("dimension", String(40), nullable=False, comment="name of the dimension; 'all' for the feed of everything"),
    Column("value", String(80), nullable=False, comment="value in addresses; empty for 'all'"),
    Column("label", Text, nullable=False, comment="English name, as first seen"),
    Column("revision", BigInteger, nullable=False, comment="edition that last touched an event of this facet"),
    UniqueConstraint("dimension", "value"),
    comment="every value that any event ever had; never deleted, so that no address dies",
)

membership = Table(
    "membership",
    metadata,
    Column("facet_id", ROW_ID, ForeignKey("facet.id"), primary_key=True, comment="the facet"),
    Column("start_at", BigInteger, primary_key=True, comment="the event's start, in seconds since 1970 UTC"),
    Column("event_id", ROW_ID, ForeignKey("event.id"), primary_key=True, comment="the event"),
    Index("ix_membership_event_id", "event_id"),
    comment="which events are in which facet's feed, in the order of feeds",
    sqlite_with_rowid=False,
)

departure = Table(
    "departure",
    metadata,
    Column("facet_id", ROW_ID, ForeignKey("facet.id"), primary_key=True, comment="a facet the event had before"),
    Column("event_id", ROW_ID, ForeignKey("event.id"), primary_key=True, comment="the event"),
    Column("left_at", BigInteger, primary_key=True, comment="when it lost a facet or left, in seconds since 1970 UTC"),
    comment="events that left feeds, with all the facets they had: a deletion moves a feed's LAST-MODIFIED too",
    sqlite_with_rowid=False,
)

edition = Table(
    "edition",
    metadata,
    Column("number", ROW_ID, primary_key=True, autoincrement=True, comment="1, 2, 3 … in order of commit"),
    Column("made_at", Instant, nullable=False, comment="when it was committed"),
    Column("source_id", String(80), nullable=False, comment="the source whose refresh made it"),
    comment="committed changes of what people can see",
)

finding = Table(
    "finding",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number"),
    Column("source_id", String(80), nullable=False, index=True, comment="the source"),
    Column("event_id", ROW_ID, ForeignKey("event.id"), index=True, comment="the event; NULL: the source as a whole"),
    Column("code", String(40), nullable=False, comment="a key of core.findings.MEANINGS"),
    Column("detail", Text, nullable=False, comment="the value in question"),
    Column("line", Integer, comment="line of the source's text, counted from 1; NULL where it has none"),
    comment="doubts about the data, kept and shown, never silently repaired",
)

refresh_run = Table(
    "refresh_run",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number"),
    Column("source_id", String(80), nullable=False, index=True, comment="the source"),
    Column("started_at", Instant, nullable=False, comment="when it began"),
    Column("took_ms", Integer, nullable=False, comment="how long it took, in milliseconds"),
    Column("outcome", String(20), nullable=False, comment="applied, unchanged, held or failed"),
    Column("message", Text, comment="why it failed or was held, in words"),
    Column("fetched_bytes", BigInteger, nullable=False, comment="bytes read from the source"),
    Column("listings", Integer, nullable=False, comment="listings read"),
    Column("new", Integer, nullable=False, comment="events that are new"),
    Column("changed", Integer, nullable=False, comment="events that changed visibly"),
    Column("missing", Integer, nullable=False, comment="events that are missing, not yet cancelled"),
    Column("cancelled", Integer, nullable=False, comment="events cancelled for being missing"),
    Column("returned", Integer, nullable=False, comment="cancelled events that the source lists again"),
    Column("rejected", Integer, nullable=False, comment="listings that could not become events"),
    Column("findings", Integer, nullable=False, comment="findings of the source and its events after it"),
    Column("edition", BigInteger, comment="the edition it made; NULL when nothing visible changed"),
    comment="every refresh, whatever came of it",
)
