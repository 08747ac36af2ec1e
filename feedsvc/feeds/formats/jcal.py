"""jCal (RFC 7265): the iCalendar feed in JSON, for programs in browsers. Made of its bytes, so they say the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from feedsvc.feeds.feed import Feed
from feedsvc.feeds.formats.ics import head_and_foot
from feedsvc.ical.write.jcal import jcal_properties, jcal_vevent

EXTENSION = "jcal"
CONTENT_TYPE = "application/calendar+json; charset=utf-8"
NAME = "jCal"
IS_WINDOWED = True

_FOOT = b"\n]]\n"


def render(feed: Feed) -> Iterator[bytes]:
    """The calendar in pieces, one event a line."""
    head, _foot = head_and_foot(feed.facts)
    yield b'["vcalendar",' + _dump(jcal_properties(head)) + b",["
    between = b"\n"
    for vevent in feed.vevents():
        yield between + _dump(jcal_vevent(vevent))
        between = b",\n"
    yield _FOOT


def is_whole(body: bytes, events: int) -> bool:
    """Each event begins a line."""
    return body.startswith(b'["vcalendar",') and body.endswith(_FOOT) and body.count(b'\n["vevent",') == events


def _dump(value: list[Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
