"""Pages as they were fetched the last time, with their validators: what a conditional request needs.

Written in the transaction of the events they describe, so a validator never promises events that are not there.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from feedsvc.store.events import chunks
from feedsvc.store.schema import page


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
    """Pages of one open transaction."""

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
