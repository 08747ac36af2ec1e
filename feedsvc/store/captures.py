"""Captures: what sources sent, raw, so that a run can be replayed and rules told apart from sources.

The last five different ones of a source are kept, with at most 20 MB altogether, the last one whatever its size. Equal
bodies are kept once. Secrets are cut out of addresses; bodies stay as they came, so the store is as secret as they are.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from feedsvc.store.schema import blob, capture, capture_page, refresh_run
from feedsvc.store.upsert import put_if_absent

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
        size = sum(len(page.body) for page in pages)
        row = {"source_id": source_id, "digest": told, "bytes": size, **values}
        capture_id = self._connection.execute(insert(capture).returning(capture.c.id), row).scalar_one()
        for number, page in enumerate(pages):
            put_if_absent(self._connection, blob, {"digest": page.digest, "body": page.body, "bytes": len(page.body)})
            columns = {name: getattr(page, name) for name in ("address", "found_at", "content_type", "charset")}
            row = {"capture_id": capture_id, "number": number, "blob": page.digest, **columns}
            self._connection.execute(insert(capture_page), row)
        gone = list(self._too_much(source_id))
        if gone:
            self._connection.execute(delete(capture_page).where(capture_page.c.capture_id.in_(gone)))
            self._connection.execute(delete(capture).where(capture.c.id.in_(gone)))
            self._connection.execute(delete(blob).where(blob.c.digest.not_in(select(capture_page.c.blob))))

    def _too_much(self, source_id: str) -> Iterable[int]:
        total = 0
        for number, one in enumerate(self.all(source_id)):
            total += one.bytes
            if number and (number >= CAPTURES_KEPT or total > BYTES_KEPT):
                yield one.id
