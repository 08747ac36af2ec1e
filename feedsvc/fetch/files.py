"""Local files that the configuration names, as pages."""

from __future__ import annotations

from pathlib import Path

from feedsvc.core.errors import FetchFailed
from feedsvc.core.model import Page

MAX_BYTES = 10_000_000


def read_file(path: Path) -> Page:
    """A local file as a page. Raises FetchFailed, also for a pipe or device, which would be waited for without end."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise FetchFailed(f"{path}: cannot be read: not a regular file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FetchFailed(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(content) > MAX_BYTES:
        raise FetchFailed(f"{path}: is larger than {MAX_BYTES // 1_000_000} MB")
    return Page(path.as_uri(), content)
