"""Which clock a foreign calendar means by a TZID: an IANA name, a Windows name, or a zone it defines itself.

The hardest case is a zone that only the file knows: its VTIMEZONE gives the offset, and there is no name to publish.
A name that is known wins over the file's own definition, which is old more often than right.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from hashlib import blake2b

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from feedsvc.core import countries
from feedsvc.core.recurrence import refusal
from feedsvc.core.timespan import clock_of
from feedsvc.ical.parse.lines import MAX_LINES_IN_COMPONENT, Block, Scan

FLOATING = timezone(timedelta(0), "floating")
"""Stands for "no zone known": a time with it is a wall clock, not an instant."""

_LABEL = re.compile(r"\((?:UTC|GMT)\s*(?:[+-]\d{1,2}:?\d{2})?\)\s*(.+)", re.IGNORECASE)
_OFFSET = re.compile(r"\(?(?:UTC|GMT)\s*([+-])(\d{1,2})(?::?(\d{2}))?\)?(?:\s.*)?", re.IGNORECASE)
_ANCIENT = date(1600, 1, 1)  # where Windows lets its zones begin; a rule that ended since is fine
_BROKEN = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)


def zone_name(tzid: str) -> str | None:
    """The IANA name of an IANA, Windows or globally unique TZID (RFC 5545 §3.2.19); None where nobody knows it."""
    name = tzid.strip().strip('"').strip()
    known = countries.zone_for(name) or countries.zone_for(WINDOWS_TO_OLSON.get(name, ""))
    if known is not None:
        return known
    parts = name.strip("/").split("/")[-6:]
    suffixes = ("/".join(parts[at:]) for at in range(1, len(parts)))
    return next((found for suffix in suffixes if (found := countries.zone_for(suffix))), None)


class Zones:
    """The clocks of one file. `source_zone` is the IANA zone that the source is configured with."""

    def __init__(self, scan: Scan, source_zone: str | None) -> None:
        self._stated = {calendar: zone_name(stated) for calendar, stated in scan.zones.items()}
        self._source = source_zone
        self._blocks = {(block.calendar, _tzid(block)): block for block in scan.timezones}
        self._known: dict[tuple[int, str], tzinfo | None] = {}
        self.unknown = tuple(stated for calendar, stated in scan.zones.items() if self._stated[calendar] is None)

    def default(self, calendar: int) -> tzinfo:
        """The clock of times without a zone: X-WR-TIMEZONE, else the source's own zone, else FLOATING."""
        name = self._stated.get(calendar) or self._source
        return clock_of(name) if name else FLOATING

    def find(self, tzid: str, calendar: int) -> tzinfo | None:
        """The clock of a TZID; None where nobody knows it."""
        key = (calendar, tzid.strip('"'))
        if key not in self._known:
            self._known[key] = self._find(*key)
        return self._known[key]

    def _find(self, calendar: int, tzid: str) -> tzinfo | None:
        name = zone_name(tzid)
        if name is not None:
            return clock_of(name)
        block = self._blocks.get((calendar, tzid))
        return (_private(block) if block else None) or _by_label(tzid) or _fixed(tzid)


def _tzid(block: Block) -> str:
    line = next((line for line in block.lines if line[:4].upper() == "TZID"), "")
    return line.partition(":")[2].strip().strip('"')


def _by_label(tzid: str) -> tzinfo | None:
    """The clock behind what Windows shows people, "(UTC+01:00) Amsterdam, Berlin": its offset is that of winter."""
    found = _LABEL.fullmatch(tzid.strip())
    words = found[1] if found else ""
    american = WINDOWS_TO_OLSON.get(re.sub(r" Time \(.*\)$", " Standard Time", words), "")
    names = (american, *(countries.zone_of_city(city) for city in words.split(",")))
    return next((clock_of(name) for name in names if name), None)


def _fixed(tzid: str) -> tzinfo | None:
    found = _OFFSET.fullmatch(tzid)
    if found is None or int(found[2]) > 14 or int(found[3] or 0) > 59:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-offset if found[1] == "-" else offset)


def _private(block: Block) -> tzinfo | None:
    """The clock that a VTIMEZONE defines; None where it cannot be read, or asks for more than a zone needs."""
    if block.size > MAX_LINES_IN_COMPONENT:
        return None
    rules = [line.partition(":")[2] for line in block.lines if line[:5].upper() == "RRULE"]
    if any("FREQ=YEARLY" not in rule.upper() or refusal(rule, _ANCIENT, _ANCIENT) for rule in rules):
        return None
    lines = [line for line in block.lines if line[:4].upper() != "TZID"]
    # icalendar remembers zones by name for ever; two files may mean two zones by one name, so the content names it.
    name = blake2b("\n".join(lines).encode("utf-8", "replace"), digest_size=12).hexdigest()
    lines[1:1] = [f"TZID:private-{name}"]
    try:
        component = Timezone.from_ical("\r\n".join([*lines, "END:VTIMEZONE", ""]))
        zone: tzinfo | None = component.to_tz() if isinstance(component, Timezone) else None
        datetime(2024, 7, 1, tzinfo=UTC).astimezone(zone).utcoffset()
    except _BROKEN:
        return None
    return zone
