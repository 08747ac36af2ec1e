"""A strict iCalendar reader of our own, sharing nothing with the library or the check.

It takes for a line end whatever any program might: CR, LF, VT, FF, FS, GS, RS, NEL, U+2028, U+2029. So text that could
become a line somewhere becomes one here, and a test sees a property that nobody wrote.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

_LINE_ENDS = re.compile("\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_CONTENT_LINE = re.compile(r"([A-Z-]+)((?:;[A-Z-]+=[^;:\"]+)*):(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)|([;,])", re.DOTALL)
_PLAIN = {"\\": "\\", ";": ";", ",": ",", "n": "\n"}


@dataclass
class Component:
    """A component as written: (name, parameters, raw value) in order, and what it holds."""

    name: str
    lines: list[tuple[str, str, str]] = field(default_factory=list)
    children: list[Component] = field(default_factory=list)

    def raw(self, name: str) -> str:
        """The one raw value of this property. Fails when there is none or more."""
        (value,) = [value for line, _, value in self.lines if line == name]
        return value

    def text(self, name: str) -> str:
        return unescape(self.raw(name))[0]

    def texts(self, name: str) -> list[str]:
        return unescape(self.raw(name))

    def names(self) -> Counter[str]:
        return Counter(name for name, _, _ in self.lines)


def unescape(raw: str) -> list[str]:
    """The values of a TEXT list; one character after the other, so that an escape cannot be made of two."""
    values, position = [""], 0
    for found in _ESCAPE.finditer(raw):
        values[-1] += raw[position : found.start()]
        position = found.end()
        if found[2] == ",":
            values.append("")
        else:
            assert found[1] in _PLAIN, f"bare {found[0]!r} in {raw!r}"
            values[-1] += _PLAIN[found[1]]
    return [*values[:-1], values[-1] + raw[position:]]


def read(octets: bytes) -> Component:
    """The one outer component. Fails on anything that is not plainly right."""
    *lines, last = _LINE_ENDS.split(octets.decode())
    assert last == "", "no line end at the end"
    unfolded: list[str] = []
    for line in lines:
        if line.startswith(" "):
            unfolded[-1] += line[1:]
        else:
            unfolded.append(line)
    stack = [Component("")]
    for line in unfolded:
        found = _CONTENT_LINE.fullmatch(line)
        assert found, f"no content line: {line!r}"
        name, parameters, value = found.groups()
        if name == "BEGIN":
            stack.append(Component(value))
        elif name == "END":
            done = stack.pop()
            assert done.name == value
            stack[-1].children.append(done)
        else:
            stack[-1].lines.append((name, parameters, value))
    (root,) = stack
    (outer,) = root.children
    return outer
