"""Things to publish, as values that feeds hand to `publish`. A *feed file* is a feed in a format that could be
written as a file; a *publication* is one that is being written; *feed files* are all of them at one edition.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class FeedFile:
    """`path` is where its file stands ("country/cl.ics"), `address` the feed's ("/country/cl").

    `stamp` stays while its bytes do, within one history and one set of settings. `events` counts those in it.
    """

    path: str
    address: str
    stamp: str
    content_type: str
    title: str
    events: int


@dataclass(frozen=True, slots=True)
class Publication:
    """`last_modified` is aware, in whole seconds; `chunks` can be read once."""

    last_modified: datetime
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class FeedFiles:
    """Everything at one edition, which was made at a time.

    `history` names the store and this edition. `continues` tells whether the history that was asked about leads here:
    if not (another store, a restored backup), equal stamps mean nothing. `settings` names all else that shapes files.
    """

    edition: int
    made_at: datetime
    history: str
    continues: bool
    settings: str
    site_name: str
    feed_files: tuple[FeedFile, ...]


@dataclass(frozen=True, slots=True)
class FileMetadata:
    """`encoding` is "gzip" or None. `modified` is aware, in whole seconds. `max_age` is for caches."""

    content_type: str
    modified: datetime
    max_age: timedelta
    encoding: str | None = None
