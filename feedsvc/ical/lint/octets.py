"""Faults in the octets of a document, whatever they mean: line ends, lengths, folds, encoding, control characters.

Every calendar program tolerates some of them and some program rejects the whole feed for each of them; parsers do not
find them, so they are looked for here. Linear in the document: one pass when there is nothing to find.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator

MAX_OCTETS = 75
"""Of a line, without its CRLF (RFC 5545 §3.1)."""

_BLOCK_BYTES = 1 << 18
_SOUND = re.compile(rb"(?:[\t\x20-\x7e\x80-\xff]{0,75}\r\n)*+")
_LONE_BREAK = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONG_LINE = re.compile(rb"\n([^\r\n]{76,})")
_NAMELESS = re.compile(rb"\n(?![ \t]|[A-Z0-9-]+[;:]|[Xx]-[A-Za-z0-9-]+[;:]|\Z)[^\r\n]{0,40}")
_NEW_LINE_TO_SOME = (re.compile(rb"\xc2[\x80-\x9f]"), re.compile(rb"\xe2\x80[\xa8\xa9]"))
"""C1 (with U+0085) and U+2028, U+2029 in UTF-8; two patterns, as each then has a literal start to skip to."""
_FOLD = re.compile(rb"\r\n[ \t]")


def octet_faults(document: bytes) -> Iterator[str]:
    """Each fault as a sentence with its line. `document` may be a whole calendar or one component."""
    if not _SOUND.fullmatch(document):
        yield from _unsound(document)
    yield from (
        f"{line_of(document, found.start())}: character {found[0].decode()!a}, a control or a line end to some programs"
        for pattern in _NEW_LINE_TO_SOME
        for found in pattern.finditer(document)
    )
    if not _is_utf8(document):
        yield _encoding_fault(document)
    yield from (
        f"{line_of(document, found.end())}: no property name before a colon: {found[0].strip()!a}"
        for found in _NAMELESS.finditer(document)
    )


def line_of(document: bytes, position: int) -> str:
    """The line of a position, in words, counted from 1."""
    number = document.count(b"\n", 0, position) + 1
    return f"line {number}"


def _unsound(document: bytes) -> Iterator[str]:
    for found in _LONE_BREAK.finditer(document):
        kind = "CR without LF" if found[0] == b"\r" else "LF without CR"
        yield f"{line_of(document, found.start())}: {kind}; lines end with CRLF"
    for found in _CONTROL.finditer(document):
        yield f"{line_of(document, found.start())}: control character {found[0]!a}"
    for found in _LONG_LINE.finditer(document):
        yield f"{line_of(document, found.end())}: {len(found[1])} octets; a line has at most {MAX_OCTETS}"
    if not document.endswith(b"\n"):
        yield f"{line_of(document, len(document))}: the last line has no end"


def _encoding_fault(document: bytes) -> str:
    """A character split by a fold is whole again once the folds are taken out."""
    split = _is_utf8(_FOLD.sub(b"", document))
    try:
        document.decode()
    except UnicodeDecodeError as error:
        place = line_of(document, error.start)
        return f"{place}: a fold splits a character" if split else f"{place}: not UTF-8"
    raise AssertionError("asked for the encoding fault of a sound document")


def _is_utf8(document: bytes) -> bool:
    """Decoded in blocks: the text of a large document at once would need up to four times its size."""
    decoder = getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(document), _BLOCK_BYTES):
            decoder.decode(document[start : start + _BLOCK_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
