"""Content lines (RFC 5545 §3.1) written straight away: for what is written while somebody waits for a feed.

Events are serialised by the library when they change. A calendar's own dozen lines are needed whenever a combination is
asked for that nobody asked for before; the library takes as long for them as the store takes for hundreds of events.
"""

from __future__ import annotations

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
    if len(octets) <= _PIECE:
        return octets + b"\r\n"
    return b"\r\n ".join(_pieces(octets)) + b"\r\n"


def _pieces(octets: bytes) -> list[bytes]:
    pieces, start = [], 0
    while start < len(octets):
        end = start + _PIECE
        while end < len(octets) and octets[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(octets[start:end])
        start = end
    return pieces
