"""A bucket as a target: `s3://`, `gs://` or `az://`, with the folder in it. Credentials are found as the provider's own
tools find them (for S3 AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL and so on).

An object is replaced whole, so nobody ever sees half of one. Nothing keeps two processes from publishing into one
bucket at a time; of several workers only the one that leads does.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from feedsvc.core.errors import RequestError, WorkError
from feedsvc.core.publication import FileMetadata

_AT_ONCE = 8
_WAITING = 64
_SMALL_BYTES = 1_000_000
"""Smaller files are held in memory and put side by side; larger ones one after the other, from the disk."""
_STALE_SECONDS = 604_800


class Bucket:
    """Objects below a prefix."""

    def __init__(self, target: str) -> None:
        self.name = target
        try:
            self._store: Any = from_url(target.rstrip("/"))
        except (BaseError, ValueError) as error:
            raise RequestError(f"{target}: not a bucket that can be published into: {_one_line(error)}") from error
        self._workspace = Path(tempfile.mkdtemp(prefix="feedsvc-publish-"))
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="publish")
        self._waiting: deque[Future[None]] = deque()

    def sizes(self) -> Mapping[str, int]:
        """Path → bytes of every object."""
        try:
            pages = obstore.list(self._store, chunk_size=1000)
            return {meta["path"]: meta["size"] for page in pages for meta in page}
        except BaseError as error:
            raise self._failed("cannot be listed", error) from error

    def read(self, path: str) -> bytes | None:
        """An object's bytes; None when there is none."""
        try:
            return bytes(obstore.get(self._store, path).bytes())
        except FileNotFoundError:
            return None
        except BaseError as error:
            raise self._failed(f"{path} cannot be read", error) from error

    def workspace(self) -> Path:
        """A temporary folder."""
        return self._workspace

    def put(self, staged: Path, path: str, about: FileMetadata) -> None:
        """Replace an object. A small one may still be under way when this returns; `settle` waits for it."""
        if staged.stat().st_size > _SMALL_BYTES:
            with staged.open("rb") as file:
                self._put(file, path, about)
            return
        while len(self._waiting) >= _WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(self._put, staged.read_bytes(), path, about))

    def settle(self) -> None:
        """Wait until all is there."""
        while self._waiting:
            self._waiting.popleft().result()

    def close(self) -> None:
        """Stop, and take the temporary folder away."""
        self._pool.shutdown(cancel_futures=True)
        shutil.rmtree(self._workspace, ignore_errors=True)

    def _put(self, body: Any, path: str, about: FileMetadata) -> None:
        seconds = int(about.max_age.total_seconds())
        attributes = {
            "Content-Type": about.content_type,
            "Cache-Control": f"public, max-age={seconds}, stale-if-error={_STALE_SECONDS}",
        }
        if about.encoding is not None:
            attributes["Content-Encoding"] = about.encoding
        try:
            obstore.put(self._store, path, body, attributes=attributes)
        except BaseError as error:
            raise self._failed(f"{path} cannot be written", error) from error

    def _failed(self, what: str, error: Exception) -> WorkError:
        return WorkError(f"{self.name}: {what}: {_one_line(error)}")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
