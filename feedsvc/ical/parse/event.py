"""One foreign VEVENT, parsed: its times on their clocks, its texts unescaped.

The hardest case is an end that cannot be: before the start, or a date where the start is a time. The event is kept
and the end with it, for others to judge; only where it says nothing it is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from quopri import decodestring
from typing import Any

from icalendar import Event
from icalendar.parser.property import split_on_unescaped_comma, unescape_backslash
from icalendar.prop import vBroken, vDDDLists, vDDDTypes, vRecur

from feedsvc.core.model import EventStatus, Finding, Present
from feedsvc.core.recurrence import plain_rule
from feedsvc.core.status import says_cancelled
from feedsvc.core.text import clean_line, cut
from feedsvc.ical.parse.lines import Block, Property
from feedsvc.ical.parse.zones import FLOATING, Zones

Moment = datetime | date
"""Aware, or a date. A time whose zone nobody knows has the clock FLOATING."""

BROKEN = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""Raised by icalendar and its neighbours on input that they did not expect."""

YEARS = range(1600, 2201)
"""Years that a start or an end may lie in: holidays begin with their country, and nothing lies near the last day."""
_DATES = ("DTSTART", "DTEND", "RECURRENCE-ID")
_DATE_LISTS = ("EXDATE", "RDATE")
_ALL_DAY = ("X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT", "X-FUNAMBOL-ALLDAY")
_JOIN = (
    "X-GOOGLE-CONFERENCE",
    "X-MICROSOFT-SKYPETEAMSMEETINGURL",
    "X-MICROSOFT-ONLINEMEETINGCONFLINK",
    "X-ZOOM-JOIN-URL",
)
_PARSED = frozenset((*_DATES, "DURATION", "RRULE", "EXRULE", "SEQUENCE", "UID"))
"""Properties given to the parser. Texts are only unescaped, which is most of what a calendar consists of."""
_LAST_MINUTE = time(23, 59)
_LAST_SECOND = time(23, 59, 59)
_CYCLE = 400
"""Years after which the calendar repeats, weekdays and leap days included."""
_STRAY_ESCAPE = re.compile(r"\\([,;:\"'!?.()\[\]&/-])")
_STRAY_BREAK = re.compile(r"(?<![A-Za-z]:)\\n(?=[A-Z\s\\*-]|$)")
_DAY = timedelta(days=1)
_LONGEST = timedelta(days=3660)


@dataclass(slots=True, eq=False)
class Parsed:
    """A VEVENT as read. `end` is exclusive, None where not known; `zone_words` is the zone as the file names it.

    `home` is the clock of its calendar. `rules` are its RRULEs, each once; `refused` says in words why they say nothing
    about the other dates of the series. A change of an occurrence has the `series`
    it belongs to, which has the texts that it lacks itself.
    """

    block: Block
    event: Event
    start: Moment
    zone_words: str = ""
    doubts: list[Finding] = field(default_factory=list)
    home: tzinfo = FLOATING
    rules: list[vRecur] = field(default_factory=list)
    series: Parsed | None = None
    refused: str | None = None
    end: Moment | None = field(init=False)

    def __post_init__(self) -> None:
        """Take DTEND, or DTSTART plus DURATION, of the same kind as the start; one equal to the start says nothing."""
        start = self.start
        end = _moment(self.event.get("DTEND"))
        duration = getattr(self.event.get("DURATION"), "dt", None)
        if end is None and isinstance(duration, timedelta) and abs(duration) <= _LONGEST:
            # Days go by the calendar, hours and minutes exactly (RFC 5545 §3.3.6).
            if not isinstance(start, datetime):
                end = start + timedelta(days=-(-duration // _DAY))
            elif duration % _DAY:
                end = (start.astimezone(UTC) + duration).astimezone(start.tzinfo)
            else:
                end = start + duration
        if end is not None and end.year not in YEARS:
            end = None
        if end is not None and isinstance(start, datetime):
            end = end if isinstance(end, datetime) else datetime.combine(end, time.min, start.tzinfo)
            end = end if end == start else end.astimezone(start.tzinfo)
        elif isinstance(end, datetime):
            end = end.date() if end.time() == time.min else end.date() + _DAY
        self.end = None if end == start else end

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

    @property
    def is_private(self) -> bool:
        """Return True where CLASS is anything but PUBLIC."""
        return self.text("CLASS").strip().upper() not in ("", "PUBLIC")

    @property
    def version(self) -> tuple[str, str]:
        """LAST-MODIFIED and DTSTAMP as written, by which versions of one SEQUENCE are told apart."""
        return self.text("LAST-MODIFIED").strip(), self.text("DTSTAMP").strip()

    @property
    def join_link(self) -> str:
        """The first address where people take part; "" where there is none."""
        stated = (*(self.line_values("CONFERENCE")), *(self.text(name) for name in _JOIN))
        return next((link for one in stated if (link := one.strip()).lower().startswith(("http:", "https:"))), "")

    def text(self, name: str) -> str:
        """A text, unescaped; "" where missing, here and in the series."""
        line = self.block.get(name) or (self.series.block.get(name) if self.series else None)
        return "" if line is None else decoded(line)

    @property
    def categories(self) -> tuple[str, ...]:
        """The names of CATEGORIES, of all its lines, each once."""
        values = (value for line in self.line_values("CATEGORIES") for value in split_on_unescaped_comma(line))
        return tuple(dict.fromkeys(filter(None, map(clean_line, values))))

    @property
    def status(self) -> EventStatus:
        """STATUS, in any of its spellings."""
        text = self.text("STATUS")
        if says_cancelled(text):
            return EventStatus.CANCELLED
        return EventStatus.TENTATIVE if text.strip().upper() == "TENTATIVE" else EventStatus.CONFIRMED

    def line_values(self, name: str) -> list[str]:
        """The values of all lines of this name as written, of the series where it has none itself."""
        own = [line.value for line in self.block.properties if line.name == name]
        return own or (self.series.line_values(name) if self.series else [])


def decoded(line: Property) -> str:
    """A text without its escapes, also those of vCalendar 1.0 (quoted-printable) and those that are one too many."""
    if "QUOTED-PRINTABLE" not in line.parameters.upper():
        return _STRAY_BREAK.sub("\n", _STRAY_ESCAPE.sub(r"\1", unescape_backslash(line.value)))
    octets = decodestring(line.value.encode("utf-8", "surrogatepass"))
    charset = re.search(r"CHARSET=\"?([\w-]+)", line.parameters, re.IGNORECASE)
    try:
        return octets.decode(charset[1] if charset else "utf-8", "replace").replace("\r\n", "\n")
    except LookupError:
        return octets.decode("utf-8", "replace").replace("\r\n", "\n")


def parse(block: Block, zones: Zones) -> Parsed | Present:
    """Parse a VEVENT. One without a usable start is present but unreadable."""
    named = block.get("SUMMARY") or block.get("UID")
    shown = cut(clean_line(named.value if named else "an event"), 80)
    try:
        event = _component(block)
    except BROKEN as error:
        return _present(block, "unreadable", cut(clean_line(f"{shown}: {error}"), 200))
    doubts = [Finding("text-cut", name, block.line) for name in block.cut]
    if block.stray is not None:
        doubts.append(Finding("unreadable", f"not a property: {cut(clean_line(block.stray), 80)}"))
    home = zones.default(block.calendar)
    clocks = _Clocks(block, zones, doubts)
    clocks.place_dates(event)
    clocks.place_days(event)
    clocks.place_lists(event)
    start = _moment(event.get("DTSTART"))
    if start is None or start.year not in YEARS:
        stated = block.get("DTSTART")
        code = "undated" if stated is None else "unreadable"
        return _present(block, code, shown if stated is None else cut(clean_line(f"{shown}: {stated.value}"), 200))
    stated = event.pop("RRULE", [])
    rules = [rule for rule in (stated if isinstance(stated, list) else [stated]) if isinstance(rule, vRecur)]
    for rule in rules:
        clocks.place_last(rule, start)
    return Parsed(block, event, start, clocks.words, doubts, home, rules)


def _present(block: Block, code: str, detail: str) -> Present:
    uid, title, url = (
        "" if (line := block.get(name)) is None else decoded(line).strip() for name in ("UID", "SUMMARY", "URL")
    )
    # A broken change of one occurrence says nothing of its series, whose UID it bears.
    own_id = None if block.get("RECURRENCE-ID") else clean_line(uid)
    return Present(Finding(code, detail, block.line), title or None, own_id or None, url or None)


def _component(block: Block) -> Event:
    """The component as the library parses it: dates without their zone, which is looked up here. Raises BROKEN."""
    lines: dict[str, None] = {}  # the same line twice is a slip of the exporter, not two rules
    for line in block.properties:
        if line.name in ("RRULE", "EXRULE"):
            lines[f"{line.name}:{plain_rule(line.value)}"] = None
        elif line.name in _DATES:
            this_and_future = ";RANGE=THISANDFUTURE" if "THISANDFUTURE" in line.parameters.upper() else ""
            lines[f"{line.name}{this_and_future}:{line.value.strip().upper()}"] = None
        elif line.name in _PARSED:
            lines[f"{line.name}:{line.value}"] = None
    event = Event.from_ical("\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""]))
    if not isinstance(event, Event):
        raise TypeError("not an event")
    # What the parser could not read raises at every touch.
    for name, value in list(event.items()):
        sound = [one for one in value if not isinstance(one, vBroken)] if isinstance(value, list) else value
        if isinstance(value, vBroken) or sound == []:
            del event[name]
        else:
            event[name] = sound
    return event


def _tzid(line: Property | None) -> str:
    at = line.parameters.upper().find(";TZID=") if line else -1
    if line is None or at < 0:
        return ""
    value = line.parameters[at + 6 :]
    return value[1:].partition('"')[0] if value.startswith('"') else value.partition(";")[0]


class _Clocks:
    """The clocks of one event's dates. What is doubtful about them is told once, in `doubts`."""

    def __init__(self, block: Block, zones: Zones, doubts: list[Finding]) -> None:
        self._block, self._zones, self._doubts = block, zones, doubts
        stated = block.get("TZID") or block.get("SUBCALENDAR-TZ-ID")
        self._own = stated.value.strip() if stated else ""
        self.words = _tzid(block.get("DTSTART")) or self._own

    def of(self, line: Property) -> tzinfo:
        """The clock of a date without one of its own: by its TZID, the event's, or its calendar's."""
        default = self._zones.default(self._block.calendar)
        if self._zones.times != "stated":
            return default if self._zones.times != "utc" else UTC
        tzid = _tzid(line) or self._own
        if not tzid:
            self._tell_once(self._zones.doubt_of_default(self._block.calendar))
            return default
        found, doubt = self._zones.find(tzid, self._block.calendar)
        self._tell_once(Finding(doubt, cut(clean_line(tzid), 120)) if doubt else None)
        return found or default

    def _tell_once(self, doubt: Finding | None) -> None:
        if doubt is not None and doubt not in self._doubts:
            self._doubts.append(doubt)

    def place(self, moment: Any, line: Property) -> Any:
        """The moment on its clock. Where the source's times are not worth what they state, that is the source's."""
        if self._zones.times != "stated" and isinstance(moment, datetime):
            return moment.replace(tzinfo=self.of(line))
        if isinstance(moment, datetime) and moment.tzinfo is not None:
            return moment
        return _on(moment, self.of(line)) if isinstance(moment, datetime | tuple) else moment

    def place_dates(self, event: Event) -> None:
        """Give start, end and the name of a changed occurrence their clock."""
        years = 0
        for name in _DATES:
            line, moment = self._block.get(name), _moment(event.get(name))
            if moment is None or line is None:
                event.pop(name, None)
                continue
            parameters = dict(event[name].params) if name == "RECURRENCE-ID" else {}
            # A series without a COUNT may as well have begun a cycle of the calendar later.
            rules = [one.value.upper() for one in self._block.properties if one.name == "RRULE"]
            goes_on = bool(rules) and not any("COUNT" in rule for rule in rules)
            if name == "DTSTART" and moment.year < YEARS.start and goes_on:
                years = (1999 - moment.year) // _CYCLE * _CYCLE
            if name != "RECURRENCE-ID" and years:
                moment = moment.replace(year=min(moment.year + years, 9999))
            event[name] = vDDDTypes(self.place(moment, line))
            event[name].params.update({key: value for key, value in parameters.items() if key == "RANGE"})

    def place_days(self, event: Event) -> None:
        """Take an event from midnight to midnight for whole days, as Outlook means it, flagged or not."""
        start, end = _moment(event.get("DTSTART")), _moment(event.get("DTEND"))
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            return
        flagged = any(
            (line := self._block.get(name)) and line.value.strip().upper() in ("TRUE", "1") for name in _ALL_DAY
        )
        if start.time() != time.min or end <= start or not (end.time() == time.min or end.time() >= _LAST_MINUTE):
            return
        recurs = any(line.name in ("RRULE", "RDATE", "RECURRENCE-ID") for line in self._block.properties)
        if not flagged and (recurs or str(start.tzinfo) in ("UTC", "Etc/UTC") or end.tzinfo != start.tzinfo):
            return
        after = end.date() + (_DAY if end.time() != time.min else timedelta())
        event["DTSTART"], event["DTEND"] = vDDDTypes(start.date()), vDDDTypes(after)
        if not flagged:
            self._doubts.append(Finding("taken-as-all-day", f"{start:%Y-%m-%d %H:%M} - {end:%Y-%m-%d %H:%M}"))

    def place_lists(self, event: Event) -> None:
        """Give the dates that a series leaves out or adds the clock and the kind of its start."""
        start = _moment(event.get("DTSTART"))
        home = self._zones.default(self._block.calendar)
        for name in _DATE_LISTS:
            moments = []
            for line in (line for line in self._block.properties if line.name == name):
                try:
                    values = vDDDLists.from_ical(line.value.strip().upper())  # type: ignore[no-untyped-call]
                except BROKEN:
                    self._doubts.append(Finding("dates-unreadable", f"{line.name}: {cut(clean_line(line.value), 80)}"))
                    continue
                moments += [self.place(value, line) for value in values]
            if isinstance(start, datetime) and name == "RDATE":
                # An extra day of an event that has a time takes place at that time.
                moments = [datetime.combine(one, start.timetz()) if type(one) is date else one for one in moments]
            elif start is not None and not isinstance(start, datetime):
                moments = [day_of(moment, home) if isinstance(moment, datetime) else moment for moment in moments]
            if moments:
                event[name] = vDDDLists(moments)

    def place_last(self, rule: vRecur, start: Moment) -> None:
        """The last moment of a rule, in UTC: a day with all its hours, a time without a zone on the clock of the event.

        The library would take the one for its midnight, and the other for UTC. Of whole days it is a day.
        """
        home = self._zones.default(self._block.calendar)
        for key in [key for key in rule if key.upper() == "UNTIL"]:
            values = rule[key] if isinstance(rule[key], list) else [rule[key]]
            if not isinstance(start, datetime):
                rule[key] = [
                    day_of(one, home) if isinstance(one, datetime) and one.year in YEARS else one for one in values
                ]
                continue
            ends = [one if isinstance(one, datetime) else datetime.combine(one, _LAST_SECOND) for one in values]
            # The last day that exists ends nowhere else; it only says that there is no end.
            rule[key] = [_on(end, start.tzinfo or UTC).astimezone(UTC) if end.year in YEARS else end for end in ends]


def day_of(moment: datetime, home: tzinfo) -> date:
    """The day that an instant stands for in an event of whole days.

    Exchange writes midnight of the calendar's own clock in UTC; others write the last second of the day, or any time.
    """
    if moment.tzinfo is None or moment.tzinfo is FLOATING or home is FLOATING:
        return moment.date()
    local = moment.astimezone(home)
    return local.date() if local.time() in (time.min, _LAST_SECOND) else moment.date()


def _on(moment: Any, tz: tzinfo) -> Any:
    """The moment on that clock, if it has none of its own; periods are placed part by part."""
    if isinstance(moment, tuple):
        return tuple(_on(part, tz) for part in moment)
    return moment.replace(tzinfo=tz) if isinstance(moment, datetime) and moment.tzinfo is None else moment


def _moment(value: Any) -> Moment | None:
    value = value[0] if isinstance(value, list) and value else value
    moment = getattr(value, "dt", None)
    return moment if isinstance(moment, date) else None
