"""Publishing: every feed that changed since the last time, in every format, with its compressed twin.

1. Read the manifest; ask the catalogue what there is, and which stamp each feed now has.
2. Leave alone what has the stamp and the sizes it had; write the others, look at them, compare their fingerprints.
3. Put what differs in place, then the index.
4. Write the manifest, now and then on the way as well, so that a run that is killed need not begin anew.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from feedsvc.core.errors import WorkError
from feedsvc.core.publication import Offer, Offers, Sheet
from feedsvc.publish import index, manifest
from feedsvc.publish.about import About
from feedsvc.publish.manifest import Entry, Manifest
from feedsvc.publish.target import Place, open_place
from feedsvc.publish.verify import calendar_faults

SAVE_EVERY = 200
SAVE_BYTES = 50_000_000
"""What is written between two manifests on the way, in files and in bytes: at most that is written twice."""
_GZIP_LEVEL = 6
_GZIP_WRAPPER = 31
"""zlib's number for a gzip header, which then carries no time: equal bodies give equal bytes."""
_PIECE_BYTES = 65_536


class Catalogue(Protocol):
    """What can be published."""

    def offers(self, kept: Iterable[str], since: tuple[int, str]) -> Offers:
        """Everything there is, also what the `kept` paths of before now hold. `since`: (edition, history) of before."""
        ...

    def sheet(self, offer: Offer) -> AbstractContextManager[Sheet]:
        """A feed to be written."""
        ...


@dataclass(slots=True)
class Report:
    """What a run did. `fresh` were left alone, `same` gave the same bytes, those with `faults` kept their old file."""

    edition: int = 0
    written: int = 0
    written_bytes: int = 0
    fresh: int = 0
    same: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def files(self) -> int:
        """How many files there are to publish."""
        return self.written + self.fresh + self.same + len(self.faults)


def publish_changes(
    catalogue: Catalogue, target: str, max_age: timedelta, progress: Callable[[int, int], None] | None = None
) -> Report:
    """Bring the target that a text names up to date. Raises RequestError where it is none, else as `publish`."""
    place = open_place(target)
    try:
        return publish(catalogue, place, max_age, progress)
    finally:
        place.close()


def publish(
    catalogue: Catalogue, place: Place, max_age: timedelta, progress: Callable[[int, int], None] | None = None
) -> Report:
    """Bring a target up to date. `progress` is told (done, all). Raises WorkError, StoreUnavailable.

    A feed whose bytes are faulty keeps its old file; the report names it, and so does the error at the caller.
    """
    old = Manifest.of_bytes(place.read(manifest.PATH))
    listing = catalogue.offers(old.files, (old.edition, old.history))
    if listing.edition == 0 and any(entry.events for entry in old.files.values()):
        raise WorkError(
            f"{place.name}: the store is empty and would empty every calendar there; nothing was published. "
            f"Refresh first, or publish into another place"
        )
    run = _Run(catalogue, place, max_age, old, listing)
    for done, offer in enumerate(listing.offers, 1):
        run.take(offer)
        if progress is not None:
            progress(done, len(listing.offers))
    run.finish()
    return run.report


class _Run:
    """One publication under way."""

    def __init__(self, catalogue: Catalogue, place: Place, max_age: timedelta, old: Manifest, listing: Offers) -> None:
        self._catalogue = catalogue
        self._place = place
        self._max_age = max_age
        self._listing = listing
        self._sizes = place.sizes()
        self._manifest = Manifest(listing.edition, listing.history, listing.settings, dict(old.files))
        if not (listing.continues and old.settings == listing.settings):
            self._forget_stamps()
        self._unsaved_files = self._unsaved_bytes = 0
        self.report = Report(listing.edition)

    def take(self, offer: Offer) -> None:
        """Publish one file, if it is not fresh."""
        if self._is_fresh(offer):
            self.report.fresh += 1
            return
        staged = self._place.workspace() / "feed"
        with self._catalogue.sheet(offer) as sheet:
            draft = _write(sheet.chunks, staged)
            modified = sheet.last_modified
        if offer.path.endswith(".ics"):
            with staged.open("rb") as file:
                if found := calendar_faults(file):
                    self.report.faults.append(f"{offer.path}: {found[0]}")
                    return
        self._place_draft(offer.path, draft, About(offer.content_type, modified, self._max_age), offer)
        if self._unsaved_files >= SAVE_EVERY or self._unsaved_bytes >= SAVE_BYTES:
            self.save()

    def finish(self) -> None:
        """The index, then the manifest."""
        for path, body in index.render(self._listing).items():
            draft = _write(iter((body,)), self._place.workspace() / "feed")
            self._place_draft(path, draft, About(index.TYPES[path], self._listing.made_at, self._max_age))
        self.save()

    def save(self) -> None:
        """Make sure of the files, then write the manifest that names them."""
        self._place.settle()
        staged = self._place.workspace() / "manifest"
        staged.write_bytes(self._manifest.to_bytes())
        self._place.put(staged, manifest.PATH, About("application/json", self._listing.made_at, timedelta(0)))
        self._place.settle()
        self._unsaved_files = self._unsaved_bytes = 0

    def _is_fresh(self, offer: Offer) -> bool:
        entry = self._manifest.files.get(offer.path)
        return entry is not None and entry.stamp == offer.stamp and self._stands(offer.path, entry)

    def _stands(self, path: str, entry: Entry) -> bool:
        """Whether both files are there, as large as they were written."""
        return (self._sizes.get(path), self._sizes.get(f"{path}.gz")) == (entry.bytes, entry.gzip_bytes)

    def _place_draft(self, path: str, draft: _Draft, about: About, offer: Offer | None = None) -> None:
        self._unsaved_files += 1
        self._unsaved_bytes += draft.bytes
        before = self._manifest.files.get(path)
        stamp, events = (offer.stamp, offer.events) if offer else ("", 0)
        modified = self._manifest.next_time(path, draft.digest, about.modified)
        entry = Entry(stamp, draft.digest, int(modified.timestamp()), draft.bytes, draft.gzip_bytes, events)
        self._manifest.files[path] = entry
        if before is not None and before.digest == draft.digest and self._stands(path, before):
            self.report.same += 1
            return
        about = About(about.content_type, modified, about.max_age)
        self._place.put(draft.file, path, about)
        self._place.put(draft.gzip_file, f"{path}.gz", About(about.content_type, modified, about.max_age, "gzip"))
        self.report.written += 1
        self.report.written_bytes += draft.bytes + draft.gzip_bytes

    def _forget_stamps(self) -> None:
        """Of another history or other settings: only fingerprints can be compared."""
        files = self._manifest.files
        for path, old in files.items():
            files[path] = Entry("", old.digest, old.modified, old.bytes, old.gzip_bytes, old.events)


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
