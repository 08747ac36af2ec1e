"""Editions and their provenance: when each was committed, which version wrote the store and with which time zone data,
by which fingerprint every event and feed is written; and the forgetting of what would grow without bound.

Runs and captures are bounded where they are written, and so are the past states of events. An event's UID, SEQUENCE and
LAST-MODIFIED are never forgotten: one that is listed again goes on under its UID.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, or_, select, update

from feedsvc.core import serialize
from feedsvc.store.apply import number_edition
from feedsvc.store.dialects import fetch, fetch_one, put
from feedsvc.store.schema import departure, edition, event, facet, meta

_VERSION, _ZONES = "written_by", "written_with_zones"
_FINGERPRINT, _WRITTEN_AT = "fingerprint", "fingerprint_at"
_WRITTEN_AT_SELECT = select(func.coalesce(func.max(meta.c.value), "0")).where(meta.c.key == _WRITTEN_AT)
_HISTORY_SELECT = (
    select(meta.c.value).where(or_(meta.c.key == "store_id", meta.c.key == "history")).order_by(meta.c.key.desc())
)


@dataclass(frozen=True, slots=True)
class Writer:
    """A program that wrote the store: its version ("0.2.0") and its time zone data ("2025b")."""

    version: str
    zones: str


class Provenance:
    """The provenance as of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def last_writer(self) -> Writer | None:
        """The highest version and time zone data that wrote this store; None where none said so yet."""
        found = self._values(_VERSION, _ZONES)
        return Writer(found[_VERSION], found[_ZONES]) if len(found) == 2 else None

    def put_last_writer(self, writer: Writer) -> None:
        """Remember by which version and time zone data the store is written from now on."""
        for key, value in ((_VERSION, writer.version), (_ZONES, writer.zones)):
            put(self._connection, meta, {"key": key, "value": value})

    def fingerprint(self) -> str | None:
        """The fingerprint that every event and feed is written by; None in a store that was never wholly rendered."""
        return self._values(_FINGERPRINT).get(_FINGERPRINT)

    def fingerprint_at(self) -> int:
        """The time since which it is in force, in seconds since 1970 UTC: no feed is older. 0 for ever."""
        return int(fetch_one(self._connection, _WRITTEN_AT_SELECT, {}))

    def history(self) -> str:
        """The store's id and history as one name: another one for a restored copy, and for another store."""
        return "-".join(row[0] for row in fetch(self._connection, _HISTORY_SELECT, {}))

    def put_fingerprint(self, fingerprint: str, now: datetime) -> None:
        """Remember that everything is written by this fingerprint: a new edition, in which every feed may differ.

        A store without an edition has nothing that differs.
        """
        put(self._connection, meta, {"key": _FINGERPRINT, "value": fingerprint})
        if self._connection.execute(select(edition.c.number).limit(1)).first() is not None:
            number = number_edition(self._connection, "", now)
            self._connection.execute(update(facet).values(revision=number))
            put(self._connection, meta, {"key": _WRITTEN_AT, "value": str(int(now.timestamp()))})

    def _values(self, *keys: str) -> dict[str, str]:
        rows = self._connection.execute(select(meta.c.key, meta.c.value).where(meta.c.key.in_(keys)))
        return {row.key: row.value for row in rows}


class Overview:
    """Reads within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def made_at(self, number: int) -> datetime | None:
        """The time an edition was committed; of number 0, when the store was made. None without such an edition."""
        if number:
            found: datetime | None = self._connection.execute(
                select(edition.c.made_at).where(edition.c.number == number)
            ).scalar()
            return found
        founded = self._connection.execute(select(meta.c.value).where(meta.c.key == "founded_at")).scalar_one()
        return serialize.instant(int(founded))

    def history(self, number: int) -> str | None:
        """A name for the editions up to this one; None when the store has no such edition.

        Two stores, or a store and its restored backup that went another way, give different names.
        """
        made = self.made_at(number)
        founded = self.made_at(0)
        if made is None or founded is None:
            return None
        own = Provenance(self._connection).history()
        return f"{own}-{serialize.seconds(founded)}-{serialize.seconds(made)}"


KEPT = timedelta(days=400)
MOST_AT_ONCE = 500
"""Events whose bodies are cut within one transaction."""
_REDUCED = ""
"""In the place of the fingerprint of an event whose body was cut."""


class Retention:
    """Forgets within one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def forget(self, now: datetime) -> bool:
        """Forget what is older than 400 days. Returns whether there is more to forget."""
        before = now - KEPT
        last = select(func.max(edition.c.number)).scalar_subquery()
        self._connection.execute(delete(edition).where(edition.c.made_at < before, edition.c.number < last))
        # No feed's LAST-MODIFIED is before the fingerprint's time, so what left before that tells nothing any more.
        told = min(int(before.timestamp()), Provenance(self._connection).fingerprint_at())
        self._connection.execute(delete(departure).where(departure.c.left_at < told))
        return self._cut_bodies(before) == MOST_AT_ONCE

    def _cut_bodies(self, before: datetime) -> int:
        """Leave of events that left long ago what they were called, where and when, without their texts."""
        old = (event.c.dropped_at < before) & (event.c.rendering != _REDUCED)
        rows = self._connection.execute(select(event.c.id, event.c.body).where(old).limit(MOST_AT_ONCE)).all()
        for row in rows:
            whole = serialize.event_of(row.body)
            bare = replace(whole, description="", location="", host="", listed="", findings=())
            cut = {"body": serialize.event_text(bare), "rendering": _REDUCED}
            self._connection.execute(update(event).where(event.c.id == row.id).values(**cut))
        return len(rows)
