"""The tables. Every column's comment tells its unit and where it comes from; instants are whole seconds since 1970 UTC.

event ──< membership >── facet        what a feed is read from: (facet, start, event) and the event's VEVENT bytes
event ──1 fragment                    the bytes apart from the rest, so that reading a feed touches nothing else
event ──< finding >── source          doubts about one event, or about a source as a whole
occurrence, feed_total, …             what feeds hold, counted when it changes: `totals_schema`
edition                               one row for each committed change of what people can see
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
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
    text,
)

from feedsvc.store.dialects import BYTEWISE, ROW_ID, Instant, LongText, ShortText, metadata

meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True, comment="name of the fact"),
    Column("value", Text, nullable=False, comment="its value as text"),
    comment="facts about the store itself: founded_at (seconds since 1970 UTC)",
)

AWAITING = "(misses > 0 OR unread > 0 OR moved_at IS NOT NULL OR (cancelled_at IS NOT NULL AND dropped_at IS NULL))"
"""Events about which time alone decides something; word for word as their index has it, so that it is used."""

event = Table(
    "event",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number, known to nobody outside"),
    Column("uid", BYTEWISE, nullable=False, unique=True, comment="RFC 5545 UID, given once, never changed"),
    Column("public_id", String(64), nullable=False, unique=True, comment="the UID before its at sign; in addresses"),
    Column("source_id", String(80), nullable=False, comment="the source that lists it"),
    Column("summary", LongText(), nullable=False, comment="what it is called; also in the body"),
    Column("body", LongText(), nullable=False, comment="the event as JSON, by core.codec.event_text"),
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
    Column(
        "status",
        String(10),
        nullable=False,
        server_default="confirmed",
        comment="what is published: confirmed, tentative or cancelled",
    ),
    Column(
        "listed_at",
        Instant,
        comment="last whole reading that listed it; NULL while it is listed, and where its going was confirmed",
    ),
    Column(
        "held",
        Text,
        comment="the span its description names as what the source says now, as JSON (null: not listed); "
        "NULL without a doubt",
    ),
    Column("edition", BigInteger, nullable=False, comment="edition of its last visible change"),
    Column("rendering", String(32), nullable=False, comment="fingerprint of the settings it was last written with"),
    Column("unread", Integer, nullable=False, server_default="0", comment="readings in a row without a readable date"),
    Column("unread_since", Instant, comment="the first of these readings; NULL while its date can be read"),
    Column("unconfirmed_at", Instant, comment="when it was made tentative for that; NULL when not"),
    Column("source_body", LongText(), comment="the event as its own source lists it; NULL: as in body"),
    Index("ix_event_start_at", "start_at"),
    Index("ix_event_source_id_start_at", "source_id", "start_at"),
    Index("ix_event_source_id_digest", "source_id", "digest"),
    Index(
        "ix_event_dropped_at",
        "dropped_at",
        sqlite_where=text("dropped_at IS NOT NULL"),
        postgresql_where=text("dropped_at IS NOT NULL"),
    ),
    Index("ix_event_awaiting", "source_id", sqlite_where=text(AWAITING), postgresql_where=text(AWAITING)),
    comment="every event ever seen, with its identity and history",
)

event_version = Table(
    "event_version",
    metadata,
    Column("event_id", ROW_ID, ForeignKey("event.id"), primary_key=True, autoincrement=False, comment="the event"),
    Column("edition", BigInteger, primary_key=True, autoincrement=False, comment="the edition that made this state"),
    Column("at", Instant, nullable=False, comment="when that was"),
    Column("kind", String(20), nullable=False, comment="core.changes.ChangeKind; known: before the first change"),
    Column("fields", Text, nullable=False, comment="names of what differs from the state before, with commas between"),
    Column("body", LargeBinary, nullable=False, comment="the event, by core.serialize.event_text, compressed by zlib"),
    Column("status", String(10), nullable=False, comment="its published status"),
    Column("sequence", Integer, nullable=False, comment="its SEQUENCE"),
    Column("cancelled_at", Instant, comment="when it was cancelled for being missing; NULL when not"),
    Column("dropped_at", Instant, comment="when its tombstone left the feeds; NULL when not"),
    Column("cause", String(10), nullable=False, comment="run (the refresh that made the edition) or action"),
    Column("cause_id", BigInteger, comment="the action; NULL for a run"),
    Index("ix_event_version_at", "at"),
    comment="the states that events had, for 400 days; an event that never changed has none",
)

merge = Table(
    "merge",
    metadata,
    Column("event_id", ROW_ID, ForeignKey("event.id"), primary_key=True, autoincrement=False, comment="folded event"),
    Column("first_id", ROW_ID, ForeignKey("event.id"), nullable=False, index=True, comment="the event it is one with"),
    Column("leader_source", String(80), nullable=False, comment="the source whose words count"),
    Column("by", String(120), nullable=False, comment="who said so: service, or a person"),
    Column("at", Instant, nullable=False, comment="when"),
    comment="events that several sources list: in feeds is the first one alone",
)

not_same = Table(
    "not_same",
    metadata,
    Column("lower_id", ROW_ID, ForeignKey("event.id"), primary_key=True, autoincrement=False, comment="one event"),
    Column("higher_id", ROW_ID, ForeignKey("event.id"), primary_key=True, autoincrement=False, comment="the other one"),
    Column("by", String(120), nullable=False, comment="who said so"),
    Column("at", Instant, nullable=False, comment="when"),
    comment="events that a person said are not one, whatever their words",
)

fragment = Table(
    "fragment",
    metadata,
    Column("event_id", ROW_ID, ForeignKey("event.id"), primary_key=True, autoincrement=False, comment="the event"),
    Column("uid", BYTEWISE, nullable=False, comment="its UID, for the order of feeds"),
    Column("modified_at", BigInteger, nullable=False, comment="its LAST-MODIFIED, in seconds since 1970 UTC"),
    Column("vevent", LargeBinary, nullable=False, comment="the finished VEVENT, folded, with CRLF; checked"),
    comment="one VEVENT for each event that is in feeds; an event that cannot be written has none",
)

facet = Table(
    "facet",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number"),
    Column("dimension", String(40), nullable=False, comment="name of the dimension; 'all' for the feed of everything"),
    Column("value", String(80), nullable=False, comment="value in addresses; empty for 'all'"),
    Column("label", LongText(), nullable=False, comment="English name, as first seen"),
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
    Column("detail", LongText(), nullable=False, comment="the value in question"),
    Column("line", Integer, comment="line of the source's text, counted from 1; NULL where it has none"),
    comment="doubts about the data, kept and shown, never silently repaired",
)

source = Table(
    "source",
    metadata,
    Column("id", String(80), primary_key=True, comment="id in config/sources.toml"),
    Column("reading_digest", String(64), comment="fingerprint of the last applied reading and of its rules"),
    Column("rules_digest", String(64), comment="fingerprint of the rules alone, when it was last refreshed well"),
    Column("refreshed_at", Instant, comment="start of the last good refresh; NULL until the first"),
    Column("tried_at", Instant, comment="start of the last refresh, good or not; NULL until the first"),
    Column(
        "last_error", LongText(), comment="why the last refresh failed or was held, in words; NULL when it was good"
    ),
    Column(
        "moved_to", LongText(), comment="where its address says it has moved for good (301, 308); NULL when it has not"
    ),
    Column("every_seconds", Integer, comment="interval set by an administrator, in seconds; NULL: as configured"),
    Column("due_at", Instant, comment="when it is read next; NULL: at once"),
    Column("turn", Integer, nullable=False, server_default="0", comment="refreshes until now; varies what is spread"),
    Column("failures", Integer, nullable=False, server_default="0", comment="failed refreshes in a row"),
    Column("gone_count", Integer, nullable=False, server_default="0", comment="answers 410 since gone_since"),
    Column("gone_since", Instant, comment="first of the answers 410 that count; NULL without one"),
    Column("partly_read", Integer, nullable=False, server_default="0", comment="readings in a row that were not whole"),
    Column("whole_at", Instant, comment="start of the last whole reading; NULL until the first"),
    Column(
        "lone_strikes",
        Integer,
        nullable=False,
        server_default="0",
        comment="strikes in a row while nothing else was under way",
    ),
    Column("strikes", Integer, nullable=False, server_default="0", comment="attempts in a row that ended nowhere"),
    Column("paused_at", Instant, comment="when it was paused; NULL while it is not"),
    Column("paused_why", LongText(), comment="who or what paused it, in words; NULL while it is not"),
    Column("claimed_by", String(120), comment="who works on it; NULL: nobody"),
    Column("claimed_until", Instant, comment="until when that counts; NULL: nobody"),
    Column(
        "claim_epoch", BigInteger, nullable=False, server_default="0", comment="number of claims; late ones are void"
    ),
    Column("former_ids", JSON, nullable=False, server_default="[]", comment="ids it had before, oldest first"),
    Column("settings", JSON, comment="how it was configured when it was last read well; NULL before version 0.2"),
    comment="what the store knows of a source; how it is configured stands in the configuration",
)

page = Table(
    "page",
    metadata,
    Column("source_id", String(80), primary_key=True, comment="the source"),
    Column("url", Text, primary_key=True, comment="the address as it was asked for"),
    Column("found_at", LongText(), nullable=False, comment="the address after redirects"),
    Column("content_type", LongText(), nullable=False, comment="as the server states it"),
    Column("charset", ShortText(40), comment="as the server states it; NULL when it does not"),
    Column("etag", LongText(), comment="validator, RFC 9110 §8.8.3; NULL without one"),
    Column("last_modified", LongText(), comment="validator as the server wrote it, RFC 9110 §8.8.2; NULL without one"),
    Column("digest", String(32), nullable=False, comment="fingerprint of the content"),
    Column("body", LargeBinary, nullable=False, comment="the content, compressed by zlib"),
    comment="pages that the present events were read from; written in the same transaction as they",
)

capture = Table(
    "capture",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number"),
    Column("source_id", String(80), nullable=False, index=True, comment="the source"),
    Column("run_id", ROW_ID, comment="the refresh that asked last; NULL for what an upgrade found"),
    Column("asked_at", Instant, nullable=False, comment="start of that refresh"),
    Column("digest", String(32), nullable=False, comment="fingerprint of its addresses and contents"),
    Column("bytes", BigInteger, nullable=False, comment="size of its pages as they are kept"),
    comment="what a source sent at a refresh, raw: the last five different ones",
)

capture_page = Table(
    "capture_page",
    metadata,
    Column(
        "capture_id", ROW_ID, ForeignKey("capture.id"), primary_key=True, autoincrement=False, comment="the capture"
    ),
    Column(
        "number", Integer, primary_key=True, autoincrement=False, comment="its place in the order of asking, from 0"
    ),
    Column("address", Text, nullable=False, comment="as asked for, without secrets; empty for the source's own file"),
    Column("found_at", LongText(), nullable=False, comment="the address after redirects, without secrets"),
    Column("content_type", LongText(), nullable=False, comment="as the server states it"),
    Column("charset", ShortText(40), comment="as the server states it; NULL when it does not"),
    Column("blob", String(32), ForeignKey("blob.digest"), nullable=False, index=True, comment="its content"),
    comment="the pages of captures",
)

blob = Table(
    "blob",
    metadata,
    Column("digest", String(32), primary_key=True, comment="fingerprint of the content"),
    Column("body", LargeBinary, nullable=False, comment="the content as it came, compressed by zlib"),
    Column("bytes", BigInteger, nullable=False, comment="size of the body as it is kept"),
    comment="contents of captured pages, each once",
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(40), primary_key=True, comment="what is leased: 'worker'"),
    Column("holder", String(120), nullable=False, comment="the process that has it"),
    Column("epoch", BigInteger, nullable=False, comment="raised by one whenever it changes hands"),
    Column("renewed_at", Instant, nullable=False, comment="when it was last renewed"),
    Column("until", Instant, nullable=False, comment="until when it counts without being renewed"),
    comment="which of several processes leads",
)

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("name", String(40), primary_key=True, comment="what beats: 'worker'"),
    Column("holder", String(120), nullable=False, comment="the process"),
    Column("beat_at", Instant, nullable=False, comment="the last tick"),
    Column("started_at", Instant, nullable=False, comment="when that process began"),
    comment="a sign of life, written by the tick itself",
)

refresh_run = Table(
    "refresh_run",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number"),
    Column("source_id", String(80), nullable=False, comment="the source"),
    Column("started_at", Instant, nullable=False, comment="when it began"),
    Column("took_ms", Integer, nullable=False, comment="how long it took, in milliseconds"),
    Column("outcome", String(20), nullable=False, comment="applied, unchanged, held or failed"),
    Column("message", LongText(), comment="why it failed or was held, in words"),
    Column("fetched_bytes", BigInteger, nullable=False, comment="bytes that came over the network or from a file"),
    Column("listings", Integer, nullable=False, comment="listings read"),
    Column("new", Integer, nullable=False, comment="events that are new"),
    Column("changed", Integer, nullable=False, comment="events that changed visibly"),
    Column("missing", Integer, nullable=False, comment="events that are missing, not yet cancelled"),
    Column("cancelled", Integer, nullable=False, comment="events cancelled for being missing"),
    Column("returned", Integer, nullable=False, comment="cancelled events that the source lists again"),
    Column("dropped", Integer, nullable=False, comment="tombstones that left the feeds"),
    Column("rewritten", Integer, nullable=False, comment="events written anew without having changed"),
    Column("rejected", Integer, nullable=False, comment="listings that could not become events"),
    Column("findings", Integer, nullable=False, comment="findings of the source and its events after it"),
    Column("edition", BigInteger, comment="the edition it made; NULL when nothing visible changed"),
    Column("ledger", JSON(none_as_null=True), comment="core.model.Ledger by field name; NULL before version 0.2"),
    Index("ix_refresh_run_source_id_id", "source_id", "id"),
    comment="every refresh, whatever came of it",
)

bundle = Table(
    "bundle",
    metadata,
    Column("slug", String(63), primary_key=True, comment="its name in addresses, given once, never changed"),
    Column("name", Text, nullable=False, comment="what the calendar is called"),
    Column("path", Text, nullable=False, comment="canonical path of the feed it stands for"),
    Column("secret_hash", LargeBinary, nullable=False, comment="SHA-256 of the secret in its edit link"),
    Column("created_at", Instant, nullable=False, comment="when it was made"),
    Column("changed_at", Instant, nullable=False, comment="last change of name or choice; a new secret link is none"),
    Column("hidden_at", Instant, comment="when an administrator hid it; NULL while it can be seen"),
    Column("removed_at", Instant, comment="when it was removed; NULL while it stands"),
    Column("last_fetched_at", Instant, comment="when a program last fetched it; NULL: never"),
    comment="feeds that people saved under a short name",
)

bundle_change = Table(
    "bundle_change",
    metadata,
    Column("hour", Integer, primary_key=True, autoincrement=False, comment="hours since 1970 UTC"),
    Column("visitor", LargeBinary, primary_key=True, comment="address hashed with the key of the day, 6 bytes"),
    Column("made", Integer, nullable=False, comment="bundles made or changed in this hour"),
    comment="what one visitor made or changed in an hour, for the limit; rows older than a day are deleted",
)

calendar_fetch = Table(
    "calendar_fetch",
    metadata,
    Column("path", String(1000), primary_key=True, comment="canonical path of the feed, without extension"),
    Column("family", String(20), primary_key=True, comment="a key of core.clients.FAMILIES"),
    Column("day", Integer, primary_key=True, autoincrement=False, comment="days since 1970 UTC"),
    Column("fetchers", Integer, nullable=False, comment="different fetchers that day, by core.distinct.count"),
    Column("sketch", LargeBinary, comment="the fetchers as a sketch of core.distinct; NULL when the day is over"),
    Column("fetched_at", Instant, nullable=False, comment="when it was last fetched that day, to the minute"),
    Index("ix_calendar_fetch_day", "day"),
    comment="how many calendar programs fetched a feed; rows older than 30 days are deleted",
)

daily_key = Table(
    "daily_key",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False, comment="days since 1970 UTC"),
    Column("key", LargeBinary, nullable=False, comment="32 random bytes"),
    comment="the key under which visitors are hashed that day; deleted when the day is over",
)

maintenance = Table(
    "maintenance",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number"),
    Column("kind", String(20), nullable=False, comment="backup, copy (before a migration) or restore"),
    Column("made_at", Instant, nullable=False, comment="when it ended"),
    Column("file", LongText(), nullable=False, comment="the backup's file"),
    Column("outcome", LongText(), nullable=False, comment="'done', or why it failed"),
    comment="backups and restores of this store",
)

__all__ = ["bundle", "bundle_change", "calendar_fetch", "daily_key", "metadata"]
