"""Events and records for tests, alike but for what is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from feedsvc.core.changes import Mark
from feedsvc.core.model import Event, Record
from feedsvc.core.serialize import visible_digest
from feedsvc.core.timespan import Timespan

NOW = datetime(2024, 5, 20, 9, 0, tzinfo=UTC)


def span(days: float = 7, hours: float = 1) -> Timespan:
    """A span that many days after NOW."""
    start = NOW + timedelta(days=days)
    return Timespan.timed(start, start + timedelta(hours=hours), "UTC")


def event(title: str | None = "Open day", days: float = 7, **more: Any) -> Event:
    """An event that many days after NOW."""
    given = {"countries": ("cl",), "themes": ("Civic Space",), "places": (), "span": span(days), **more}
    return Event(given.pop("identity", f"listing:{title}@{days}"), title, title or "untitled", **given)


def record(of: Event | None = None, uid: str | None = None, **more: Any) -> Record:
    """A record of an event, made ten days before NOW."""
    of = of or event()
    born = NOW - timedelta(days=10)
    return replace(Record(uid or f"{of.title}@test", "source", of, 0, born, born), **more)


def mark(one: Record, *, dropped: bool = False) -> Mark:
    """A record as the store would know it at a glance."""
    digest = visible_digest(one.event)
    return Mark(one.uid, digest, one.event.span.start, one.misses, one.cancelled_at, dropped, one.moved_at)
