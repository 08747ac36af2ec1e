"""The last look at a file before it is put in place. Large calendars are read in pieces of whole events, so that the
memory it takes does not grow with them; what a piece cannot show (the same UID in two of them) is looked for besides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import BinaryIO

from feedsvc.ical.lint.check import faults

PIECE_BYTES = 500_000
_BEGIN = b"BEGIN:VEVENT\r\n"
_END = b"\r\nEND:VEVENT\r\n"
_FOOT = b"END:VCALENDAR\r\n"
_UID = re.compile(rb"\r\nUID:([^\r\n]*(?:\r\n [^\r\n]*)*)")


def calendar_faults(file: BinaryIO) -> list[str]:
    """Faults of a calendar, in words; [] if it is sound. The first piece with faults is enough."""
    seen: set[bytes] = set()
    for piece in _pieces(file):
        found = faults(piece)
        if found:
            return found
        for uid in _UID.findall(piece):
            name = blake2b(uid, digest_size=8).digest()
            if name in seen:
                return [f"UID {uid[:80]!a}: another event has the same"]
            seen.add(name)
    return []


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """Calendars of whole events, each with the head and the foot of the whole."""
    head, rest = b"", b""
    while block := file.read(PIECE_BYTES):
        rest += block
        if not head:
            head = rest[: rest.find(_BEGIN)] if _BEGIN in rest else b""
            rest = rest[len(head) :]
        cut = rest.rfind(_END) + len(_END)
        if head and cut > len(_END) and len(rest) > cut and not rest.startswith(_FOOT, cut):
            yield head + rest[:cut] + _FOOT
            rest = rest[cut:]
    yield head + rest
