"""Dates and times as web pages and programs write them: ISO 8601 and its common misspellings.

The hardest case is a text that begins like a date and is none ("2019-9-13T10-10-00-00"): it is not guessed at.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, time, timedelta

from feedsvc.core.model import Stated
from feedsvc.core.zone_names import zone_named

_ISO = re.compile(
    r"(?P<day>\d{4}-\d{1,2}-\d{1,2})"
    r"(?:(?:T|\s{1,3})(?P<time>\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d{1,9}|:\d{2,3})?\s?(?P<offset>Z|UTC|[+\-−]\d{2}(?::?\d{2})?)?)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:UTC|GMT)?\s?(?P<sign>[+\-−])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?", re.IGNORECASE)
_DURATION = re.compile(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?", re.IGNORECASE)
_LARGEST_OFFSET = timedelta(hours=14)
_LAST_MINUTE = time(23, 59)


def read_moment(text: str) -> Stated | None:
    """A date, a time of day, or a time with an offset; None where the text is none or names none that exists.

    An offset may lack its colon (+0100) or its minutes (+01). A time that ends in Z is an instant, by the zone "UTC";
    "+00:00" may as well be the label of a site that was never told its zone.
    """
    found = _ISO.fullmatch(text.strip())
    if found is None:
        return None
    try:
        day = date(*(int(part) for part in found["day"].split("-")))
        hours, minutes, seconds = (
            (int(part) for part in f"{found['time']}:0".split(":")[:3]) if found["time"] else (0, 0, 0)
        )
        clock = time(hours, minutes, seconds) if found["time"] else None
        offset = read_offset(found["offset"]) if found["offset"] else None
    except ValueError:
        return None
    if found["offset"] and offset is None:
        return None
    return Stated(day, clock, zone="UTC" if found["offset"] in ("Z", "z") else None, offset=offset)


def read_offset(text: str) -> timedelta | None:
    """An offset such as "+03:30", "-0500", "UTC+3" or "Z"; None where the text is none."""
    if text.strip().upper() in ("Z", "UTC", "GMT"):
        return timedelta()
    found = _OFFSET.fullmatch(text.strip())
    if found is None or int(found["minutes"] or 0) > 59:
        return None
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    if offset > _LARGEST_OFFSET:
        return None
    return offset if found["sign"] == "+" else -offset


def read_duration(text: str) -> timedelta | None:
    """A duration of ISO 8601 such as "PT2H30M" or "P1D"; None where the text is none, or is nothing or over a year."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        return None
    names = ("days", "hours", "minutes", "seconds")
    length = timedelta(**{name: int(value or 0) for name, value in zip(names, found.groups(), strict=True)})
    return length if timedelta() < length <= timedelta(days=366) else None


def on_clock(stated: Stated, zone: str) -> Stated | None:
    """The same wall clock in a zone given by name, or by an offset such as "UTC+3:30"; None where it is neither.

    A name stays as it is written: what it means depends on the event's country.
    """
    offset = read_offset(zone)
    if offset is not None:
        return replace(stated, zone=None, offset=offset)
    return replace(stated, zone=zone, offset=None) if zone_named(zone, stated.date.year) else None


def whole_days(start: Stated, end: Stated | None) -> tuple[Stated, Stated | None]:
    """An event from midnight to the last minute of a day, which is how programs without a word for it say "all day"."""
    if start.time != time() or end is None or end.time is None or end.time < _LAST_MINUTE or end.date < start.date:
        return start, end
    return Stated(start.date), Stated(end.date)


def end_after(start: Stated, end: Stated | None) -> Stated | None:
    """The end, None where it says no more than the start does: programs without an end repeat the start."""
    return None if end == start else end
