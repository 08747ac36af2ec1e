"""Bringing a backup back: 1. check the file; 2. copy and migrate the copy; 3. lift it; 4. compare every feed before
and after, where asked; 5. keep what the store holds now; 6. put the copy in its place; 7. compare again.

Nothing of the store is touched before step 6. `exports_of` gives the feeds of a store.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from feedsvc.core.errors import StoreUnavailable, WorkError
from feedsvc.feeds.exports import FeedExports
from feedsvc.ical.write.event import restamped, unstamped
from feedsvc.store.backup import MaintenanceRecord, check_file
from feedsvc.store.store import Store

LIFT = 1_000
"""Added to every SEQUENCE: more than anybody's calendar can have seen since the backup."""

ExportsOf = Callable[[Store], FeedExports]


@dataclass(frozen=True, slots=True)
class Restored:
    """`kept` is the file with what the store held before; None where it held nothing that could be read."""

    events: int
    compared: int
    kept: Path | None


def restore(store: Store, file: Path, now: datetime, exports_of: ExportsOf, *, verify: bool, as_is: bool) -> Restored:
    """Put a backup in the place of the store. Raises RequestError for a faulty file, WorkError, StoreUnavailable."""
    check_file(file)
    with tempfile.TemporaryDirectory(prefix="feedsvc-restore-", dir=_workplace(store)) as folder:
        work = Path(folder) / "restored.sqlite"
        before: dict[str, str] = {}
        with _opened_copy(file, work, now) as copy:
            if verify:
                before = digests(exports_of(copy))
            copy.lift(now, 0 if as_is else LIFT, restamped)
            if verify:
                _compare(before, digests(exports_of(copy)))
            with copy.write() as snapshot:
                snapshot.maintenance.add(MaintenanceRecord("restore", now, file.name))
            with copy.read() as snapshot:
                events = sum(1 for _ in snapshot.events.all())
        kept = _kept(store, now)
        store.replace_by(work, now)
    if verify:
        _compare(before, digests(exports_of(store)))
    return Restored(events, len(before), kept)


def digests(exports: FeedExports) -> dict[str, str]:
    """Return the fingerprint of every .ics feed, without the lines that a restore lifts, by path."""
    found = {}
    for feed_file in exports.feed_files((), (0, "")).feed_files:
        if feed_file.path.endswith(".ics"):
            with exports.publication(feed_file) as publication:
                body = b"".join(publication.chunks)
            found[feed_file.path] = blake2b(unstamped(body), digest_size=16).hexdigest()
    return found


def _compare(before: dict[str, str], after: dict[str, str]) -> None:
    differing = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    if differing:
        raise WorkError(f"{len(differing)} of {len(before)} feeds differ from the backup's, first {differing[0]}")


@contextmanager
def _opened_copy(file: Path, work: Path, now: datetime) -> Iterator[Store]:
    """A store over a copy of the file, migrated to this program's schema."""
    source = Store(f"sqlite:///{file.absolute()}")
    try:
        source.backup(work)
    finally:
        source.close()
    copy = Store(f"sqlite:///{work}")
    try:
        copy.prepare(now)
        yield copy
    finally:
        copy.close()


def _workplace(store: Store) -> Path | None:
    """Beside the store, where there is room for it; else where the system puts temporary files."""
    folder = None if store.base is None else store.base.parent
    return folder if folder is not None and folder.is_dir() else None


def _kept(store: Store, now: datetime) -> Path | None:
    if store.base is None:
        return None
    kept = store.base.with_name(f"{store.base.name}.before-restore-{now:%Y%m%dT%H%M%S}")
    with suppress(StoreUnavailable, WorkError):
        store.check()
        store.backup(kept)
        return kept
    return None
