"""The tables of events and feeds. Every column's comment tells its unit and where it comes from; instants are whole
seconds since 1970 UTC. What the work on sources needs stands in `schema_work`.

event ──< membership >── facet        what a feed is read from: (facet, start, event) and the event's VEVENT bytes
event ──1 fragment                    the bytes apart from the rest, so that reading a feed touches nothing else
event ──< finding >── source          doubts about one event, or about a source as a whole
edition                               one row for each committed change of what people can see
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from feedsvc.store.types import BYTEWISE, ROW_ID, Instant, Words, metadata

meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True, comment="name of the fact"),
    Column("value", Text, nullable=False, comment="its value as text"),
    comment="facts about the store itself: founded_at (seconds since 1970 UTC)",
)

event = Table(
    "event",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number, known to nobody outside"),
    Column("uid", BYTEWISE, nullable=False, unique=True, comment="RFC 5545 UID, given once, never changed"),
    Column("public_id", String(64), nullable=False, unique=True, comment="the UID before its at sign; in addresses"),
    Column("source_id", String(80), nullable=False, index=True, comment="the source that lists it"),
    Column("summary", Words(), nullable=False, comment="what it is called; also in the body"),
    Column("body", Words(), nullable=False, comment="the event as JSON, by core.codec.event_text"),
    Column("digest", String(32), nullable=False, comment="fingerprint of what is visible, core.codec.visible_digest"),
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
    Column("rendering", String(32), nullable=False, comment="fingerprint of the settings it was last written with"),
    Index("ix_event_start_at", "start_at"),
    comment="every event ever seen, with its identity and history",
)

fragment = Table(
    "fragment",
    metadata,
    Column("event_id", ROW_ID, ForeignKey("event.id"), primary_key=True, autoincrement=False, comment="the event"),
    Column("uid", BYTEWISE, nullable=False, comment="its UID, for the order of feeds"),
    Column("modified_at", BigInteger, nullable=False, comment="its LAST-MODIFIED, in seconds since 1970 UTC"),
    Column("vevent", LargeBinary, nullable=False, comment="the finished VEVENT, folded, with CRLF; checked"),
    comment="one VEVENT for each event that is in feeds; an event that can not be written has none",
)

facet = Table(
    "facet",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number"),
    Column("dimension", String(40), nullable=False, comment="name of the dimension; 'all' for the feed of everything"),
    Column("value", String(80), nullable=False, comment="value in addresses; empty for 'all'"),
    Column("label", Words(), nullable=False, comment="English name, as first seen"),
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
    Column("detail", Words(), nullable=False, comment="the value in question"),
    Column("line", Integer, comment="line of the source's text, counted from 1; NULL where it has none"),
    comment="doubts about the data, kept and shown, never silently repaired",
)
