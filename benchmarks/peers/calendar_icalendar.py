"""A calendar as a user of `icalendar` would make it; shared by the builder and the Flask application."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from icalendar import Calendar, Event


def make(events: list[dict[str, Any]]) -> Calendar:
    """The calendar of these events, with the properties of our feeds."""
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", "-//example//calendar//EN")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", "Open Gov Week")
    calendar.add("REFRESH-INTERVAL", timedelta(hours=12))
    for event in events:
        calendar.add_component(_component(event))
    return calendar


def _component(event: dict[str, Any]) -> Event:
    component = Event()
    component.add("UID", event["uid"])
    component.add("DTSTAMP", event["modified"])
    component.add("CREATED", event["created"])
    component.add("LAST-MODIFIED", event["modified"])
    component.add("SEQUENCE", event["sequence"])
    component.add("DTSTART", event["start"])
    component.add("DTEND", event["end"])
    component.add("SUMMARY", event["summary"])
    component.add("DESCRIPTION", event["description"])
    if event["url"]:
        component.add("URL", event["url"])
    component.add("CATEGORIES", event["categories"])
    component.add("STATUS", "CONFIRMED")
    component.add("TRANSP", "TRANSPARENT")
    component.add("CLASS", "PUBLIC")
    return component
