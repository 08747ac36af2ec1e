"""Publishing: every feed that changed since the last time, in every format, with its compressed twin.

1. Read the manifest; ask what feed files there are, and which stamp each feed now has.
2. Leave alone what has the stamp and the sizes it had; write the others, look at them, compare their fingerprints.
3. Put what differs in place, then the index.
4. Write the manifest, now and then on the way as well, so that a run that is killed need not begin again.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from feedsvc.core.errors import WorkError
from feedsvc.core.publication import FeedFile, FeedFiles, FileMetadata, Publication
from feedsvc.ical.lint.check import file_faults
from feedsvc.publish import index, manifest
from feedsvc.publish.manifest import Manifest, ManifestEntry
from feedsvc.publish.target import PublishTarget, open_target

SAVE_EVERY = 200
SAVE_BYTES = 50_000_000
"""The most that is written between two manifests on the way, in files and in bytes: at most that is written twice."""
_GZIP_LEVEL = 6
_GZIP_WRAPPER = 31
"""zlib's number for a gzip header, which then carries no time: equal bodies give equal bytes."""
_PIECE_BYTES = 65_536


class FeedFileSource(Protocol):
    """A source of files to publish."""

    def feed_files(self, kept: Iterable[str], since: tuple[int, str]) -> FeedFiles:
        """Everything there is, also what the `kept` paths of before now hold. `since`: (edition, history) of before."""
        ...

    def publication(self, feed_file: FeedFile) -> AbstractContextManager[Publication]:
        """A feed to be written."""
        ...


@dataclass(slots=True)
class Report:
    """Results of a run. `fresh` files were left alone, `same` gave the same bytes, `faults` kept their old one."""

    edition: int = 0
    written: int = 0
    written_bytes: int = 0
    fresh: int = 0
    same: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def files(self) -> int:
        """Number of files to publish."""
        return self.written + self.fresh + self.same + len(self.faults)


def publish_changes(
    exports: FeedFileSource, target: str, max_age: timedelta, progress: Callable[[int, int], None] | None = None
) -> Report:
    """Bring the target that a text names up to date. Raises RequestError where it is none, else as `publish`."""
    destination = open_target(target)
    try:
        return publish(exports, destination, max_age, progress)
    except OSError as error:
        remedy = "make room, or name another target; what was published before is as it was"
        raise WorkError(f"{destination.name}: cannot be written: {error.strerror or error}; {remedy}") from error
    finally:
        destination.close()


def publish(
    exports: FeedFileSource,
    destination: PublishTarget,
    max_age: timedelta,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Bring a target up to date. `progress` is told (done, all). Raises WorkError, StoreUnavailable.

    A feed whose bytes are faulty keeps its old file; the report names it, and so does the error at the caller.
    """
    old = Manifest.of_bytes(destination.read(manifest.PATH))
    listing = exports.feed_files(old.files, (old.edition, old.history))
    if listing.edition == 0 and any(entry.events for entry in old.files.values()):
        raise WorkError(
            f"{destination.name}: the store is empty and would empty every calendar there; nothing was published. "
            f"Refresh first, or publish into another place"
        )
    run = _Run(exports, destination, max_age, old, listing)
    for done, feed_file in enumerate(listing.feed_files, 1):
        run.take(feed_file)
        if progress is not None:
            progress(done, len(listing.feed_files))
    run.finish()
    return run.report


class _Run:
    """One publication under way."""

    def __init__(
        self, exports: FeedFileSource, destination: PublishTarget, max_age: timedelta, old: Manifest, listing: FeedFiles
    ) -> None:
        self._exports = exports
        self._destination = destination
        self._max_age = max_age
        self._listing = listing
        self._sizes = destination.sizes()
        self._manifest = Manifest(listing.edition, listing.history, listing.settings, dict(old.files))
        if not (listing.continues and old.settings == listing.settings):
            # Of another history or other settings: only fingerprints can be compared.
            for path, entry in self._manifest.files.items():
                self._manifest.files[path] = replace(entry, stamp="")
        self._unsaved_files = self._unsaved_bytes = 0
        self.report = Report(listing.edition)

    def take(self, feed_file: FeedFile) -> None:
        """Publish one file, if it is not fresh."""
        entry = self._manifest.files.get(feed_file.path)
        if entry is not None and entry.stamp == feed_file.stamp and self._stands(feed_file.path, entry):
            self.report.fresh += 1
            return
        staged = self._destination.workspace() / "feed"
        with self._exports.publication(feed_file) as publication:
            draft = _write(publication.chunks, staged)
            modified = publication.last_modified
        if feed_file.path.endswith(".ics"):
            with staged.open("rb") as file:
                if found := file_faults(file):
                    self.report.faults.append(f"{feed_file.path}: {found[0]}")
                    return
        self._put_draft(feed_file.path, draft, FileMetadata(feed_file.content_type, modified, self._max_age), feed_file)
        if self._unsaved_files >= SAVE_EVERY or self._unsaved_bytes >= SAVE_BYTES:
            self.save()

    def finish(self) -> None:
        """The index, then the manifest."""
        for path, body in index.render(self._listing).items():
            draft = _write(iter((body,)), self._destination.workspace() / "feed")
            self._put_draft(path, draft, FileMetadata(index.TYPES[path], self._listing.made_at, self._max_age))
        self.save()

    def save(self) -> None:
        """Make sure of the files, then write the manifest that names them."""
        self._destination.settle()
        staged = self._destination.workspace() / "manifest"
        staged.write_bytes(self._manifest.to_bytes())
        self._destination.put(
            staged, manifest.PATH, FileMetadata("application/json", self._listing.made_at, timedelta(0))
        )
        self._destination.settle()
        self._unsaved_files = self._unsaved_bytes = 0

    def _stands(self, path: str, entry: ManifestEntry) -> bool:
        """Tell whether both files are there, as large as they were written."""
        return (self._sizes.get(path), self._sizes.get(f"{path}.gz")) == (entry.bytes, entry.gzip_bytes)

    def _put_draft(self, path: str, draft: _Draft, about: FileMetadata, feed_file: FeedFile | None = None) -> None:
        self._unsaved_files += 1
        self._unsaved_bytes += draft.bytes
        before = self._manifest.files.get(path)
        stamp, events = (feed_file.stamp, feed_file.events) if feed_file else ("", 0)
        modified = self._manifest.next_time(path, draft.digest, about.modified)
        entry = ManifestEntry(stamp, draft.digest, int(modified.timestamp()), draft.bytes, draft.gzip_bytes, events)
        self._manifest.files[path] = entry
        if before is not None and before.digest == draft.digest and self._stands(path, before):
            self.report.same += 1
            return
        about = FileMetadata(about.content_type, modified, about.max_age)
        self._destination.put(draft.file, path, about)
        self._destination.put(
            draft.gzip_file, f"{path}.gz", FileMetadata(about.content_type, modified, about.max_age, "gzip")
        )
        self.report.written += 1
        self.report.written_bytes += draft.bytes + draft.gzip_bytes


@dataclass(frozen=True, slots=True)
class _Draft:
    """A feed written into the workspace, plain and compressed."""

    file: Path
    gzip_file: Path
    digest: str
    bytes: int
    gzip_bytes: int


def _write(chunks: Iterator[bytes], staged: Path) -> _Draft:
    """Write the pieces as they come, plain and compressed, and fingerprint them."""
    gzip_file = staged.with_name(f"{staged.name}.gz")
    squeeze = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WRAPPER)
    digest = blake2b(digest_size=16)
    with staged.open("wb") as plain, gzip_file.open("wb") as packed:
        for piece in _joined(chunks):
            plain.write(piece)
            digest.update(piece)
            packed.write(squeeze.compress(piece))
        packed.write(squeeze.flush())
        sizes = plain.tell(), packed.tell()
    return _Draft(staged, gzip_file, digest.hexdigest(), *sizes)


def _joined(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Small pieces joined to larger ones: compressing and writing event by event costs twice the time."""
    held: list[bytes] = []
    length = 0
    for chunk in chunks:
        held.append(chunk)
        length += len(chunk)
        if length >= _PIECE_BYTES:
            yield b"".join(held)
            held, length = [], 0
    yield b"".join(held)
