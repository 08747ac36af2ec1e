"""The last look at finished bytes, before they are stored or served, and what `feedsvc check-feed` tells of any file.

Programs answer one fault by dropping an event, a day or the whole feed, mostly without a word. Parsers are lenient, so
this check reads the octets themselves and shares no code with what wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from itertools import chain, islice
from typing import BinaryIO

from feedsvc.core.errors import EventUnwritable
from feedsvc.ical.lint.octets import octet_faults
from feedsvc.ical.lint.structure import structure_faults

MAX_FAULTS = 50
"""So many are told of one document; finding the line of each in a large one costs time."""

_HEAD = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-\r\n"
_FOOT = b"END:VCALENDAR\r\n"
_BOM = b"\xef\xbb\xbf"
_MOMENT_LINE = re.compile(rb"\n(DTSTART|DTEND|DTSTAMP|CREATED|LAST-MODIFIED)(;VALUE=DATE:\d{8}|:\d{8}T\d{6}Z)(?=\r)")
_MOMENT_NAME = re.compile(rb"\n(?:DTSTART|DTEND|DTSTAMP|CREATED|LAST-MODIFIED)[;:]")
_UID_LINE = re.compile(rb"\nUID:([^\r\n]*)")
PIECE_BYTES = 500_000
_BEGIN = b"BEGIN:VEVENT\r\n"
_END = b"\r\nEND:VEVENT\r\n"
_UID = re.compile(rb"\r\nUID:([^\r\n]*(?:\r\n [^\r\n]*)*)")


def faults(document: bytes) -> list[str]:
    """The faults of a whole calendar, at most MAX_FAULTS sentences and a last one if there are more; [] if sound.

    Takes time in proportion to the document and little memory beside it. A file that is not a calendar has one fault.
    """
    if document.startswith(_BOM):
        return ["line 1: begins with a byte order mark, which several programs reject", *faults(document[3:])]
    if not document.startswith(b"BEGIN:VCALENDAR"):
        return ["line 1: not an iCalendar file: it does not begin with BEGIN:VCALENDAR"]
    found = chain(octet_faults(document), structure_faults(document))
    told = list(islice(found, MAX_FAULTS))
    return [*told, f"and more; these are the first {MAX_FAULTS}"] if next(found, None) is not None else told


def check_fragment(fragment: bytes) -> None:
    """Let one finished VEVENT of ours pass, or raise EventUnwritable with its UID and every fault.

    Stricter than `faults`: one event and nothing else, times in UTC or whole days, no TAB, folds by a space.
    """
    found = []
    if not (fragment.startswith(b"BEGIN:VEVENT\r\n") and fragment.endswith(b"\r\nEND:VEVENT\r\n")):
        found.append("not one VEVENT from its begin to its end")
    if fragment.count(b"\nBEGIN:") or fragment.count(b"\nEND:") != 1:
        found.append("more in it than one VEVENT")
    if not fragment.startswith(b"BEGIN:VEVENT\r\nUID:"):
        found.append("does not begin with its UID, by which feeds are sorted")
    if b"\t" in fragment:
        found.append("a TAB in it")
    if len(_MOMENT_LINE.findall(fragment)) != len(_MOMENT_NAME.findall(fragment)):
        found.append("a time in it is neither in UTC nor a whole day")
    if found := [*found, *faults(_HEAD + fragment + _FOOT)]:
        uid = _UID_LINE.search(fragment)
        name = ascii(uid[1].decode(errors="replace")) if uid else "without UID"
        raise EventUnwritable(f"event {name} cannot be written: {'; '.join(found)}")


def file_faults(file: BinaryIO) -> list[str]:
    """The faults of a large calendar of ours, in words; [] if it is sound. The first piece with faults is enough.

    Read in pieces of whole events, so that the memory it takes does not grow with it; what a piece cannot show (the
    same UID in two of them) is looked for besides.
    """
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
