"""The tables of counts: what each feed holds, by day, kept by the transaction that changes it, so that no page counts.

A *total* is of a facet, or of a facet and its *twin*: one of another group of dimensions that an event has as well.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, text

from feedsvc.store.dialects import ROW_ID, metadata

occurrence = Table(
    "occurrence",
    metadata,
    Column("event_id", ROW_ID, ForeignKey("event.id"), primary_key=True, autoincrement=False, comment="the event"),
    Column("source_id", String(80), nullable=False, comment="the source it is counted for"),
    Column("first_day", Integer, nullable=False, comment="its first day at its place, in days since 1970"),
    Column("last_day", Integer, nullable=False, comment="the last day on which lists show it"),
    Column("ends_at", BigInteger, nullable=False, comment="its end as published, in seconds since 1970 UTC; exclusive"),
    Column("bytes", Integer, nullable=False, comment="length of its VEVENT"),
    Column("series", BigInteger, comment="what occurrences of a series share, by core.occurrences; NULL for none"),
    Column("repeats", Boolean, nullable=False, comment="whether it is one of a series"),
    Index("ix_occurrence_ends_at", "ends_at"),
    Index("ix_occurrence_series", "series"),
    Index("ix_occurrence_repeats", "ends_at", sqlite_where=text("repeats = 1"), postgresql_where=text("repeats")),
    Index(
        "ix_occurrence_several_days",
        "last_day",
        sqlite_where=text("last_day > first_day"),
        postgresql_where=text("last_day > first_day"),
    ),
    comment="what counts of each event that is in feeds: its days, its end, its size, its series",
)

feed_total = Table(
    "feed_total",
    metadata,
    Column("facet_id", ROW_ID, ForeignKey("facet.id"), primary_key=True, comment="the facet"),
    Column("twin_id", ROW_ID, primary_key=True, comment="a facet of another group that its events have too; 0: any"),
    Column("source_id", String(80), primary_key=True, comment="the source of the events"),
    Column("events", Integer, nullable=False, comment="events in feeds"),
    Column("bytes", BigInteger, nullable=False, comment="length of their VEVENTs together"),
    Column("changed_at", BigInteger, nullable=False, comment="last change or departure, in seconds since 1970 UTC"),
    comment="what feeds of one facet, and of two that meet in an event, hold of each source; rows stay when they are 0",
    sqlite_with_rowid=False,
)

daily_total = Table(
    "daily_total",
    metadata,
    Column("facet_id", ROW_ID, ForeignKey("facet.id"), primary_key=True, comment="the facet"),
    Column("twin_id", ROW_ID, primary_key=True, comment="as in feed_total"),
    Column("day", Integer, primary_key=True, autoincrement=False, comment="days since 1970"),
    Column("events", Integer, nullable=False, comment="events on that day, at their places"),
    Column("repeating", Integer, nullable=False, comment="those of them that are of series"),
    Column("starts", Integer, nullable=False, comment="events whose first day it is"),
    Column("units", Integer, nullable=False, comment="the same, a series with its first occurrence alone"),
    Column(
        "ends",
        Integer,
        nullable=False,
        comment="events that end on that day UTC, a series with its last occurrence alone",
    ),
    Column("bytes", BigInteger, nullable=False, comment="length of the VEVENTs of starts"),
    comment="the same by day; two facets only where pages count them, so no year",
    sqlite_with_rowid=False,
)

monthly_total = Table(
    "monthly_total",
    metadata,
    Column("facet_id", ROW_ID, ForeignKey("facet.id"), primary_key=True, comment="the facet"),
    Column("twin_id", ROW_ID, primary_key=True, comment="as in feed_total"),
    Column("month", Integer, primary_key=True, autoincrement=False, comment="12 times the year, and 0 to 11"),
    Column("starts", Integer, nullable=False, comment="sum of daily_total.starts"),
    Column("units", Integer, nullable=False, comment="sum of daily_total.units"),
    Column("ends", Integer, nullable=False, comment="sum of daily_total.ends"),
    comment="sums of daily_total, so that what is coming is a few rows however far ahead it lies",
    sqlite_with_rowid=False,
)
