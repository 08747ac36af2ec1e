"""One event to one VEVENT: finished bytes, folded, ended with CRLF, ready to be joined with others into a feed.

Written when the event changes, stored, and never again until it changes: equal input gives equal bytes. Timed events
are written in UTC, the one form that every calendar program reads alike; the local time stands in the description.
One event that cannot be written raises `EventUnwritable` and costs this one event.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from icalendar import Event, vDate, vInt, vUri

from feedsvc.core.errors import EventUnwritable
from feedsvc.core.model import EventStatus, Record
from feedsvc.core.text import clean_line
from feedsvc.core.timespan import DAY
from feedsvc.ical.lint.check import check_fragment
from feedsvc.ical.write.content_lines import Text, categories, instant
from feedsvc.ical.write.description import Rendering, description

_REFUSALS = (ValueError, LookupError, TypeError, AssertionError, OverflowError)
"""Raised by the library, for an unknown zone and for a date out of range."""


def vevent(record: Record, rendering: Rendering, now: datetime) -> bytes:
    """The VEVENT of a record (RFC 5545 §3.6.1). Raises EventUnwritable, naming the UID and the reason."""
    try:
        fragment: bytes = _component(record, rendering, now).to_ical(sorted=False)
    except _REFUSALS as refusal:
        reason = str(refusal).splitlines()[:1] or [type(refusal).__name__]
        raise EventUnwritable(f"event {record.uid!a} cannot be written: {reason[0]!a}") from refusal
    check_fragment(fragment)
    return fragment


def _component(record: Record, rendering: Rendering, now: datetime) -> Event:
    """Set by key, not by `add`: `add` guesses types, and gets some of them wrong."""
    event = record.event
    component = Event()
    # A UID stays as it is: a cleaned one would be another one, and the event a new one to every subscriber.
    if not record.uid or clean_line(record.uid) != record.uid:
        raise ValueError("its UID is empty or holds characters that do not belong in a text")
    component["UID"] = Text(record.uid)
    component["DTSTAMP"] = instant(_utc(record.modified))
    component["CREATED"] = instant(_utc(record.created))
    component["LAST-MODIFIED"] = instant(_utc(record.modified))
    component["SEQUENCE"] = vInt(record.sequence)
    span = record.event.span
    if span.all_day:
        component["DTSTART"] = vDate(span.first_day)
        component["DTEND"] = vDate(span.last_day + DAY)
        component["DTSTART"].params["VALUE"] = component["DTEND"].params["VALUE"] = "DATE"
    else:
        component["DTSTART"] = instant(_utc(span.start))
        component["DTEND"] = instant(_utc(span.ends(rendering.default_length)))
    component["SUMMARY"] = Text(summary(record))
    component["DESCRIPTION"] = Text(description(record, rendering, now))
    if location := clean_line(event.location):
        component["LOCATION"] = Text(location)
    if link := rendering.link(record):
        component["URL"] = vUri(link)
    # Each name once: a theme and a country may both be "Other".
    names = (clean_line(name) for name in (*event.themes, *rendering.countries(record)))
    if distinct := list(dict.fromkeys(filter(None, names))):
        component["CATEGORIES"] = categories(distinct)
    component["STATUS"] = Text(record.status.upper())
    component["TRANSP"] = Text("TRANSPARENT")
    component["CLASS"] = Text("PUBLIC")
    component["X-MICROSOFT-CDO-BUSYSTATUS"] = Text("FREE")
    return component


def summary(record: Record) -> str:
    """One line. Outlook and Android's own calendar ignore STATUS, so a cancelled event says it here as well."""
    prefix = "[Cancelled] " if record.status is EventStatus.CANCELLED else ""
    return prefix + clean_line(record.event.summary)


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"{moment.isoformat()} has no zone, so it is not an instant")
    return moment.astimezone(UTC)


_STAMPS = re.compile(rb"^(SEQUENCE|LAST-MODIFIED|DTSTAMP):[^\r\n]*", re.MULTILINE)
"""Lines that tell the state of an event, never folded: a line that goes on begins with a blank."""


def restamped(fragment: bytes, sequence: int, modified: datetime) -> bytes:
    """Return a VEVENT with another SEQUENCE, LAST-MODIFIED and DTSTAMP, every other byte as it was."""
    moment = f"{modified.astimezone(UTC):%Y%m%dT%H%M%SZ}".encode()
    values = {b"SEQUENCE": str(sequence).encode(), b"LAST-MODIFIED": moment, b"DTSTAMP": moment}
    return _STAMPS.sub(lambda line: line[1] + b":" + values[line[1]], fragment)


def unstamped(calendar: bytes) -> bytes:
    """Return a calendar without what `restamped` changes, to be compared with another."""
    return _STAMPS.sub(b"", calendar)
