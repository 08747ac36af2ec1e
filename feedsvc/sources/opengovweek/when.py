"""The line that says where and when in an Open Gov Week page, and names joined by commas.

    WHEN = [ country *( ", " country ) " — " ] DATE " @ " TIME [ " - " TIME ] [ " GMT" SIGN HH ":" MM ]

The hardest case is a country whose own name has a comma: "Korea, Republic of" is one name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta

from feedsvc.core.model import Stated
from feedsvc.core.text import clean_line

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
          "december")  # fmt: skip

_WHEN = re.compile(
    r"(?:(?P<countries>\S[^@]*?)\s+[—–-]\s+)?"
    r"(?P<month>[A-Za-z]{3,9})\s+(?P<day>\d{1,2}),\s+(?P<year>\d{4})\s+@\s+"
    r"(?P<start>\d{1,2}:\d{2}\s?[ap]m)(?:\s*[-–—]\s*(?P<end>\d{1,2}:\d{2}\s?[ap]m))?"
    r"(?:\s+GMT(?P<offset>[+\-−]\d{1,2}:\d{2}))?",
    re.IGNORECASE,
)
_LOOKS_LIKE_WHEN = re.compile(r"\d{4}\s+@\s+\d|@\s+\d{1,2}:\d{2}")
_LONGEST = 1_000
_TAIL = r"(?:[\w'’]+ ){0,3}(?:Republic|State|States|Province|Kingdom) of(?: the| China)?"
_TAIL_OF_A_NAME = re.compile(_TAIL, re.IGNORECASE)
_LARGEST_OFFSET = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class StatedWhen:
    """A WHEN line as read: country names as found, start and end as stated, `listed` the line itself, cleaned."""

    countries: tuple[str, ...]
    start: Stated
    end: Stated | None
    listed: str


def looks_like_when(text: str) -> bool:
    """Return True if a line looks like a WHEN line, however broken."""
    return _LOOKS_LIKE_WHEN.search(text) is not None


def read_when(text: str) -> StatedWhen | None:
    """Read a WHEN line; None where it is none, or where its date or a time does not exist."""
    line = clean_line(text)
    found = _WHEN.fullmatch(line) if len(line) <= _LONGEST else None
    if found is None:
        return None
    try:
        month = next(n for n, name in enumerate(MONTHS, 1) if name.startswith(found["month"].lower()))
        day = date(int(found["year"]), month, int(found["day"]))
        offset = _offset(found["offset"])
        start = _stated(day, found["start"], offset)
        end = _stated(day, found["end"], offset) if found["end"] else None
    except (StopIteration, ValueError):
        return None
    return StatedWhen(split_names(found["countries"] or ""), start, end, line)


def split_names(names: str) -> tuple[str, ...]:
    """Names joined with ", ". A part that needs the one before it joins it."""
    parts: list[str] = []
    for part in (name.strip() for name in names.split(",")):
        if parts and _TAIL_OF_A_NAME.fullmatch(part):
            parts[-1] = f"{parts[-1]}, {part}"
        elif part:
            parts.append(part)
    return tuple(parts)


def _stated(day: date, clock: str, offset: timedelta | None) -> Stated:
    return Stated(day, _time(clock), offset=offset, standard_label=offset is not None)


def _time(text: str) -> time:
    """A 12-hour clock time such as "9:00am" or "09:00 am"."""
    hours, minutes = text[:-2].strip().split(":")
    if not 1 <= int(hours) <= 12:
        raise ValueError(f"{text} is not a time of a 12-hour clock")
    return time(int(hours) % 12 + (12 if text[-2:].lower() == "pm" else 0), int(minutes))


def _offset(text: str | None) -> timedelta | None:
    """An offset such as "-03:00"; None where none is stated. Raises ValueError beyond what any zone has."""
    if text is None:
        return None
    hours, minutes = text[1:].split(":")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if int(minutes) > 59 or offset > _LARGEST_OFFSET:
        raise ValueError(f"{text} is not an offset of a zone")
    return offset if text[0] == "+" else -offset
