"""Events in the store: at a glance (marks), whole (records), for pages (by feed, by id)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, text, update

from feedsvc.core import serialize
from feedsvc.core.changes import Mark
from feedsvc.core.model import Event, Record
from feedsvc.store.dialects import chunks
from feedsvc.store.schema import AWAITING, event, facet, fragment, membership, merge

_LONG = timedelta(days=32)
"""How long before a listing an event may have begun that it means."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The events that a source lists at `now`, each with its visible digest; `names` gives the UIDs of an identity,
    apart for each id that the source ever had.
    """

    events: Sequence[tuple[str, Event]]
    now: datetime
    names: Callable[[str], Iterable[Iterator[str]]]


@dataclass(frozen=True, slots=True)
class StaleEvent:
    """An event as it was last written: its row number, its VEVENT (None: it could not be written), its facets."""

    row: int
    record: Record
    vevent: bytes | None
    facets: set[tuple[str, str]]
    own_event: Event | None = None


class Events:
    """Events of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def marks(self, source_id: str, listed: Listed) -> list[Mark]:
        """The records of a source that a reading may mean, or that wait for something, at a glance; dropped ones too.

        Those are what looks as it is listed, what lies ahead or ended not long before the earliest listing that looks
        otherwise, and what has one of its UIDs. What is past and not listed is left where it is, however much it is.
        """
        own = event.c.source_id == source_id
        alike = chunks([digest for digest, _ in listed.events])
        found = self._marks(source_id, (own & event.c.digest.in_(part) for part in alike))
        known = {mark.digest for mark in found.values()}
        others = [one for digest, one in listed.events if digest not in known]
        earliest = min((listed.now, *(one.span.start for one in others)))
        found |= self._marks(source_id, [own & (event.c.start_at >= earliest - _LONG), own & text(AWAITING)])
        taken = {mark.uid for mark in found.values()}
        names = [uids for one in others for uids in listed.names(one.identity)]
        while names:
            # Of each identity the first UID; where that is given, the second, and so on.
            asked = {next(uids): uids for uids in names}
            # By the UID alone: with the source beside it, SQLite would read all that the source ever had.
            more = self._marks(source_id, (event.c.uid.in_(part) for part in chunks(tuple(asked.keys() - taken))))
            found |= more
            taken |= {mark.uid for mark in more.values()}
            names = [uids for uid, uids in asked.items() if uid in taken]
        return [found[row] for row in sorted(found)]

    def _marks(self, source_id: str, conditions: Iterable[ColumnElement[bool]]) -> dict[int, Mark]:
        """Row number → record at a glance, of those that meet any of the conditions."""
        own = (event.c.id, event.c.uid, event.c.digest, event.c.start_at, event.c.misses, event.c.cancelled_at)
        is_folded = select(merge.c.event_id).where(merge.c.event_id == event.c.id).exists()
        columns = select(*own, event.c.dropped_at, event.c.moved_at, event.c.unread, event.c.source_id, is_folded)
        rows = (row for condition in conditions for row in self._connection.execute(columns.where(condition)))
        return {
            row: Mark(
                *(uid, digest, start, misses, cancelled_at, dropped_at is not None and not folded, moved_at, unread),
                is_foreign=source != source_id,
            )
            for row, uid, digest, start, misses, cancelled_at, dropped_at, moved_at, unread, source, folded in rows
        }

    def records(self, uids: Iterable[str]) -> dict[str, Record]:
        """UID → record as its own source lists it, for those of the UIDs that exist."""
        found = {}
        for part in chunks(tuple(uids)):
            for row in self._connection.execute(select(event).where(event.c.uid.in_(part))):
                found[row.uid] = own_record_of(row)
        return found

    def of_source(
        self,
        source_id: str,
        *,
        start_after: datetime | None = None,
        cancelled_at: datetime | None = None,
        cancelled_before: datetime | None = None,
    ) -> list[Record]:
        """The records of a source as it lists them, in feeds or folded into others', that meet what is given."""
        is_folded = select(merge.c.event_id).where(merge.c.event_id == event.c.id).exists()
        own = (event.c.source_id == source_id) & (event.c.dropped_at.is_(None) | is_folded)
        if start_after is not None:
            own &= event.c.start_at > start_after
        if cancelled_at is not None:
            own &= event.c.cancelled_at == cancelled_at
        if cancelled_before is not None:
            own &= (event.c.cancelled_at <= cancelled_before) & event.c.dropped_at.is_(None)
        return [own_record_of(row) for row in self._connection.execute(select(event).where(own).order_by(event.c.id))]

    def sources_with_tombstones(self, before: datetime) -> set[str]:
        """The sources of events that were cancelled for being missing at or before that moment and are in feeds."""
        own = (event.c.cancelled_at <= before) & event.c.dropped_at.is_(None)
        return set(self._connection.execute(select(event.c.source_id).where(own).distinct()).scalars())

    def stale(self, fingerprint: str, after: int, limit: int) -> list[StaleEvent]:
        """Events in feeds that were written by another fingerprint, by row number, from beyond `after` on."""
        own = (event.c.id > after) & event.c.dropped_at.is_(None) & (event.c.rendering != fingerprint)
        query = select(event, fragment.c.vevent).select_from(event.outerjoin(fragment)).where(own)
        rows = self._connection.execute(query.order_by(event.c.id).limit(limit)).all()
        facets: dict[int, set[tuple[str, str]]] = {row.id: set() for row in rows}
        joined = membership.join(facet, facet.c.id == membership.c.facet_id)
        columns = select(membership.c.event_id, facet.c.dimension, facet.c.value).select_from(joined)
        for part in chunks(tuple(facets)):
            for event_id, *found in self._connection.execute(columns.where(membership.c.event_id.in_(part))):
                facets[event_id].add((found[0], found[1]))
        return [
            StaleEvent(
                row.id,
                record_of(row),
                None if row.vevent is None else bytes(row.vevent),
                facets[row.id],
                None if row.source_body is None else serialize.event_of(row.source_body),
            )
            for row in rows
        ]

    def count_stale(self, fingerprint: str) -> int:
        """Count the events in feeds that were written by another fingerprint."""
        own = event.c.dropped_at.is_(None) & (event.c.rendering != fingerprint)
        return int(self._connection.execute(select(func.count()).select_from(event).where(own)).scalar_one())

    def confirm(self, rows: Sequence[int], fingerprint: str) -> None:
        """Note that events are written as this fingerprint writes them."""
        for part in chunks(rows):
            self._connection.execute(update(event).where(event.c.id.in_(part)).values(rendering=fingerprint))

    def by_row(self, event_ids: Sequence[int]) -> dict[int, Record]:
        """Row number → record."""
        return {
            row.id: record_of(row)
            for part in chunks(event_ids)
            for row in self._connection.execute(select(event).where(event.c.id.in_(part)))
        }

    def by_public_id(self, public_id: str) -> Record | None:
        """The record with this public id, dropped ones too; None when there never was one.

        Of an event that was folded into another one it is that other one.
        """
        row = self._connection.execute(select(event).where(event.c.public_id == public_id)).first()
        if row is None:
            return None
        first = select(event).select_from(merge.join(event, event.c.id == merge.c.first_id))
        found = self._connection.execute(first.where(merge.c.event_id == row.id)).first()
        return record_of(row if found is None else found)

    def all(self, source_id: str | None = None) -> Iterator[Record]:
        """Every record that is in feeds, in the order they were first listed."""
        query: Select[Any] = select(event).where(event.c.dropped_at.is_(None)).order_by(event.c.id)
        if source_id is not None:
            query = query.where(event.c.source_id == source_id)
        return (record_of(row) for row in self._connection.execute(query))


def own_record_of(row: Row[Any]) -> Record:
    """A record as its own source lists it, without what was filled from others."""
    record = record_of(row)
    return record if row.source_body is None else replace(record, event=serialize.event_of(row.source_body))


def own_columns(published: Event, own: Event | None) -> dict[str, Any]:
    """The columns that say what an event's own source lists."""
    body = None if own is None else serialize.event_text(own)
    return {"source_body": body, "digest": serialize.visible_digest(own or published)}


def record_of(row: Row[Any]) -> Record:
    """A record from a whole row of the event table."""
    return Record(
        uid=row.uid,
        source_id=row.source_id,
        event=serialize.event_of(row.body),
        sequence=row.sequence,
        created=row.created_at,
        modified=row.modified_at,
        misses=row.misses,
        cancelled_at=row.cancelled_at,
        moved_from=None if row.moved_from is None else serialize.span_of(json.loads(row.moved_from)),
        moved_at=row.moved_at,
        unread=row.unread,
        unread_since=row.unread_since,
        unconfirmed_at=row.unconfirmed_at,
        listed_at=row.listed_at,
        held=row.held is not None,
        held_span=None if row.held in (None, "null") else serialize.span_of(json.loads(row.held)),
    )


def row_of(record: Record) -> dict[str, Any]:
    """The columns of the event table that a record decides, without `edition`, `dropped_at` and `rendering`."""
    moved_from = None if record.moved_from is None else json.dumps(serialize.span_values(record.moved_from))
    span = record.held_span
    return {
        "uid": record.uid,
        "public_id": record.id,
        "source_id": record.source_id,
        "summary": record.event.summary,
        "body": serialize.event_text(record.event),
        "digest": serialize.visible_digest(record.event),
        "sequence": record.sequence,
        "created_at": record.created,
        "modified_at": record.modified,
        "start_at": record.event.span.start,
        "end_at": record.event.span.end,
        "misses": record.misses,
        "cancelled_at": record.cancelled_at,
        "moved_from": moved_from,
        "moved_at": record.moved_at,
        "unread": record.unread,
        "unread_since": record.unread_since,
        "unconfirmed_at": record.unconfirmed_at,
        "status": record.status.value,
        "listed_at": record.listed_at,
        "held": None if not record.held else json.dumps(span and serialize.span_values(span)),
    }
