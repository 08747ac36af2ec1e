"""iCalendar (RFC 5545): head, the stored VEVENT bytes, foot. Nothing is serialised here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from feedsvc.feeds.feed import Feed, FeedFacts
from feedsvc.ical.write.calendar import CalendarFacts, frame, nearest_css_color

EXTENSION = "ics"
CONTENT_TYPE = "text/calendar; charset=utf-8"
NAME = "iCalendar"
IS_WINDOWED = True


def render(feed: Feed) -> Iterator[bytes]:
    """The calendar in pieces, one for each event; chained, as a generator would cost as much as joining them."""
    head, foot = head_and_foot(feed.facts)
    return chain((head,), feed.vevents(), (foot,))


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
    """Each event was checked when it was written, so counting where one ends and the next begins is enough."""
    framed = body.startswith(b"BEGIN:VCALENDAR\r\n") and body.endswith(b"\r\nEND:VCALENDAR\r\n")
    if not framed or not events:
        return framed and b"\nBEGIN:VEVENT\r" not in body
    outer = b"\r\nBEGIN:VEVENT\r\n" in body and body.endswith(b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    return outer and body.count(b"\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n") == events - 1
