"""The bytes around the joined fragments of a feed: everything of a VCALENDAR but its events.

No UID here (vdirsyncer takes the first UID line for the whole file's and keeps one event of all), and no time zone:
all times are in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from feedsvc.core.text import clean_line, clean_text, safe_url
from feedsvc.ical.colors import CSS_COLORS, nearest_css_color, rgb
from feedsvc.ical.write.content_lines import content_line, escaped
from feedsvc.ical.write.values import duration

__all__ = ["PRODID", "CalendarFacts", "frame", "nearest_css_color"]

PRODID = "-//feedsvc//Calendar feeds//EN"
_OPENING = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODID}\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n".encode()
_FOOT = b"END:VCALENDAR\r\n"


@dataclass(frozen=True, slots=True)
class CalendarFacts:
    """What a feed says about itself.

    `url` is the address of its page, `source` its own; None where no public address is configured. `last_modified`
    is aware. `color_name` is a CSS3 name (`nearest_css_color` gives one), `color_hex` of the form #rrggbb.
    """

    name: str
    description: str
    url: str | None
    source: str | None
    last_modified: datetime
    refresh_interval: timedelta
    color_name: str
    color_hex: str


def frame(calendar: CalendarFacts) -> tuple[bytes, bytes]:
    """Head and foot (RFC 5545 §3.6, RFC 7986 §5). Raises ValueError on a colour, moment or interval that is none."""
    _require_sound(calendar)
    return b"".join((_OPENING, *(content_line(name, value) for name, value in _properties(calendar)))), _FOOT


def _properties(calendar: CalendarFacts) -> Iterator[tuple[str, str]]:
    """Name with parameters, value as it is written."""
    name, told = escaped(clean_line(calendar.name)), escaped(clean_text(calendar.description))
    yield from (("NAME", name), ("X-WR-CALNAME", name))
    if told:
        yield from (("DESCRIPTION", told), ("X-WR-CALDESC", told))
    if url := safe_url(calendar.url):
        yield "URL", url
    if source := safe_url(calendar.source):
        yield "SOURCE;VALUE=URI", source
    yield "LAST-MODIFIED", f"{calendar.last_modified.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    interval = duration(calendar.refresh_interval)
    yield from (("REFRESH-INTERVAL;VALUE=DURATION", interval), ("X-PUBLISHED-TTL", interval))
    yield from (("COLOR", calendar.color_name), ("X-APPLE-CALENDAR-COLOR", calendar.color_hex.upper()))


def _require_sound(calendar: CalendarFacts) -> None:
    rgb(calendar.color_hex)
    if calendar.color_name not in CSS_COLORS:
        raise ValueError(f"colour {calendar.color_name!r} is no CSS3 name; nearest_css_color gives one")
    if calendar.last_modified.utcoffset() is None:
        raise ValueError(f"last_modified {calendar.last_modified.isoformat()} has no zone")
    if calendar.refresh_interval <= timedelta():
        raise ValueError(f"refresh_interval {calendar.refresh_interval} is not positive")
