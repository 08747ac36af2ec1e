"""What a process counts while it makes documents, in plain numbers; `web/metrics` shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock


@dataclass(slots=True)
class Tally:
    """Since the process began. `build_seconds` is the time all builds took together."""

    builds: int = 0
    build_seconds: float = 0.0
    failed_builds: int = 0
    failed_looks: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)

    def built(self, seconds: float) -> None:
        """Count a document that was built."""
        with self._lock:
            self.builds += 1
            self.build_seconds += seconds

    def build_failed(self) -> None:
        """Count a document that could not be built."""
        with self._lock:
            self.failed_builds += 1

    def look_failed(self) -> None:
        """Count a question to the store that it did not answer."""
        with self._lock:
            self.failed_looks += 1
