"""iCalendar (RFC 5545): head, the stored VEVENT bytes, foot. Nothing is serialised here."""

from __future__ import annotations

from collections.abc import Iterator

from feedsvc.feeds.feed import Feed
from feedsvc.ical.frame import CalendarFacts, frame, nearest_css_color

EXTENSION = "ics"
CONTENT_TYPE = "text/calendar; charset=utf-8"


def render(feed: Feed) -> Iterator[bytes]:
    """The calendar in pieces."""
    facts = feed.facts
    head, foot = frame(
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
    yield head
    yield from feed.vevents()
    yield foot
