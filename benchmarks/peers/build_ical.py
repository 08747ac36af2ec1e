"""Building with `ical`."""

from __future__ import annotations

from typing import Any

from builder import run
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event, EventStatus
from ical.types import Uri


def make(events: list[dict[str, Any]]) -> Calendar:
    """The calendar of these events."""
    calendar = Calendar()
    calendar.events.extend(_event(event) for event in events)
    return calendar


def _event(event: dict[str, Any]) -> Event:
    return Event(
        uid=event["uid"],
        dtstamp=event["modified"],
        created=event["created"],
        last_modified=event["modified"],
        sequence=event["sequence"],
        dtstart=event["start"],
        dtend=event["end"],
        summary=event["summary"],
        description=event["description"],
        url=Uri(event["url"]) if event["url"] else None,
        categories=event["categories"],
        status=EventStatus.CONFIRMED,
        transparency="TRANSPARENT",
    )


if __name__ == "__main__":
    run(make, lambda calendar: IcsCalendarStream.calendar_to_ics(calendar).encode())
