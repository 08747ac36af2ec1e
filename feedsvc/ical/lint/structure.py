"""Faults in the structure of a calendar: components that do not close, properties that are missing, twice or illegal.

Reads only the lines that carry structure, in one pass, and remembers one UID an event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from feedsvc.ical.lint.octets import line_of

Identity = tuple[bytes, bytes]
"""UID and RECURRENCE-ID, b"" where there is none."""

Properties = dict[bytes, tuple[bytes, bytes]]
"""Name → (parameters with their leading semicolon, value), unfolded."""

_INSTANT = rb":\d{8}T\d{6}Z"
_WHOLE_EVENT = (
    rb"BEGIN:VEVENT\r\nUID:([^\r\n]+(?:\r\n [^\r\n]*)*+)\r\n"
    rb"DTSTAMP" + _INSTANT + rb"\r\nCREATED" + _INSTANT + rb"\r\nLAST-MODIFIED" + _INSTANT + rb"\r\nSEQUENCE:\d+\r\n"
    rb"DTSTART(;VALUE=DATE:\d{8}|" + _INSTANT + rb")\r\nDTEND(;VALUE=DATE:\d{8}|" + _INSTANT + rb")\r\n"
    rb"(?:(?:SUMMARY:|DESCRIPTION:|LOCATION:|URL:|CATEGORIES:| )[^\n]*\n)*+"
    rb"STATUS:(?:CONFIRMED|TENTATIVE|CANCELLED)\r\n(?:(?:TRANSP|CLASS|X-MICROSOFT-CDO-BUSYSTATUS):[A-Z]+\r\n)*+END:VEVENT(?=\r\n)"
)
_LINE = (
    rb"(BEGIN|END|UID|DTSTAMP|DTSTART|DTEND|STATUS|RECURRENCE-ID|VERSION|PRODID)"
    rb"((?:;(?:[^:\"\r\n]|\"[^\"\r\n]*\")*)?):([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)"
)
_LINES = re.compile(rb"\n" + _LINE)
_PARTS = re.compile(rb"\n(?:" + _WHOLE_EVENT + rb"|" + _LINE + rb")")
"""An event in the very shape that we write is taken at one bite, which is four times faster; all else line by line."""

_FOLD = re.compile(rb"\r?\n[ \t]")
_MOMENT = re.compile(rb"\d{8}(?:T\d{6}Z?)?")
_ONCE = {b"VCALENDAR": (b"VERSION", b"PRODID"), b"VEVENT": (b"UID", b"DTSTAMP", b"DTSTART")}
_STATES = (b"CONFIRMED", b"TENTATIVE", b"CANCELLED")


@dataclass(slots=True)
class _Component:
    name: bytes
    position: int
    properties: Properties = field(default_factory=dict)


def structure_faults(document: bytes) -> Iterator[str]:
    """Each fault as a sentence with its line or UID (RFC 5545 §3.4, §3.6; RFC 7986 for the calendar)."""
    if not document.startswith((b"BEGIN:VCALENDAR\r\n", b"BEGIN:VCALENDAR\n")):
        yield "line 1: does not begin with BEGIN:VCALENDAR"
        return
    stack = [_Component(b"VCALENDAR", 0)]
    seen: set[Identity] = set()
    for position, name, parameters, value in _lines(document, seen):
        if name == b"BEGIN":
            if not stack:
                yield f"{line_of(document, position)}: a second component after the calendar's end"
            stack.append(_Component(value, position))
        elif name == b"END":
            yield from _close(stack, value, seen, document, position)
        elif not stack:
            yield f"{line_of(document, position)}: {name.decode()} outside of the calendar"
        elif name in stack[-1].properties:
            yield f"{_where(stack[-1], document)}: duplicate {name.decode()}"
        else:
            stack[-1].properties[name] = (parameters, value)
    yield from (f"{_where(component, document)}: {_shown(component.name)} is never closed" for component in stack)
    if not document.endswith((b"\nEND:VCALENDAR\r\n", b"\nEND:VCALENDAR\n")):
        yield "does not end with END:VCALENDAR"


def _lines(document: bytes, seen: set[Identity]) -> Iterator[tuple[int, bytes, bytes, bytes]]:
    """Position, name, parameters and unfolded value of each line that carries structure, but for events that are sound
    and in our own shape: those are only put into `seen`.
    """
    for found in _PARTS.finditer(document, len(b"BEGIN:VCALENDAR")):
        uid, start, end, name, parameters, value = found.groups()
        if uid is None:
            yield found.start() + 1, name, parameters, _unfolded(value)
        elif (identity := (_unfolded(uid), b"")) not in seen and len(end) == len(start) and end > start:
            seen.add(identity)
        else:
            for line in _LINES.finditer(document, found.start(), found.end()):
                yield line.start() + 1, line[1], line[2], _unfolded(line[3])


def _unfolded(value: bytes) -> bytes:
    return _FOLD.sub(b"", value) if b"\n" in value else value


def _close(stack: list[_Component], name: bytes, seen: set[Identity], document: bytes, position: int) -> Iterator[str]:
    """Close the innermost component of this name; those within it were left open."""
    depth = next((n for n in range(len(stack) - 1, -1, -1) if stack[n].name == name), None)
    if depth is None:
        yield f"{line_of(document, position)}: END:{_shown(name)} closes nothing"
        return
    for left in stack[depth + 1 :]:
        yield f"{_where(left, document)}: {_shown(left.name)} is never closed"
    component = stack[depth]
    del stack[depth:]
    if faults := list(_component_faults(component, bool(stack), seen)):
        where = _where(component, document)
        yield from (f"{where}: {fault}" for fault in faults)


def _component_faults(component: _Component, within: bool, seen: set[Identity]) -> Iterator[str]:
    properties = component.properties
    for name in _ONCE.get(component.name, ()):
        if name not in properties or not properties[name][1]:
            yield f"no {name.decode()}"
    if component.name == b"VEVENT":
        yield from _event_faults(properties, seen)
    elif component.name == b"VCALENDAR":
        if within:
            yield "a calendar within a calendar"
        if b"UID" in properties:
            yield "the calendar has a UID; some programs then keep one event of all"


def _event_faults(properties: Properties, seen: set[Identity]) -> Iterator[str]:
    if b"UID" in properties:
        identity = (properties[b"UID"][1], properties.get(b"RECURRENCE-ID", (b"", b""))[1])
        if identity in seen:
            yield "another event has the same UID"
        seen.add(identity)
    if b"DTSTAMP" in properties and not properties[b"DTSTAMP"][1].endswith(b"Z"):
        yield "DTSTAMP is not in UTC"
    if b"STATUS" in properties and properties[b"STATUS"][1] not in _STATES:
        yield f"STATUS:{_shown(properties[b'STATUS'][1])} is unknown (known: {b', '.join(_STATES).decode()})"
    yield from _span_faults(properties)


def _span_faults(properties: Properties) -> Iterator[str]:
    """Ends are compared with starts only where both are written alike; else their zones would have to be known."""
    sound = True
    for name in (b"DTSTAMP", b"DTSTART", b"DTEND"):
        parameters, value = properties.get(name, (b"", b""))
        if value and (not _MOMENT.fullmatch(value) or (len(value) == 8) != (b"VALUE=DATE" in parameters.split(b";"))):
            yield f"{name.decode()}{_shown(parameters)}:{_shown(value)} is neither a date nor a time"
            sound = False
    if not sound or b"DTSTART" not in properties or b"DTEND" not in properties:
        return
    (start_parameters, start), (end_parameters, end) = properties[b"DTSTART"], properties[b"DTEND"]
    if (len(start) == 8) != (len(end) == 8):
        yield "one of DTSTART and DTEND is a date, the other a time"
    elif len(start) == len(end) and start_parameters == end_parameters and end <= start:
        yield f"DTEND {_shown(end)} is not after DTSTART {_shown(start)}"


def _where(component: _Component, document: bytes) -> str:
    uid = component.properties.get(b"UID", (b"", b""))[1]
    return f"UID {_shown(uid)}" if uid and component.name == b"VEVENT" else line_of(document, component.position)


def _shown(value: bytes) -> str:
    """Foreign octets in a sentence of ours: one line, printable, not long."""
    return ascii(value.decode(errors="replace")[:100])[1:-1]
