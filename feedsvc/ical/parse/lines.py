"""A foreign calendar taken apart by its lines, before anything is parsed: which components, with which properties.

The hardest case is a file that is broken on purpose or by accident. Here size costs nothing but reading it once: what
no event needs is dropped, a component that is not closed ends where the next begins, and what is too deep, too long or
too much is known before any parser sees it (RFC 5545 §3.1, §3.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from feedsvc.core.errors import SourceUnreadable

MAX_DEPTH = 8
MAX_LINE = 65_536
"""Characters of one unfolded line that are kept."""
MAX_EVENTS = 20_000
MAX_LINES_IN_COMPONENT = 2_000

_SEVERAL = frozenset({"RRULE", "EXRULE", "RDATE", "EXDATE", "CATEGORIES", "CONFERENCE"})
_ONCE = frozenset(
    ("UID", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "SEQUENCE", "SUMMARY", "DESCRIPTION", "LOCATION")
) | {"URL", "STATUS", "ORGANIZER"}
_ONCE |= {"CLASS", "DTSTAMP", "LAST-MODIFIED", "TZID", "SUBCALENDAR-TZ-ID", "X-ALT-DESC", "X-GOOGLE-CONFERENCE"}
_ONCE |= {"X-MICROSOFT-SKYPETEAMSMEETINGURL", "X-MICROSOFT-ONLINEMEETINGCONFLINK", "X-ZOOM-JOIN-URL"}
_ONCE |= {"X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT", "X-FUNAMBOL-ALLDAY"}
_ZONE_OF_CALENDAR = ("X-WR-TIMEZONE", "SUBCALENDAR-TZ-ID", "X-CONFLUENCE-SUBCALENDAR-TZ-ID", "TIMEZONE-ID")
"""Names under which a calendar, or an event of it, tells the zone of all its times without one, best first."""
_SOFT_BREAK = re.compile(r"[;=]QUOTED-PRINTABLE[;:]", re.IGNORECASE)
_BEGIN = re.compile(r"BEGIN:VCALENDAR\b", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\n|\r")
_PROPERTY = re.compile(
    r"([A-Za-z0-9-]{1,60})((?:;[^=;:]*=(?:\"[^\"]*\"|[^\";:,]*)(?:,(?:\"[^\"]*\"|[^\";:,]*))*)*):(.*)", re.DOTALL
)
_DATED = re.compile(r"(DTSTART|DTEND|RECURRENCE-ID|EXDATE|RDATE)((?:;.*)?):([0-9][0-9TZPDHMSW/,+-]*)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Property:
    """A line: its name in upper case, its parameters with the leading semicolon, its value as written."""

    name: str
    parameters: str
    value: str


@dataclass(slots=True)
class Block:
    """A VEVENT or VTIMEZONE. `line` is where it begins, `calendar` counts the calendars of the file.

    `lines` are the unfolded lines of a VTIMEZONE, `properties` those of a VEVENT that mean something here. `cut` names
    the properties that were too long, `stray` is the first line that is none.
    """

    line: int
    calendar: int
    properties: list[Property] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    stray: str | None = None
    size: int = 0

    def get(self, name: str) -> Property | None:
        """The first property of this name."""
        return next((one for one in self.properties if one.name == name), None)


@dataclass(slots=True)
class Scan:
    """All calendars of a file.

    `zones` are the zones of whole calendars by their number, `methods` their METHOD in upper case; `left_out` counts
    the events beyond the limit.
    """

    events: list[Block] = field(default_factory=list)
    timezones: list[Block] = field(default_factory=list)
    zones: dict[int, str] = field(default_factory=dict)
    methods: dict[int, str] = field(default_factory=dict)
    calendars: int = 0
    left_out: int = 0
    closed: bool = False


def scan(text: str) -> Scan:
    """Take a file apart. Raises SourceUnreadable when it is not a calendar, or nested too deep."""
    # Programs print warnings before the calendar, even on the same line.
    begins = _BEGIN.search(text)
    if begins is not None and begins.start() > 0 and text[begins.start() - 1] not in "\r\n":
        text = f"{text[: begins.start()]}\n{text[begins.start() :]}"
    scanner = _Scanner()
    for number, line, whole in _unfolded(text):
        scanner.take(number, line, whole=whole)
    if not scanner.found.calendars:
        raise SourceUnreadable("not a calendar: BEGIN:VCALENDAR is missing")
    scanner.found.closed = not scanner.stack
    return scanner.found


def _unfolded(text: str) -> Iterator[tuple[int, str, bool]]:
    """Each line with the number of its first physical line, and whether it was kept whole."""
    parts: list[str] = []
    started, length = 1, 0
    for number, line in enumerate(_LINE_END.split(text), 1):
        if parts and parts[-1].endswith("=") and _SOFT_BREAK.search(parts[0]):
            length += len(line)
            parts[-1] = parts[-1][:-1]
            if length <= MAX_LINE:
                parts.append(line.removeprefix(" "))
            continue
        if line[:1] in (" ", "\t") and parts:
            length += len(line) - 1
            if length <= MAX_LINE:
                parts.append(line[1:])
            continue
        if parts:
            yield started, "".join(parts)[:MAX_LINE], length <= MAX_LINE
        parts, started, length = [line], number, len(line)
    yield started, "".join(parts)[:MAX_LINE], length <= MAX_LINE


class _Scanner:
    """Follows BEGIN and END. `stack` holds the names of the open components, `block` the one that is collected."""

    def __init__(self) -> None:
        self.found = Scan()
        self.stack: list[str] = []
        self.block: Block | None = None

    def take(self, number: int, line: str, *, whole: bool) -> None:
        """Take the next unfolded line."""
        head = line[:6].upper()
        if head == "BEGIN:":
            self._begin(line[6:].strip().upper(), number)
        elif head.startswith("END:"):
            self._end(line[4:].strip().upper())
        elif self.block is not None:
            self.block.size += 1
            if self.block.size > MAX_LINES_IN_COMPONENT or not line.strip():
                return
            if self.block.lines:
                self.block.lines.append(line)
            elif self.stack[-1] == "VEVENT":
                self._property(self.block, line, whole=whole)
        elif self.stack == ["VCALENDAR"]:
            # A property of the calendar itself.
            head, _, value = line.partition(":")
            name, stated = head.partition(";")[0].upper(), value.strip()
            if name in _ZONE_OF_CALENDAR and stated:
                self.found.zones.setdefault(self.found.calendars, stated)
            elif name == "METHOD":
                self.found.methods[self.found.calendars] = stated.upper()

    def _begin(self, name: str, number: int) -> None:
        if name == "VCALENDAR":
            # A second calendar in one file, or one that follows an unclosed one.
            self._close()
            self.stack = []
            self.found.calendars += 1
        elif not self.stack:
            return
        elif name in ("VEVENT", "VTIMEZONE"):
            self._close()
            self.stack = self.stack[:1]
            self.block = Block(number, self.found.calendars, lines=["BEGIN:VTIMEZONE"] if name == "VTIMEZONE" else [])
        elif self.block is not None and self.block.lines:
            self.block.lines.append(f"BEGIN:{name}")
        self.stack.append(name)
        if len(self.stack) > MAX_DEPTH:
            raise SourceUnreadable(f"line {number}: components nested {len(self.stack)} deep; at most {MAX_DEPTH}")

    def _end(self, name: str) -> None:
        if name not in self.stack:
            return
        while self.stack[-1] != name:
            self.stack.pop()
        self.stack.pop()
        if name in ("VEVENT", "VTIMEZONE", "VCALENDAR"):
            self._close()
        elif self.block is not None and self.block.lines:
            self.block.lines.append(f"END:{name}")

    def _close(self) -> None:
        block, self.block = self.block, None
        if block is None:
            return
        if block.lines:
            self.found.timezones.append(block)
        elif len(self.found.events) < MAX_EVENTS:
            self.found.events.append(block)
        else:
            self.found.left_out += 1

    @staticmethod
    def _property(block: Block, line: str, *, whole: bool) -> None:
        found = _DATED.fullmatch(line) or _PROPERTY.fullmatch(line)
        if found is None:
            block.stray = block.stray or line
            return
        name = found[1].upper()
        if name not in _SEVERAL and (name not in _ONCE or block.get(name)):
            return
        block.properties.append(Property(name, found[2], found[3]))
        if not whole:
            block.cut.append(name)
