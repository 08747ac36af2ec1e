"""Targets of publishing: the seam between publishing and directories and buckets, and which target means which."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from feedsvc.core.errors import RequestError
from feedsvc.core.publication import FileMetadata
from feedsvc.publish.directory import Directory

BUCKET_SCHEMES = ("s3", "gs", "az")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://|(?:s3|gs|az):", re.IGNORECASE)


class PublishTarget(Protocol):
    """A target. Paths are relative, with slashes, in ASCII, and never lead out of it."""

    name: str

    def sizes(self) -> Mapping[str, int]:
        """Path → bytes of everything that stands there."""
        ...

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None when there is none."""
        ...

    def workspace(self) -> Path:
        """A folder of this machine to write files in before they are put."""
        ...

    def put(self, staged: Path, path: str, about: FileMetadata) -> None:
        """Put a file of the workspace in place: others see the old one or the new one, never half of one."""
        ...

    def settle(self) -> None:
        """Return when all that was put would survive a loss of power."""
        ...

    def close(self) -> None:
        """Let go of it, so that another may publish there."""
        ...


def open_target(target: str) -> PublishTarget:
    """The target that a text names: a directory, or `s3://`, `gs://`, `az://`. Raises RequestError or WorkError."""
    scheme = _SCHEME.match(target)
    if scheme is None:
        return Directory(Path(target))
    if (scheme[1] or "").lower() not in BUCKET_SCHEMES:
        known = ", ".join(f"{name}://" for name in BUCKET_SCHEMES)
        raise RequestError(f"{target}: {scheme[0]} is not a place to publish; name a directory or {known}")
    try:
        bucket = importlib.import_module("feedsvc.publish.bucket")
    except ModuleNotFoundError as error:
        raise RequestError(f"{target}: buckets need {error.name}; install feedsvc[bucket]") from error
    destination: PublishTarget = bucket.Bucket(target)
    return destination
