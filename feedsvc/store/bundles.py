"""Bundles in the store, and the number of them that one visitor changed in an hour."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from feedsvc.store.dialects import chunks, upsert
from feedsvc.store.schema import bundle, bundle_change

_KEPT_HOURS = 24
UNUSED = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A feed that somebody saved. `path` is the canonical path of the feed it stands for, `slug` its own name.

    One that was removed stays, so that its slug is never given again.
    """

    slug: str
    name: str
    path: str
    secret_hash: bytes = field(repr=False)
    created_at: datetime
    changed_at: datetime
    hidden_at: datetime | None = None
    removed_at: datetime | None = None
    last_fetched_at: datetime | None = None

    def is_unused(self, now: datetime) -> bool:
        """Return True if no program has fetched it for a year, nor has it been made or changed since."""
        seen = max(filter(None, (self.changed_at, self.last_fetched_at)))
        return self.removed_at is None and now - seen > UNUSED


class Bundles:
    """Bundles of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, slug: str) -> Bundle | None:
        """The bundle, hidden or not; None when there is none."""
        row = self._connection.execute(select(bundle).where(bundle.c.slug == slug)).first()
        return None if row is None else Bundle(**{**row._mapping, "secret_hash": bytes(row.secret_hash)})

    def all(self) -> list[Bundle]:
        """Every bundle, the newest first."""
        rows = self._connection.execute(select(bundle).order_by(bundle.c.created_at.desc(), bundle.c.slug))
        return [Bundle(**{**row._mapping, "secret_hash": bytes(row.secret_hash)}) for row in rows]

    def count(self) -> int:
        """The number of bundles that can be seen."""
        seen = select(func.count()).where(bundle.c.hidden_at.is_(None), bundle.c.removed_at.is_(None))
        return int(self._connection.execute(seen).scalar_one())

    def make(self, slugs: Iterable[str], name: str, path: str, secret_hash: bytes, now: datetime) -> Bundle:
        """A new bundle under the first of the slugs that is free."""
        insert = upsert(self._connection, bundle)
        for slug in slugs:
            values = {"slug": slug, "name": name, "path": path, "secret_hash": secret_hash}
            statement = insert.values(**values, created_at=now, changed_at=now).on_conflict_do_nothing()
            if self._connection.execute(statement.returning(bundle.c.slug)).first() is not None:
                return Bundle(slug, name, path, secret_hash, now, now)
        raise ValueError("no slug is left; hand over an endless number of them")

    def change(self, slug: str, name: str, path: str, now: datetime) -> None:
        """Another name or choice; the slug stays."""
        values = {"name": name, "path": path, "changed_at": now}
        self._connection.execute(update(bundle).where(bundle.c.slug == slug).values(**values))

    def renew(self, slug: str, secret_hash: bytes) -> None:
        """Another secret; the old one opens nothing from now on."""
        self._connection.execute(update(bundle).where(bundle.c.slug == slug).values(secret_hash=secret_hash))

    def hide(self, slug: str, hidden_at: datetime | None) -> bool:
        """Hide it, or with None show it again. Returns whether there is such a bundle."""
        statement = update(bundle).where(bundle.c.slug == slug).values(hidden_at=hidden_at)
        return self._connection.execute(statement).rowcount == 1

    def remove(self, slug: str, now: datetime) -> bool:
        """Remove it for ever. Returns whether there was one."""
        statement = update(bundle).where(bundle.c.slug == slug, bundle.c.removed_at.is_(None)).values(removed_at=now)
        return self._connection.execute(statement).rowcount == 1

    def note_fetched(self, slugs: Collection[str], now: datetime) -> None:
        """Note that programs fetched these."""
        for part in chunks(sorted(slugs)):
            self._connection.execute(update(bundle).where(bundle.c.slug.in_(part)).values(last_fetched_at=now))

    def note_change(self, hour: int, visitor: bytes) -> int:
        """Note that a visitor changes something in this hour (counted since 1970 UTC). Returns how often, with this."""
        self._connection.execute(delete(bundle_change).where(bundle_change.c.hour < hour - _KEPT_HOURS))
        row = upsert(self._connection, bundle_change).values(hour=hour, visitor=visitor, made=1)
        raised = {"made": bundle_change.c.made + 1}
        again = row.on_conflict_do_update(index_elements=["hour", "visitor"], set_=raised)
        return int(self._connection.execute(again.returning(bundle_change.c.made)).scalar_one())
