"""Building with `vobject`. It takes no UTC but its own."""

from __future__ import annotations

from typing import Any

import vobject
from builder import INSTANTS, run
from vobject.icalendar import utc


def make(events: list[dict[str, Any]]) -> Any:
    """The calendar of these events."""
    calendar = vobject.iCalendar()
    for event in events:
        _add(calendar.add("vevent"), {**event, **{name: event[name].astimezone(utc) for name in INSTANTS}})
    return calendar


def _add(component: Any, event: dict[str, Any]) -> None:
    component.add("uid").value = event["uid"]
    component.add("dtstamp").value = event["modified"]
    component.add("created").value = event["created"]
    component.add("last-modified").value = event["modified"]
    component.add("sequence").value = str(event["sequence"])
    component.add("dtstart").value = event["start"]
    component.add("dtend").value = event["end"]
    component.add("summary").value = event["summary"]
    component.add("description").value = event["description"]
    if event["url"]:
        component.add("url").value = event["url"]
    component.add("categories").value = event["categories"]
    component.add("status").value = "CONFIRMED"
    component.add("transp").value = "TRANSPARENT"
    component.add("class").value = "PUBLIC"


if __name__ == "__main__":
    run(make, lambda calendar: calendar.serialize().encode())
