"""The tables of sharing: bundles, and how many calendars fetch which feed. In none of them stands an address.

bundle            a feed that somebody saved under a short name
bundle_change     how many bundles one visitor made or changed in an hour, for the limit
calendar_fetch    one row for each feed, client family and day
daily_key         the key under which visitors are hashed that day; gone when the day is over
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from feedsvc.store.types import Instant, metadata

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

__all__ = ["bundle", "bundle_change", "calendar_fetch", "daily_key", "metadata"]
