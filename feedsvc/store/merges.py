"""Events that several sources list: which were folded into which, and which a person said are not one.

A folded event is in no feed; its record goes on saying what its own source lists. The first one gives UID and address.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, delete, insert, select, update

from feedsvc.core.model import Record
from feedsvc.store.dialects import chunks
from feedsvc.store.events import own_record_of
from feedsvc.store.schema import event, merge, not_same


@dataclass(frozen=True, slots=True)
class Known:
    """A record as its own source lists it, with its row number: what was made first has the lower one."""

    row: int
    record: Record


class Merges:
    """Merges of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, uids: Iterable[str]) -> dict[str, Known]:
        """UID → record with its row number, as its own source lists it."""
        found: dict[str, Known] = {}
        for part in chunks(tuple(uids)):
            rows = self._connection.execute(select(event).where(event.c.uid.in_(part)))
            found.update((row.uid, Known(row.id, own_record_of(row))) for row in rows)
        return found

    def firsts(self, uids: Iterable[str]) -> dict[str, str]:
        """UID of a folded event → UID of the one it was folded into."""
        first = event.alias("first")
        joined = merge.join(event, event.c.id == merge.c.event_id).join(first, first.c.id == merge.c.first_id)
        found: dict[str, str] = {}
        for part in chunks(tuple(uids)):
            rows = self._connection.execute(
                select(event.c.uid, first.c.uid).select_from(joined).where(event.c.uid.in_(part))
            )
            found.update((one, other) for one, other in rows)
        return found

    def folded(self, uids: Iterable[str]) -> dict[str, list[Known]]:
        """UID of a first event → the events folded into it, in the order they were made."""
        first = event.alias("first")
        joined = merge.join(event, event.c.id == merge.c.event_id).join(first, first.c.id == merge.c.first_id)
        found: dict[str, list[Known]] = {}
        for part in chunks(tuple(uids)):
            query = select(event, first.c.uid.label("first_uid")).select_from(joined).where(first.c.uid.in_(part))
            for row in self._connection.execute(query.order_by(event.c.id)):
                found.setdefault(row.first_uid, []).append(Known(row.id, own_record_of(row)))
        return found

    def at(self, starts: Collection[datetime], source_id: str) -> list[Known]:
        """Published events of other sources that begin at these instants, in the order they were made."""
        return self._published(event.c.start_at, starts, source_id)

    def published(self, uids: Collection[str], source_id: str) -> list[Known]:
        """Published events of other sources with these UIDs, in the order they were made."""
        return self._published(event.c.uid, uids, source_id)

    def _published(self, column: Column[Any], values: Collection[Any], source_id: str) -> list[Known]:
        found = []
        for part in chunks(sorted(values)):
            own = column.in_(part) & (event.c.source_id != source_id)
            live = event.c.dropped_at.is_(None) & event.c.cancelled_at.is_(None)
            rows = self._connection.execute(select(event).where(own, live).order_by(event.c.id))
            found += [Known(row.id, own_record_of(row)) for row in rows]
        return found

    def is_forbidden(self, one: int, other: int) -> bool:
        """Return True if a person said that these rows are not one event."""
        own = (not_same.c.lower_id == min(one, other)) & (not_same.c.higher_id == max(one, other))
        return self._connection.execute(select(not_same.c.lower_id).where(own)).first() is not None

    def sources_of(self, uid: str) -> list[str]:
        """The sources that list an event: its leader first."""
        known = self.known([uid])
        others = self.folded([uid]).get(uid, [])
        own = [one.record.source_id for one in known.values()]
        return list(dict.fromkeys((*own, *(one.record.source_id for one in others if not one.record.cancelled_at))))

    def part(self, folded_uid: str, by: str, now: datetime) -> None:
        """Remember that a folded event is not the one that it was folded into."""
        known = self.known((folded_uid, first := self.firsts([folded_uid])[folded_uid]))
        self._connection.execute(delete(merge).where(merge.c.event_id == known[folded_uid].row))
        self.forbid(known[folded_uid].row, known[first].row, by, now)

    def forbid(self, one: int, other: int, by: str, now: datetime) -> None:
        """Remember that two rows are not one event."""
        self.allow(one, other)
        row = {"lower_id": min(one, other), "higher_id": max(one, other), "by": by, "at": now}
        self._connection.execute(insert(not_same), row)

    def sign(self, folded_uid: str, by: str) -> None:
        """Note who said that a folded event is one with another."""
        own = merge.c.event_id == select(event.c.id).where(event.c.uid == folded_uid).scalar_subquery()
        self._connection.execute(update(merge).where(own).values(by=by))

    def named(self, public_ids: Iterable[str]) -> dict[str, Known]:
        """Public id → record with its row number, folded ones too."""
        query = select(event).where(event.c.public_id.in_(tuple(public_ids)))
        return {row.public_id: Known(row.id, own_record_of(row)) for row in self._connection.execute(query)}

    def allow(self, one: int, other: int) -> None:
        """Forget that two rows are not one event."""
        own = (not_same.c.lower_id == min(one, other)) & (not_same.c.higher_id == max(one, other))
        self._connection.execute(delete(not_same).where(own))
