"""Metadata of a published file, where the target can keep them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class FileMetadata:
    """`encoding` is "gzip" or None. `modified` is aware, in whole seconds. `max_age` is for caches."""

    content_type: str
    modified: datetime
    max_age: timedelta
    encoding: str | None = None
