"""Refreshes that were held back, with everything that is needed to apply one later without fetching again.

A source has at most one open hold: what it says now. A rejected one is remembered by its fingerprint alone.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from feedsvc.core.diff import Difference
from feedsvc.store.schema import hold

REJECTED_KEPT = 50
"""Rejected holds of one source that are remembered."""


@dataclass(frozen=True, slots=True)
class Hold:
    """See the columns of the table `hold`. `reading` is the text of core.serialize.reading_text, None once rejected."""

    source_id: str
    digest: str
    reason: str
    is_complete: bool
    difference: Difference
    reading: str | None
    made_at: datetime
    seen_at: datetime
    times_seen: int = 1
    state: str = "open"


class Holds:
    """Holds of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, source_id: str) -> Hold | None:
        """The hold that waits for a person's word."""
        return self._find(hold.c.source_id == source_id, hold.c.state == "open")

    def same(self, source_id: str, digest: str) -> Hold | None:
        """The hold, open or rejected, in which the source said the same."""
        return self._find(hold.c.source_id == source_id, hold.c.digest == digest)

    def all(self) -> list[Hold]:
        """Every hold, the open ones first."""
        query = select(hold).order_by(hold.c.state, hold.c.source_id, hold.c.id)
        return [_hold_of(dict(row._mapping)) for row in self._connection.execute(query)]

    def put(self, one: Hold) -> None:
        """Keep a hold as the open one of its source, instead of any before."""
        self.withdraw(one.source_id)
        self._connection.execute(
            insert(hold),
            {
                "source_id": one.source_id,
                "digest": one.digest,
                "state": one.state,
                "reason": one.reason,
                "is_complete": one.is_complete,
                "difference": one.difference.to_json(),
                "reading": None if one.reading is None else zlib.compress(one.reading.encode("utf-8", "surrogatepass")),
                "times_seen": one.times_seen,
                "made_at": one.made_at,
                "seen_at": one.seen_at,
            },
        )

    def withdraw(self, source_id: str) -> None:
        """Forget the open hold: it was applied, or the source says something else."""
        self._connection.execute(delete(hold).where(hold.c.source_id == source_id, hold.c.state == "open"))

    def reject(self, source_id: str, now: datetime) -> None:
        """Remember the open hold as rejected, without its reading."""
        own = (hold.c.source_id == source_id) & (hold.c.state == "open")
        self._connection.execute(update(hold).where(own).values(state="rejected", reading=None, seen_at=now))
        rejected = (hold.c.source_id == source_id) & (hold.c.state == "rejected")
        oldest = select(hold.c.id).where(rejected).order_by(hold.c.id.desc()).offset(REJECTED_KEPT).limit(1)
        self._connection.execute(delete(hold).where(rejected, hold.c.id <= oldest.scalar_subquery()))

    def _find(self, *where: ColumnElement[bool]) -> Hold | None:
        row = self._connection.execute(select(hold).where(*where)).first()
        return None if row is None else _hold_of(dict(row._mapping))


def _hold_of(values: dict[str, Any]) -> Hold:
    del values["id"]
    packed = values["reading"]
    reading = None if packed is None else zlib.decompress(packed).decode("utf-8", "surrogatepass")
    return Hold(**{**values, "difference": Difference.from_json(values["difference"]), "reading": reading})
