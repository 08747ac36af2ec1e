"""Messages between parent and child: frames of a kind, a text and some bytes, their lengths told before."""

from __future__ import annotations

import json
import struct
from typing import NamedTuple

from feedsvc.core import errors
from feedsvc.core.errors import ConfigError, FeedsvcError, WorkError

ORDER, ANSWER = b"O", b"A"
"""From the parent: what to run, with the argument as bytes; what came of a question."""
QUESTION, RESULT, BROKEN, NO_MEMORY = b"Q", b"R", b"B", b"M"
"""From the child: a question; the result; an error nobody expected, in words; the memory limit."""
FAILED = b"F"
"""From either: an error of core.errors, as `relay.error_text` writes it."""

MAX_FRAME_BYTES = 64_000_000

_HEAD = struct.Struct(">cII")


class Frame(NamedTuple):
    """One message. The text may hold lone surrogates."""

    kind: bytes
    text: str = ""
    body: bytes = b""


class FrameTooLarge(Exception):
    """A frame is larger than MAX_FRAME_BYTES."""


def pack(frame: Frame) -> bytes:
    """A frame as bytes. Raises FrameTooLarge."""
    text = frame.text.encode("utf-8", "surrogatepass")
    if len(text) + len(frame.body) > MAX_FRAME_BYTES:
        raise FrameTooLarge
    return _HEAD.pack(frame.kind, len(text), len(frame.body)) + text + frame.body


class Incoming:
    """Frames out of a stream of bytes."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> None:
        """Take in what has come."""
        self._bytes += data

    def take(self) -> Frame | None:
        """The next whole frame; None until there is one. Raises FrameTooLarge."""
        if len(self._bytes) < _HEAD.size:
            return None
        kind, text_length, body_length = _HEAD.unpack_from(self._bytes)
        if text_length + body_length > MAX_FRAME_BYTES:
            raise FrameTooLarge
        end = _HEAD.size + text_length + body_length
        if len(self._bytes) < end:
            return None
        text = self._bytes[_HEAD.size : _HEAD.size + text_length].decode("utf-8", "surrogatepass")
        body = bytes(self._bytes[_HEAD.size + text_length : end])
        del self._bytes[:end]
        return Frame(kind, text, body)


_KNOWN: dict[str, type[FeedsvcError]] = {
    name: found for name, found in vars(errors).items() if isinstance(found, type) and issubclass(found, FeedsvcError)
}


def error_text(error: FeedsvcError) -> str:
    """An error as text. One of a class that core.errors does not have travels as the nearest one above it."""
    name = next(kind.__name__ for kind in type(error).__mro__ if _KNOWN.get(kind.__name__) is kind)
    facts = {key: value for key, value in vars(error).items() if isinstance(value, str | int | float | None)}
    return json.dumps([name, str(error), facts])


def error_from(text: str) -> FeedsvcError:
    """The error that a text tells of."""
    name, message, facts = json.loads(text)
    kind = _KNOWN.get(name, WorkError)
    if kind is ConfigError:
        return ConfigError(message.split("\n"))
    error = kind.__new__(kind, message)
    vars(error).update(facts)
    return error
