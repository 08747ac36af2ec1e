"""Captures: what sources sent, raw, so that a run can be replayed and rules told apart from sources. Beside them the
pages as they were fetched the last time, with their validators: what a conditional request needs.

The last five different ones of a source are kept, with at most 20 MB altogether, the last one whatever its size. Equal
bodies are kept once. Secrets are cut out of addresses; bodies stay as they came, so the store is as secret as they are.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from feedsvc.store.dialects import chunks, put_if_absent
from feedsvc.store.schema import blob, capture, capture_page, page, refresh_run

CAPTURES_KEPT = 5
BYTES_KEPT = 20_000_000


@dataclass(frozen=True, slots=True)
class CapturedPage:
    """One page of a capture. `address` is as asked for, "" for the source's own file; `found_at` after redirects.

    Both are without secrets. `digest` is the fingerprint of the content, `body` the content compressed by zlib.
    """

    address: str
    found_at: str
    content_type: str
    charset: str | None
    digest: str
    body: bytes

    @property
    def content(self) -> bytes:
        """The bytes as they came."""
        return zlib.decompress(self.body)


@dataclass(frozen=True, slots=True)
class Capture:
    """See the columns of the table `capture`; `pages` counts them."""

    id: int
    source_id: str
    run_id: int | None
    asked_at: datetime
    digest: str
    bytes: int
    pages: int = 0


class Captures:
    """Captures of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, source_id: str | None = None) -> list[Capture]:
        """The captures of a source, or of all by id, the newest first."""
        count = select(func.count()).where(capture_page.c.capture_id == capture.c.id).scalar_subquery()
        query = select(capture, count).order_by(capture.c.source_id, capture.c.asked_at.desc(), capture.c.id.desc())
        if source_id is not None:
            query = query.where(capture.c.source_id == source_id)
        return [Capture(*row) for row in self._connection.execute(query)]

    def last_read(self, source_id: str, *, applied: bool = False) -> Capture | None:
        """The newest capture that could be read; `applied`: of which nothing was held."""
        good = ("applied", "unchanged") if applied else ("applied", "unchanged", "held")
        outcomes = select(refresh_run.c.id, refresh_run.c.outcome).where(refresh_run.c.source_id == source_id)
        known = {row.id: row.outcome for row in self._connection.execute(outcomes)}
        return next((one for one in self.all(source_id) if known.get(one.run_id or 0, "applied") in good), None)

    def last(self, source_id: str) -> Capture | None:
        """The newest capture of a source."""
        return next(iter(self.all(source_id)), None)

    def pages(self, capture_id: int) -> list[CapturedPage]:
        """The pages of a capture, in the order in which they were asked for."""
        own = (capture_page.c.address, capture_page.c.found_at, capture_page.c.content_type, capture_page.c.charset)
        query = select(*own, blob.c.digest, blob.c.body).select_from(
            capture_page.join(blob, blob.c.digest == capture_page.c.blob)
        )
        rows = self._connection.execute(
            query.where(capture_page.c.capture_id == capture_id).order_by(capture_page.c.number)
        )
        return [CapturedPage(*row[:-1], bytes(row.body)) for row in rows]

    def is_last(self, source_id: str, told: str) -> bool:
        """Return True if the newest capture of a source has this fingerprint."""
        query = select(capture.c.digest).where(capture.c.source_id == source_id)
        newest = query.order_by(capture.c.asked_at.desc(), capture.c.id.desc()).limit(1)
        return bool(self._connection.execute(newest).scalar() == told)

    def keep(self, source_id: str, asked_at: datetime, told: str, pages: Sequence[CapturedPage]) -> None:
        """Keep what a source sent as its newest capture, and forget what is too much. `told`: its fingerprint."""
        run = (refresh_run.c.source_id == source_id) & (refresh_run.c.started_at == asked_at)
        run_id = self._connection.execute(select(func.max(refresh_run.c.id)).where(run)).scalar()
        own = (capture.c.source_id == source_id) & (capture.c.digest == told)
        values = {"run_id": run_id, "asked_at": asked_at}
        if self._connection.execute(update(capture).where(own).values(values)).rowcount:
            return
        size = sum(len(one.body) for one in pages)
        row = {"source_id": source_id, "digest": told, "bytes": size, **values}
        capture_id = self._connection.execute(insert(capture).returning(capture.c.id), row).scalar_one()
        for number, one in enumerate(pages):
            put_if_absent(self._connection, blob, {"digest": one.digest, "body": one.body, "bytes": len(one.body)})
            columns = {name: getattr(one, name) for name in ("address", "found_at", "content_type", "charset")}
            row = {"capture_id": capture_id, "number": number, "blob": one.digest, **columns}
            self._connection.execute(insert(capture_page), row)
        total, gone = 0, []
        for number, kept in enumerate(self.all(source_id)):
            total += kept.bytes
            if number and (number >= CAPTURES_KEPT or total > BYTES_KEPT):
                gone.append(kept.id)
        if gone:
            self._connection.execute(delete(capture_page).where(capture_page.c.capture_id.in_(gone)))
            self._connection.execute(delete(capture).where(capture.c.id.in_(gone)))
            self._connection.execute(delete(blob).where(blob.c.digest.not_in(select(capture_page.c.blob))))


@dataclass(frozen=True, slots=True)
class StoredPage:
    """See the columns of the table `page`; `body` is compressed."""

    url: str
    found_at: str
    content_type: str
    charset: str | None
    etag: str | None
    last_modified: str | None
    digest: str
    body: bytes

    @property
    def content(self) -> bytes:
        """The bytes as they came."""
        return zlib.decompress(self.body)


class FetchedPages:
    """Pages of one open transaction.

    It is that of the events they describe, so a validator never promises events that are not there.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, source_id: str, url: str) -> StoredPage | None:
        """The page that was last found at an address; None when there is none."""
        columns = [column for column in page.c if column.name != "source_id"]
        row = self._connection.execute(select(*columns).where(page.c.source_id == source_id, page.c.url == url)).first()
        return None if row is None else StoredPage(**{**row._mapping, "body": bytes(row.body)})

    def keep(self, source_id: str, pages: Iterable[StoredPage], asked: Collection[str]) -> None:
        """Write pages that are new or differ, and forget those that were not asked for any more."""
        columns = select(page.c.url, page.c.digest, func.length(page.c.body))
        rows = self._connection.execute(columns.where(page.c.source_id == source_id))
        kept = {url: (digest, length) for url, digest, length in rows}
        for one in pages:
            same = page.c.source_id == source_id, page.c.url == one.url
            values = {name: getattr(one, name) for name in StoredPage.__slots__ if name != "url"}
            if one.url not in kept:
                self._connection.execute(insert(page), {"source_id": source_id, "url": one.url, **values})
                continue
            if kept[one.url] == (one.digest, len(one.body)):
                del values["body"]
            self._connection.execute(update(page).where(*same).values(**values))
        for part in chunks([url for url in kept if url not in asked]):
            self._connection.execute(delete(page).where(page.c.source_id == source_id, page.c.url.in_(part)))
