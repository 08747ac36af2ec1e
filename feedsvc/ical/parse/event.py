"""One foreign VEVENT, parsed: its times on their clocks, its texts unescaped.

The hardest case is an end that cannot be: before the start, or a date where the start is a time. The event is kept
and the end with it, for others to judge; only where it says nothing it is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from icalendar import Event
from icalendar.parser.property import split_on_unescaped_comma, unescape_backslash
from icalendar.prop import vBroken, vDDDLists, vDDDTypes, vRecur

from feedsvc.core.model import Finding, Present
from feedsvc.core.text import clean_line, cut
from feedsvc.ical.parse.lines import Block, Property
from feedsvc.ical.parse.zones import Zones

Moment = datetime | date
"""Aware, or a date. A time whose zone nobody knows has the clock FLOATING."""

BROKEN = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""Raised by icalendar and its neighbours on input that they did not expect."""

YEARS = range(1600, 2201)
"""Years that a start or an end may lie in: holidays begin with their country, and nothing lies near the last day."""
_DATES = ("DTSTART", "DTEND", "RECURRENCE-ID")
_DATE_LISTS = ("EXDATE", "RDATE")
_PARSED = frozenset((*_DATES, "DURATION", "RRULE", "SEQUENCE", "UID"))
"""Properties given to the parser. Texts are only unescaped, which is most of what a calendar consists of."""
_LAST_SECOND = time(23, 59, 59)
_DAY = timedelta(days=1)
_LONGEST = timedelta(days=3660)


@dataclass(slots=True)
class Parsed:
    """A VEVENT as read. `end` is exclusive, None where not known; `zone_words` is the zone as the file names it."""

    block: Block
    event: Event
    start: Moment
    end: Moment | None
    zone_words: str = ""
    doubts: list[Finding] = field(default_factory=list)

    @property
    def uid(self) -> str:
        """The UID, "" where missing."""
        return self.text("UID").strip()

    @property
    def recurrence(self) -> Moment | None:
        """RECURRENCE-ID; None where this is no change of a single occurrence."""
        return _moment(self.event.get("RECURRENCE-ID"))

    @property
    def sequence(self) -> int:
        """SEQUENCE, 0 where missing or broken."""
        value = self.event.get("SEQUENCE", 0)
        return int(value) if isinstance(value, int) else 0

    def text(self, name: str) -> str:
        """A text, unescaped; "" where missing."""
        line = self.block.get(name)
        return "" if line is None else unescape_backslash(line.value)

    def texts(self, name: str) -> list[str]:
        """The values of a list of texts, of all its lines, unescaped."""
        lines = (line.value for line in self.block.properties if line.name == name)
        return [value for line in lines for value in split_on_unescaped_comma(line)]


def parse(block: Block, zones: Zones) -> Parsed | Present:
    """Parse a VEVENT. One without a usable start is present but unreadable."""
    shown = cut(clean_line(_shown(block)), 80)
    try:
        lines = (_line(line) for line in block.properties if line.name in _PARSED)
        event = Event.from_ical("\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""]))
    except BROKEN as error:
        return _present(block, "unreadable", cut(clean_line(f"{shown}: {error}"), 200))
    if not isinstance(event, Event):
        return _present(block, "unreadable", shown)
    _drop_broken(event)
    doubts = [Finding("text-cut", name, block.line) for name in block.cut]
    if block.stray is not None:
        doubts.append(Finding("unreadable", f"not a property: {cut(clean_line(block.stray), 80)}"))
    _place(event, block, zones, doubts)
    start = _moment(event.get("DTSTART"))
    if start is None or start.year not in YEARS:
        stated = block.get("DTSTART")
        code = "undated" if stated is None else "unreadable"
        return _present(block, code, shown if stated is None else cut(clean_line(f"{shown}: {stated.value}"), 200))
    _place_last(event.get("RRULE"), start)
    parsed = Parsed(block, event, start, None, _tzid(block.get("DTSTART")), doubts)
    parsed.end = _end(parsed)
    return parsed


def _present(block: Block, code: str, detail: str) -> Present:
    uid, title, url = (
        "" if (line := block.get(name)) is None else unescape_backslash(line.value).strip()
        for name in ("UID", "SUMMARY", "URL")
    )
    # A broken change of one occurrence says nothing of its series, whose UID it bears.
    own_id = None if block.get("RECURRENCE-ID") else clean_line(uid)
    return Present(Finding(code, detail, block.line), title or None, own_id or None, url or None)


def _drop_broken(event: Event) -> None:
    """Take out what the parser could not read; it raises at every touch."""
    for name, value in list(event.items()):
        sound = [one for one in value if not isinstance(one, vBroken)] if isinstance(value, list) else value
        if isinstance(value, vBroken) or sound == []:
            del event[name]
        else:
            event[name] = sound


def _shown(block: Block) -> str:
    named = block.get("SUMMARY") or block.get("UID")
    return named.value if named else "an event"


def _line(line: Property) -> str:
    """The line for the parser: dates without their zone, which is looked up here, the rest without parameters."""
    if line.name not in _DATES:
        return f"{line.name}:{line.value}"
    this_and_future = ";RANGE=THISANDFUTURE" if "THISANDFUTURE" in line.parameters.upper() else ""
    return f"{line.name}{this_and_future}:{line.value.strip().upper()}"


def _tzid(line: Property | None) -> str:
    at = line.parameters.upper().find(";TZID=") if line else -1
    if line is None or at < 0:
        return ""
    value = line.parameters[at + 6 :]
    return value[1:].partition('"')[0] if value.startswith('"') else value.partition(";")[0]


def _place(event: Event, block: Block, zones: Zones, doubts: list[Finding]) -> None:
    """Give every date and time of the event its clock."""
    unknown: dict[str, None] = {}

    def clock(line: Property) -> tzinfo:
        tzid = _tzid(line)
        found = zones.find(tzid, block.calendar) if tzid else None
        if tzid and found is None:
            unknown[tzid] = None
        return found or zones.default(block.calendar)

    for name in _DATES:
        line, moment = block.get(name), _moment(event.get(name))
        if moment is None or line is None:
            event.pop(name, None)
            continue
        parameters = dict(event[name].params) if name == "RECURRENCE-ID" else {}
        event[name] = vDDDTypes(_on(moment, clock(line)))
        event[name].params.update({key: value for key, value in parameters.items() if key == "RANGE"})
    for name in _DATE_LISTS:
        lines = [line for line in block.properties if line.name == name]
        moments = [moment for line in lines for moment in _moments(line, clock, doubts)]
        if name == "RDATE":
            moments = [_at_its_time(moment, _moment(event.get("DTSTART"))) for moment in moments]
        if moments:
            event[name] = vDDDLists(moments)
    doubts.extend(Finding("unknown-zone", cut(clean_line(tzid), 120)) for tzid in unknown)


def _place_last(rule: object, start: Moment) -> None:
    """The last moment of a rule, in UTC: a day with all its hours, a time without a zone on the clock of the event.

    The library would take the one for its midnight, and the other for UTC.
    """
    if not isinstance(rule, vRecur) or not isinstance(start, datetime):
        return
    for key in [key for key in rule if key.upper() == "UNTIL"]:
        values = rule[key] if isinstance(rule[key], list) else [rule[key]]
        ends = [one if isinstance(one, datetime) else datetime.combine(one, _LAST_SECOND) for one in values]
        # The last day that exists ends nowhere else; it only says that there is no end.
        rule[key] = [_on(end, start.tzinfo or UTC).astimezone(UTC) if end.year in YEARS else end for end in ends]


def _moments(line: Property, clock: Callable[[Property], tzinfo], doubts: list[Finding]) -> Iterator[Any]:
    """The dates, times and periods of a list, on its clock."""
    try:
        values = vDDDLists.from_ical(line.value.strip().upper())  # type: ignore[no-untyped-call]
    except BROKEN:
        doubts.append(Finding("unreadable", f"{line.name}: {cut(clean_line(line.value), 80)}"))
        return
    tz = clock(line)
    yield from (_on(value, tz) for value in values)


def _at_its_time(moment: Any, start: Moment | None) -> Any:
    """An extra day of an event that has a time takes place at that time."""
    is_day = isinstance(moment, date) and not isinstance(moment, datetime)
    return datetime.combine(moment, start.timetz()) if is_day and isinstance(start, datetime) else moment


def _on(moment: Any, tz: tzinfo) -> Any:
    """The moment on that clock, if it has none of its own; periods are placed part by part."""
    if isinstance(moment, tuple):
        return tuple(_on(part, tz) for part in moment)
    return moment.replace(tzinfo=tz) if isinstance(moment, datetime) and moment.tzinfo is None else moment


def _moment(value: Any) -> Moment | None:
    value = value[0] if isinstance(value, list) and value else value
    moment = getattr(value, "dt", None)
    return moment if isinstance(moment, date) else None


def _end(parsed: Parsed) -> Moment | None:
    """DTEND or DTSTART plus DURATION, of the same kind as the start; None where not known, or equal to the start."""
    start = parsed.start
    end = _moment(parsed.event.get("DTEND"))
    if end is None:
        end = _after(start, getattr(parsed.event.get("DURATION"), "dt", None))
    if end is None or end.year not in YEARS:
        return None
    if isinstance(start, datetime):
        end = end if isinstance(end, datetime) else datetime.combine(end, time.min, start.tzinfo)
        return None if end == start else end.astimezone(start.tzinfo)
    if isinstance(end, datetime):
        end = end.date() if end.time() == time.min else end.date() + _DAY
    return None if end == start else end


def _after(start: Moment, duration: object) -> Moment | None:
    """The start plus a duration: days by the calendar, hours and minutes exactly (RFC 5545 §3.3.6)."""
    if not isinstance(duration, timedelta) or abs(duration) > _LONGEST:
        return None
    if not isinstance(start, datetime):
        return start + timedelta(days=-(-duration // _DAY))
    if not duration % _DAY:
        return start + duration
    return (start.astimezone(UTC) + duration).astimezone(start.tzinfo)
