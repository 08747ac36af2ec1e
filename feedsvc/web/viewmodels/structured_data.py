"""An event as linked data (schema.org, JSON-LD), for search engines."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from feedsvc.core import countries
from feedsvc.core.model import EventStatus, Record
from feedsvc.core.text import safe_url

_STATUS = {
    EventStatus.CONFIRMED: "https://schema.org/EventScheduled",
    EventStatus.TENTATIVE: "https://schema.org/EventScheduled",
    EventStatus.CANCELLED: "https://schema.org/EventCancelled",
}


def event_data(record: Record, page_url: str) -> dict[str, Any]:
    """The event as a schema.org Event. Times are those of the place, with its offset."""
    event, span = record.event, record.event.span
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.summary,
        "startDate": span.first_day.isoformat() if span.all_day else span.local_start.isoformat(),
        "eventStatus": _STATUS[record.status],
        "url": page_url,
    }
    if span.local_end is not None:
        data["endDate"] = span.last_day.isoformat() if span.all_day else span.local_end.isoformat()
    if record.moved_from is not None and record.status is not EventStatus.CANCELLED:
        old = record.moved_from
        data["eventStatus"] = "https://schema.org/EventRescheduled"
        data["previousStartDate"] = old.first_day.isoformat() if old.all_day else old.local_start.isoformat()
    if event.description:
        data["description"] = event.description
    if event.host:
        data["organizer"] = {"@type": "Organization", "name": event.host}
    if link := safe_url(event.link):
        data["sameAs"] = link
    if where := _places(record):
        data["location"] = where if len(where) > 1 else where[0]
    return data


def _places(record: Record) -> list[dict[str, Any]]:
    event = record.event
    known = [code for code in event.countries if code != countries.OTHER]
    found = [
        {
            "@type": "Place",
            "name": event.location or countries.country_name(code),
            "address": {"@type": "PostalAddress", "addressCountry": code.upper()},
        }
        for code in known
    ]
    return found or [{"@type": "Place", "name": name} for name in (event.location, *event.places) if name]


def script_text(data: dict[str, Any]) -> Markup:
    """JSON that can stand inside a script element: nothing in it can end that element or begin another."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  every character that HTML knows is escaped above
