"""The clocks of one file: what a TZID means, by its name and by the definition that the file gives for it.

The hardest case is a name that its definition contradicts. Of names that mean no summer time anywhere ("GMT", "EST")
the definition is right; of a place's name it is older than the name more often than right: the name counts, and it is
told.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from hashlib import blake2b

from icalendar import Timezone

from feedsvc.core.model import Finding, Stated
from feedsvc.core.recurrence import refusal
from feedsvc.core.text import clean_line, cut
from feedsvc.core.timespan import clock_of
from feedsvc.core.zone_names import clock_in, well_known, zone_named
from feedsvc.core.zones import FIXED_AT_UTC, resolve_zone
from feedsvc.ical.parse.lines import MAX_LINES_IN_COMPONENT, Block, Scan

FLOATING = timezone(timedelta(0), "floating")
"""Stands for "no zone known": a time with it is a wall clock, not an instant."""

_ESCAPE = re.compile(r"\\(.)")
_ANCIENT = date(1600, 1, 1)  # where Windows lets its zones begin; a rule that ended since is fine
_BROKEN = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
_CLOCKS_WITHOUT_SUMMER = FIXED_AT_UTC | {"EST", "MST", "HST"}

Clock = tuple[tzinfo | None, str | None]
"""A clock, None where it is unknown, and the code of the doubt about it."""


class Zones:
    """The clocks of one file.

    `source_zone` is the IANA zone that the source is configured with, `country` the one of its events, `times` what its
    times are worth (`core.zones.valued`), `year` the one in which zones are compared.
    """

    def __init__(
        self, scan: Scan, source_zone: str | None, country: str | None = None, year: int = 2024, times: str = "stated"
    ) -> None:
        self._source, self._year, self.times = source_zone, year, times
        self._countries = (country,) if country else ()
        self._definitions = {(block.calendar, _key(_value(block, "TZID"))): block for block in scan.timezones}
        self._known: dict[tuple[int, str], Clock] = {}
        self._names = scan.zones
        self._stated = {calendar: self._find(calendar, stated) for calendar, stated in scan.zones.items()}
        self.unknown = tuple(stated for calendar, stated in scan.zones.items() if self._stated[calendar][0] is None)
        count = Counter(block.calendar for block in scan.timezones)
        self._alone = {block.calendar: block for block in scan.timezones if count[block.calendar] == 1}

    def default(self, calendar: int) -> tzinfo:
        """The clock of times without a zone: the calendar's, else the source's own, else the only one defined."""
        stated = self._stated.get(calendar)
        if stated is not None and stated[0] is not None:
            return stated[0]
        if self._source:
            return clock_of(self._source)
        alone = self._alone.get(calendar)
        return (self.find(_value(alone, "TZID"), calendar)[0] if alone else None) or FLOATING

    def doubt_of_default(self, calendar: int) -> Finding | None:
        """The doubt about the zone that the calendar states for all its times; None where there is none."""
        code = self._stated.get(calendar, (None, None))[1]
        return None if code is None else Finding(code, cut(clean_line(self._names[calendar]), 120))

    def find(self, tzid: str, calendar: int) -> Clock:
        """The clock of a TZID, with the code of its doubt; None where it is unknown."""
        key = (calendar, tzid)
        if key not in self._known:
            self._known[key] = self._find(calendar, tzid)
        return self._known[key]

    def _find(self, calendar: int, tzid: str) -> Clock:
        block = self._definitions.get((calendar, _key(tzid)))
        defined = _private(block) if block else None
        named = self._named(tzid)
        if named[0] is None and block is not None:
            named = self._named(_value(block, "X-LIC-LOCATION"))
        if defined is None:
            return named if named[0] is not None else (None, "unknown-zone")
        clock, doubt = named
        key = getattr(clock, "key", None)
        if key is not None and clock_in(key, self._year) == _offsets(defined, self._year):
            return clock, None
        if key is None or key in _CLOCKS_WITHOUT_SUMMER or doubt is not None:
            # A known zone with the clock that the file defines, if it has a summer time; else the defined one itself.
            offsets = _offsets(defined, self._year)
            known = (*([self._source] if self._source else []), *well_known()) if len(set(offsets)) > 1 else ()
            return next((clock_of(one) for one in known if clock_in(one, self._year) == offsets), defined), None
        # A definition without a rule tells of one year only.
        whole = block is not None and ("RRULE" in _names(block) or len(set(_offsets(defined, self._year))) == 1)
        return clock, "zone-contradicted" if whole else None

    def _named(self, name: str) -> Clock:
        if zone_named(name, self._year) is None:
            return None, None
        noon = Stated(date(self._year, 7, 1), time(12), zone=name)
        summer = resolve_zone(noon, self._countries, self._source)
        if summer is None:
            return None, None
        doubt = None if summer.doubt == "offset-mismatch" else summer.doubt
        return (clock_of(summer.zone) if summer.zone else summer.tz), doubt


def _key(tzid: str) -> str:
    return _ESCAPE.sub(r"\1", tzid).strip().strip('"').strip().strip("/").casefold()


def _value(block: Block, name: str) -> str:
    """The value of a property of a VTIMEZONE itself; "" where it is missing."""
    line = next((line for line in block.lines if line[: len(name)].upper() == name), "")
    return line.partition(":")[2].strip().strip('"')


def _names(block: Block) -> set[str]:
    return {re.split("[;:]", line, maxsplit=1)[0].upper() for line in block.lines}


def _offsets(clock: tzinfo, year: int) -> tuple[timedelta | None, ...]:
    moments = (datetime(year, month, day, 12, tzinfo=UTC) for month in range(1, 13) for day in (1, 15))
    return tuple(moment.astimezone(clock).utcoffset() for moment in moments)


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
