"""A document: a feed in a format, finished. Bytes, what they are, and their validators; one ETag for each encoding."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b


@dataclass(frozen=True)
class Document:
    """`last_modified` is aware, in UTC, whole seconds. `events` counts the events in it."""

    body: bytes
    content_type: str
    filename: str
    last_modified: datetime
    events: int = 0

    @cached_property
    def gzip(self) -> bytes:
        """The body compressed, made once. The header carries no time, so equal bodies give equal bytes."""
        return gzip.compress(self.body, compresslevel=6, mtime=0)

    @cached_property
    def etag(self) -> str:
        """Strong validator of the body (RFC 9110 §8.8.3), with its quotes."""
        return f'"{blake2b(self.body, digest_size=12).hexdigest()}"'

    @property
    def gzip_etag(self) -> str:
        """Strong validator of the compressed body: other bytes, another tag."""
        return f'{self.etag[:-1]}-gz"'
