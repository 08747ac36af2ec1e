"""Retention of what would grow without bound: editions, departures, and the bodies of events that left the feeds.

Runs and captures are bounded where they are written, and so are the past states of events. An event's UID, SEQUENCE and
LAST-MODIFIED are never forgotten: one that is listed again goes on under its UID.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from feedsvc.core import serialize
from feedsvc.store.provenance import Provenance
from feedsvc.store.schema import departure, edition, event

KEPT = timedelta(days=400)
MOST_AT_ONCE = 500
"""Events whose bodies are cut within one transaction."""
_REDUCED = ""
"""In the place of the fingerprint of an event whose body was cut."""


class Retention:
    """Forgets within one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def forget(self, now: datetime) -> bool:
        """Forget what is older than 400 days. Returns whether there is more to forget."""
        before = now - KEPT
        last = select(func.max(edition.c.number)).scalar_subquery()
        self._connection.execute(delete(edition).where(edition.c.made_at < before, edition.c.number < last))
        # No feed's LAST-MODIFIED is before the fingerprint's time, so what left before that tells nothing any more.
        told = min(int(before.timestamp()), Provenance(self._connection).fingerprint_at())
        self._connection.execute(delete(departure).where(departure.c.left_at < told))
        return self._cut_bodies(before) == MOST_AT_ONCE

    def _cut_bodies(self, before: datetime) -> int:
        """Leave of events that left long ago what they were called, where and when, without their texts."""
        old = (event.c.dropped_at < before) & (event.c.rendering != _REDUCED)
        rows = self._connection.execute(select(event.c.id, event.c.body).where(old).limit(MOST_AT_ONCE)).all()
        for row in rows:
            whole = serialize.event_of(row.body)
            bare = replace(whole, description="", location="", host="", listed="", findings=())
            cut = {"body": serialize.event_text(bare), "rendering": _REDUCED}
            self._connection.execute(update(event).where(event.c.id == row.id).values(**cut))
        return len(rows)
