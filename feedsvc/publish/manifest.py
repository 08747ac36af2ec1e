"""The manifest of what was published: for each file the stamp it was made from, its fingerprint, size and time.

It is written after the files it names are safe, so a process that is killed leaves files that are newer than the
manifest, never the other way round; the next run writes those again, with the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from feedsvc.publish.directory import OWN

PATH = f"{OWN}/manifest.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """A published file. `modified` in seconds since 1970 UTC; `gzip_bytes` 0 where there is no compressed twin."""

    stamp: str
    digest: str
    modified: int
    bytes: int
    gzip_bytes: int
    events: int = 0


@dataclass(slots=True)
class Manifest:
    """`history` names the store and its editions up to `edition`, `settings` everything else that shapes files."""

    edition: int = 0
    history: str = ""
    settings: str = ""
    files: dict[str, ManifestEntry] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """As JSON."""
        values = {"version": _VERSION, **asdict(self)}
        return (json.dumps(values, indent=0, sort_keys=True, ensure_ascii=True) + "\n").encode()

    @classmethod
    def of_bytes(cls, text: bytes | None) -> Manifest:
        """The manifest that was written; an empty one when there is none, or none that can be read."""
        try:
            values = json.loads(text or b"{}")
            if values.pop("version", None) != _VERSION:
                return cls()
            files = {path: ManifestEntry(**entry) for path, entry in values.pop("files").items()}
            return cls(**values, files=files)
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()

    def next_time(self, path: str, digest: str, modified: datetime) -> datetime:
        """The time to give a file: the feed's own, but later than before where its bytes changed within it.

        nginx makes the ETag from time and size, and clients only look at what is newer.
        """
        old = self.files.get(path)
        if old is None:
            return modified
        if old.digest == digest:
            return datetime.fromtimestamp(old.modified, UTC)
        return datetime.fromtimestamp(max(int(modified.timestamp()), old.modified + 1), UTC)
