"""The provenance of what is stored: which version wrote it, with which time zone data, and by which fingerprint every
event and feed is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, or_, select, update

from feedsvc.store.apply import number_edition
from feedsvc.store.raw_query import Shape, fetch, fetch_one
from feedsvc.store.schema import edition, facet, meta
from feedsvc.store.upsert import put

_VERSION, _ZONES = "written_by", "written_with_zones"
_FINGERPRINT, _WRITTEN_AT = "fingerprint", "fingerprint_at"


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
        return int(fetch_one(self._connection, _written_at, {"key": _WRITTEN_AT}))

    def history(self) -> str:
        """The store's id and history as one name: another one for a restored copy, and for another store."""
        return "-".join(row[0] for row in fetch(self._connection, _history, {}))

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


def _written_at(_shape: Shape) -> Select[Any]:
    return select(func.coalesce(func.max(meta.c.value), "0")).where(meta.c.key == bindparam("key"))


def _history(_shape: Shape) -> Select[Any]:
    named = or_(meta.c.key == "store_id", meta.c.key == "history")
    return select(meta.c.value).where(named).order_by(meta.c.key.desc())
