"""Content lines (RFC 5545 §3.1) written straight away: for what is written while somebody waits for a feed.

Events are serialised by the library when they change. A calendar's own dozen lines are needed whenever a combination is
asked for that nobody asked for before; the library takes as long for them as the store takes for hundreds of events.
At the end stand the few values that `icalendar` 7.3 does not write as RFC 5545 says, mended where they are written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache

from icalendar import vCategory, vDatetime, vDuration, vText

MAX_OCTETS = 75
"""Of a line, without its CRLF."""

_PIECE = MAX_OCTETS - 1
"""Octets of each piece: a space stands before all but the first."""
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def escaped(text: str) -> str:
    """TEXT (RFC 5545 §3.3.11). `text` has no line end but LF."""
    return text.translate(_ESCAPES)


def content_line(name: str, value: str) -> bytes:
    """One line, folded between characters, with its CRLF. `value` is of its type's spelling, without line ends.

    Raises UnicodeEncodeError on a lone surrogate.
    """
    octets = f"{name}:{value}".encode()
    pieces, start = [], 0
    while start < len(octets):
        end = start + _PIECE
        while end < len(octets) and octets[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(octets[start:end])
        start = end
    return b"\r\n ".join(pieces) + b"\r\n"


class Text(vText):
    """TEXT (RFC 5545 §3.3.11). The library takes a backslash and an N within a text for a line break."""

    def to_ical(self) -> bytes:
        """The escaped text in UTF-8. Raises UnicodeEncodeError on a lone surrogate."""
        return escaped(self).encode()


def categories(names: Iterable[str]) -> vCategory:
    """CATEGORIES with each name written as our Text."""
    value = vCategory([])
    value.cats = [Text(name) for name in names]
    return value


def instant(moment: datetime) -> vDatetime:
    """A moment in UTC, in whole seconds. `moment` is aware."""
    return vDatetime(moment.replace(microsecond=0))


@cache
def duration(length: timedelta) -> str:
    """A DURATION such as PT12H (RFC 5545 §3.3.6)."""
    written: bytes = vDuration(length).to_ical()  # type: ignore[no-untyped-call]
    return written.decode()
