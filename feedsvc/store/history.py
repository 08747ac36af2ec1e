"""The past of events: a row for each state that an event had since its first change, kept for 400 days.

An event that never changed has no row. Pages, feeds of changes and undo read it here; `versions` writes it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any

from sqlalchemy import Connection, Row, select, union

from feedsvc.core import serialize
from feedsvc.core.model import Event, EventStatus
from feedsvc.store.dialects import chunks
from feedsvc.store.events import record_of
from feedsvc.store.feed_query import Wanted, chosen, events_of, groups_of, parameters
from feedsvc.store.schema import departure, event, event_version


@dataclass(frozen=True, slots=True)
class EventState:
    """An event as it was published at one time. `status` is the published one."""

    event: Event
    status: EventStatus
    sequence: int


@dataclass(frozen=True, slots=True)
class EventChange:
    """One visible change of one event.

    `kind` is the value of a ChangeKind: new, changed, cancelled, returned or dropped. `fields` are the names of what
    differs between `before` (None for a new event) and `after`. `cause` is "run" (the refresh that made `edition`) or
    "action" (then `cause_id` is its number).
    """

    uid: str
    edition: int
    at: datetime
    kind: str
    fields: tuple[str, ...]
    before: EventState | None
    after: EventState
    cause: str = "run"
    cause_id: int | None = None


class History:
    """The past of events, of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_event(self, uid: str) -> list[EventChange]:
        """Every change of an event that is remembered, the newest first; its first listing last."""
        row = self._connection.execute(select(event).where(event.c.uid == uid)).first()
        return [] if row is None else self._changes([row])

    def changed_since(self, wanted: Wanted, since: datetime, limit: int) -> list[EventChange]:
        """The last changes of a feed's events at or after `since`, the newest first; of those that left it, too."""
        groups = groups_of(self._connection, wanted)
        if groups is None:
            return []
        named, shape = parameters(groups)
        left = chosen(shape, departure, departure.c.left_at, departure, departure.c.event_id).params(named)
        own = union(select(events_of(groups).c.event_id), left).subquery("own")
        members = select(own.c.event_id)
        touched = select(event_version.c.event_id).where(event_version.c.at >= since)
        recent = event.c.id.in_(touched) | (event.c.created_at >= since)
        query = select(event).where(event.c.id.in_(members), recent)
        newest = query.order_by(event.c.modified_at.desc(), event.c.uid).limit(limit)
        changes = [one for one in self._changes(self._connection.execute(newest).all()) if one.at >= since]
        return sorted(changes, key=lambda one: (one.at, one.edition), reverse=True)[:limit]

    def _changes(self, rows: Sequence[Row[Any]]) -> list[EventChange]:
        """The changes of whole rows of the event table, event by event, the newest first."""
        versions: dict[int, list[Row[Any]]] = {}
        for part in chunks([row.id for row in rows]):
            query = select(event_version).where(event_version.c.event_id.in_(part))
            found = self._connection.execute(query.order_by(event_version.c.event_id, event_version.c.edition))
            versions.update((event_id, list(group)) for event_id, group in groupby(found, lambda one: one.event_id))
        return [one for row in rows for one in _changes_of(row, versions.get(row.id, []))]


def _changes_of(row: Row[Any], versions: list[Row[Any]]) -> list[EventChange]:
    record = record_of(row)
    first = _state(versions[0]) if versions else EventState(record.event, record.status, record.sequence)
    number = versions[0].edition if versions else row.edition
    changes = [EventChange(record.uid, number, record.created, "new", (), None, first)]
    for before, after in pairwise(versions):
        fields = tuple(after.fields.split(",")) if after.fields else ()
        cause = (after.cause, after.cause_id)
        states = (_state(before), _state(after))
        changes.append(EventChange(record.uid, after.edition, after.at, after.kind, fields, *states, *cause))
    return changes[::-1]


def _state(row: Row[Any]) -> EventState:
    body = zlib.decompress(row.body).decode("utf-8", "surrogatepass")
    return EventState(serialize.event_of(body), EventStatus(row.status), row.sequence)
