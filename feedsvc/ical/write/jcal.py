"""Our own finished calendar bytes as jCal (RFC 7265): the same lines, each as [name, parameters, type, value].

Reads what this service wrote and nothing else: folded at 75 octets by a space, parameters without quotes. So a jCal
feed says what the iCalendar feed says, because it is made of it.
"""

from __future__ import annotations

import re
from typing import Any

Property = list[Any]

_TYPES = {
    "url": "uri",
    "dtstart": "date-time",
    "dtend": "date-time",
    "dtstamp": "date-time",
    "created": "date-time",
    "last-modified": "date-time",
    "sequence": "integer",
    "refresh-interval": "duration",
}
"""Default types (RFC 5545 §3.8, RFC 7986 §5) of the properties we write; all others are TEXT."""
_MANY = frozenset({"categories"})
_ESCAPED = re.compile(r"\\(.)")
_COMMA = re.compile(r"(?<!\\)((?:\\\\)*),")


def jcal_properties(lines: bytes) -> list[Property]:
    """Every property of some content lines, in their order; the lines that begin or end a component are left out."""
    unfolded = lines.replace(b"\r\n ", b"").decode().split("\r\n")
    return [_property(line) for line in unfolded if line and not line.startswith(("BEGIN:", "END:"))]


def jcal_vevent(vevent: bytes) -> list[Any]:
    """One VEVENT as a jCal component."""
    return ["vevent", jcal_properties(vevent), []]


def _property(line: str) -> Property:
    head, _, value = line.partition(":")
    name, *pairs = head.lower().split(";")
    parameters = dict(pair.split("=", 1) for pair in pairs)
    kind = parameters.pop("value", None) or _TYPES.get(name) or ("unknown" if name.startswith("x-") else "text")
    if name in _MANY:
        return [name, parameters, kind, *(_value(kind, one) for one in _COMMA.sub("\\1\n", value).split("\n"))]
    return [name, parameters, kind, _value(kind, value)]


def _value(kind: str, value: str) -> str | int:
    """A value in JSON's spelling (RFC 7265 §3.6). Of an unknown type it stays as it is, with its escapes (§5)."""
    match kind:
        case "text":
            return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
        case "integer":
            return int(value)
        case "date":
            return f"{value[:4]}-{value[4:6]}-{value[6:8]}"
        case "date-time":
            return f"{value[:4]}-{value[4:6]}-{value[6:11]}:{value[11:13]}:{value[13:]}"
        case _:
            return value
