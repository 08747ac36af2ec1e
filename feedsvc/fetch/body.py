"""The body of an answer: unpacked while it streams, counted packed and unpacked, and whole or not at all.

gzip and deflate are unpacked here and not by urllib3, which takes a packed body that breaks off for a whole one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

ENCODINGS = ("gzip", "deflate")
_GZIP, _ZLIB, _RAW_DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_MOST_MEMBERS = 1_000


class BodyRefused(Exception):
    """The body is too large, or not packed as it says; the message is the rest of a sentence about it."""


def read_body(pieces: Iterable[bytes], encoding: str, max_bytes: int) -> bytes:
    """Join and unpack the pieces of a body. `encoding` is its Content-Encoding. Raises BodyRefused."""
    names = [name for name in (part.strip().lower() for part in encoding.split(",")) if name not in ("", "identity")]
    if not names:
        body = bytearray()
        for piece in pieces:
            _counted(len(body) + len(piece), max_bytes)
            body += piece
        return bytes(body)
    if len(names) > 1:
        raise BodyRefused(f"is packed {len(names)} times; once is allowed")
    if names[0].removeprefix("x-") not in ENCODINGS:
        raise BodyRefused(f"is packed as {names[0][:20]!r}; only {' and '.join(ENCODINGS)} were asked for")
    unpacker = _Unpacker(is_gzip=names[0].endswith("gzip"), max_bytes=max_bytes)
    packed = 0
    for piece in pieces:
        packed = _counted(packed + len(piece), max_bytes)
        unpacker.feed(piece)
    return unpacker.end()


def _counted(size: int, max_bytes: int) -> int:
    if size > max_bytes:
        raise BodyRefused(f"is larger than {size_in_words(max_bytes)}")
    return size


def size_in_words(size: int) -> str:
    """A number of bytes such as "10 MB"."""
    return f"{size / 1_000_000:g} MB"


class _Unpacker:
    """Unpacks one body, never further than the limit."""

    def __init__(self, *, is_gzip: bool, max_bytes: int) -> None:
        self._is_gzip = is_gzip
        self._max_bytes = max_bytes
        self._held = b""
        self._members = 0
        self._stream: zlib._Decompress | None = None
        self._body = bytearray()

    def feed(self, piece: bytes) -> None:
        """Unpack one more piece."""
        data = self._held + piece
        self._held = b""
        if self._stream is None or self._stream.eof:
            if len(data) < 2:
                self._held = data
                return
            if not self._begin(data):
                return
        while data and self._stream is not None:
            data = self._unpack(data)

    def end(self) -> bytes:
        """The whole body. Raises BodyRefused when it breaks off."""
        if self._stream is not None and not self._stream.eof:
            raise BodyRefused("breaks off in the middle")
        if self._stream is None and self._held:
            raise BodyRefused("is not packed as it says")
        return bytes(self._body)

    def _begin(self, data: bytes) -> bool:
        """Get ready for a member; False for what only fills up the end of a body."""
        if self._stream is not None and (not self._is_gzip or data[:2] != b"\x1f\x8b"):
            return False
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise BodyRefused(f"is packed in more than {_MOST_MEMBERS} parts")
        # Servers mean two things by deflate: with the zlib header (RFC 1950), as the standard says, or without it.
        has_header = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
        self._stream = zlib.decompressobj(_GZIP if self._is_gzip else _ZLIB if has_header else _RAW_DEFLATE)
        return True

    def _unpack(self, data: bytes) -> bytes:
        """Unpack until the limit, the end of the data or the end of a member; returns what is left of the data."""
        stream = self._stream
        assert stream is not None
        try:
            self._body += stream.decompress(data, self._max_bytes + 1 - len(self._body))
        except zlib.error:
            raise BodyRefused("is not packed as it says") from None
        _counted(len(self._body), self._max_bytes)
        if not stream.eof:
            return stream.unconsumed_tail
        rest = stream.unused_data
        if len(rest) < 2:
            self._held = rest
            return b""
        return rest if self._begin(rest) else b""
