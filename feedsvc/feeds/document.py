"""A document: a feed in a format, finished. Bytes, what they are, and their validators; one ETag for each encoding.

What is costly is made when it is first asked for, and once: the compressed body, the tags, the finished answers.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from threading import Lock
from typing import Any

NOTABLE_BYTES = 800_000
"""A feed above this size is a finding, so that somebody sees it coming."""
LARGE_BYTES = 900_000
"""Google loses events of calendars above 1 MB without a word, so a feed is called large somewhat below."""
_OVERHEAD_BYTES = 9_000
"""Memory that a document takes besides its bytes: the objects around it, its path, its finished answers."""
_GAPS = 1.25
"""Documents of many sizes come and go; so much more memory is taken than they fill."""


@dataclass(slots=True, eq=False)
class Document:
    """`last_modified` is aware, in UTC, whole seconds. `events` counts the events in it.

    `starts` are the starts after its last change, in seconds since 1970 UTC, in order: what may become urgent.
    `answers` belongs to the server of it and lives as long as it; `grown` is called when it takes more memory.
    """

    body: bytes
    content_type: str
    filename: str
    last_modified: datetime
    events: int = 0
    starts: Sequence[int] = ()
    answers: Any = None
    grown: Callable[[], None] | None = None
    _gzip: bytes | None = None
    _etag: str | None = None
    _packing: Lock = field(default_factory=Lock)

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.body)

    @property
    def is_large(self) -> bool:
        """True where some calendar programs may lose events of it."""
        return self.size > LARGE_BYTES

    @property
    def is_packed(self) -> bool:
        """True once it was compressed."""
        return self._gzip is not None

    @property
    def weight(self) -> int:
        """Bytes it takes in memory."""
        return int((self.size + len(self._gzip or b"")) * _GAPS) + _OVERHEAD_BYTES

    @property
    def gzip(self) -> bytes:
        """The body compressed. The header carries no time, so equal bodies give equal bytes."""
        packed = self._gzip
        return self._pack() if packed is None else packed

    def _pack(self) -> bytes:
        with self._packing:
            if self._gzip is not None:
                return self._gzip
            packed = self._gzip = gzip.compress(self.body, compresslevel=6, mtime=0)
        if self.grown is not None:
            self.grown()
        return packed

    @property
    def etag(self) -> str:
        """Strong validator of the body (RFC 9110 §8.8.3), with its quotes."""
        tag = self._etag
        if tag is None:
            tag = self._etag = f'"{blake2b(self.body, digest_size=12).hexdigest()}"'
        return tag

    @property
    def gzip_etag(self) -> str:
        """Strong validator of the compressed body: other bytes, another tag."""
        return f'{self.etag[:-1]}-gz"'
