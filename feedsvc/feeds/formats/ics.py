"""iCalendar (RFC 5545): head, the stored VEVENT bytes, foot. Nothing is serialised here."""

from __future__ import annotations

from collections.abc import Iterator

from feedsvc.feeds.feed import Feed, FeedFacts
from feedsvc.ical.frame import CalendarFacts, frame, nearest_css_color

EXTENSION = "ics"
CONTENT_TYPE = "text/calendar; charset=utf-8"
NAME = "iCalendar"


def render(feed: Feed) -> Iterator[bytes]:
    """The calendar in pieces."""
    head, foot = head_and_foot(feed.facts)
    yield head
    yield from feed.vevents()
    yield foot


def head_and_foot(facts: FeedFacts) -> tuple[bytes, bytes]:
    """The calendar's bytes around its events."""
    return frame(
        CalendarFacts(
            name=facts.title,
            description=facts.description,
            url=facts.page_url,
            source=facts.feed_url,
            last_modified=facts.last_modified,
            refresh_interval=facts.refresh_interval,
            color_name=nearest_css_color(facts.color),
            color_hex=facts.color,
        )
    )


def is_whole(body: bytes, events: int) -> bool:
    """Each event was checked when it was written, so counting them is enough."""
    begun, ended = body.count(b"\nBEGIN:VEVENT\r"), body.count(b"\nEND:VEVENT\r")
    framed = body.startswith(b"BEGIN:VCALENDAR\r\n") and body.endswith(b"\nEND:VCALENDAR\r\n")
    return framed and begun == ended == events
