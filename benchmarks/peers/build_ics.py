"""Building with `ics`. It knows neither SEQUENCE nor CLASS as attributes; they are left out."""

from __future__ import annotations

from typing import Any

from builder import run
from ics import Calendar, Event


def make(events: list[dict[str, Any]]) -> Calendar:
    """The calendar of these events."""
    return Calendar(events=[_event(event) for event in events])


def _event(event: dict[str, Any]) -> Event:
    return Event(
        uid=event["uid"],
        name=event["summary"],
        begin=event["start"],
        end=event["end"],
        created=event["created"],
        last_modified=event["modified"],
        description=event["description"],
        url=event["url"],
        categories=set(event["categories"]),
        status="CONFIRMED",
        transparent=True,
    )


if __name__ == "__main__":
    run(make, lambda calendar: calendar.serialize().encode())
