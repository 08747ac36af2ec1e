"""Backups and restores of a store, with their outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from feedsvc.store.schema import maintenance

DONE = "done"


@dataclass(frozen=True, slots=True)
class MaintenanceRecord:
    """`kind`: backup, copy (before a migration) or restore. `outcome`: DONE, or why it failed."""

    kind: str
    made_at: datetime
    file: str
    outcome: str = DONE


class Maintenance:
    """Reads and writes within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, record: MaintenanceRecord) -> None:
        """Keep a record."""
        row = {"kind": record.kind, "made_at": record.made_at, "file": record.file, "outcome": record.outcome}
        self._connection.execute(insert(maintenance), row)

    def last(self, kind: str) -> MaintenanceRecord | None:
        """Return the newest record of a kind that was done; None where there is none."""
        columns = (maintenance.c.kind, maintenance.c.made_at, maintenance.c.file, maintenance.c.outcome)
        wanted = select(*columns).where(maintenance.c.kind == kind, maintenance.c.outcome == DONE)
        row = self._connection.execute(wanted.order_by(maintenance.c.id.desc()).limit(1)).first()
        return None if row is None else MaintenanceRecord(*row)
