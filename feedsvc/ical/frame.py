"""The bytes around the joined fragments of a feed: everything of a VCALENDAR but its events.

No UID here (vdirsyncer takes the first UID line for the whole file's and keeps one event of all), and no time zone:
all times are in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, vUri

from feedsvc.core.text import clean_line, clean_text, safe_url
from feedsvc.ical.colors import CSS_COLORS, nearest_css_color, rgb
from feedsvc.ical.values import Text, duration, instant

__all__ = ["PRODID", "CalendarFacts", "frame", "nearest_css_color"]

PRODID = "-//feedsvc//Calendar feeds//EN"
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
    component = Calendar()
    component["VERSION"] = Text("2.0")
    component["PRODID"] = Text(PRODID)
    component["CALSCALE"] = Text("GREGORIAN")
    component["METHOD"] = Text("PUBLISH")
    component["NAME"] = component["X-WR-CALNAME"] = Text(clean_line(calendar.name))
    if told := clean_text(calendar.description):
        component["DESCRIPTION"] = component["X-WR-CALDESC"] = Text(told)
    if url := safe_url(calendar.url):
        component["URL"] = vUri(url)
    if source := safe_url(calendar.source):
        component["SOURCE"] = vUri(source, params={"VALUE": "URI"})
    component["LAST-MODIFIED"] = instant(calendar.last_modified.astimezone(UTC))
    component["REFRESH-INTERVAL"] = duration(calendar.refresh_interval, with_value=True)
    component["X-PUBLISHED-TTL"] = duration(calendar.refresh_interval)
    component["COLOR"] = Text(calendar.color_name)
    component["X-APPLE-CALENDAR-COLOR"] = Text(calendar.color_hex.upper())
    whole: bytes = component.to_ical(sorted=False)
    return whole.removesuffix(_FOOT), _FOOT


def _require_sound(calendar: CalendarFacts) -> None:
    rgb(calendar.color_hex)
    if calendar.color_name not in CSS_COLORS:
        raise ValueError(f"colour {calendar.color_name!r} is no CSS3 name; nearest_css_color gives one")
    if calendar.last_modified.utcoffset() is None:
        raise ValueError(f"last_modified {calendar.last_modified.isoformat()} has no zone")
    if calendar.refresh_interval <= timedelta():
        raise ValueError(f"refresh_interval {calendar.refresh_interval} is not positive")
