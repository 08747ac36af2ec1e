"""Copies of a whole store, online and consistent, as one SQLite file whatever database the store is in.

Beside SQLite's own page copy there is a copy row by row, for PostgreSQL, in both directions. The hardest case is a
restore under living processes: a file is filled in place, within one transaction of SQLite, because the WAL and the
locks of those who have it open belong to the old inode. What was done is kept with its outcome.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from feedsvc.core.errors import RequestError, WorkError
from feedsvc.store.dialects import chunks
from feedsvc.store.engine import make_engine, migrate, reading, revision_of, writing
from feedsvc.store.identity import file_fault, new_name
from feedsvc.store.schema import edition, event, facet, fragment, maintenance, meta

_BATCH = 1_000
RESTORED = "restore"
"""The source of the edition that a restore makes."""

Restamp = Callable[[bytes, int, datetime], bytes]


def copy_to_file(engine: Engine, file: Path) -> None:
    """Copy the store into a new file, put under its name when it is whole. Raises WorkError, RequestError."""
    if file.exists():
        raise RequestError(f"{file} exists already; name another file, or remove it")
    fresh = file.with_name(f"{file.name}.part")
    with _told(file), _removed_on_failure(fresh):
        fresh.unlink(missing_ok=True)
        if engine.dialect.name == "sqlite":
            with reading(engine, in_passing=True) as source:
                target = sqlite3.connect(fresh)
                try:
                    _driver(source).backup(target)
                    # One file without a WAL beside it, so that it can be moved and copied by any means.
                    target.execute("PRAGMA journal_mode = DELETE")
                finally:
                    target.close()
        else:
            _copy_rows_out(engine, fresh)
        # Wait until the disk has it.
        with fresh.open("rb") as opened:
            os.fsync(opened.fileno())
        fresh.replace(file)


def fill_from_file(engine: Engine, file: Path) -> None:
    """Replace everything in an open store by what a file holds, within one transaction. Raises StoreUnavailable."""
    if engine.dialect.name == "sqlite":
        source = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        try:
            with engine.connect() as connection:
                source.backup(_driver(connection))
        finally:
            source.close()
        return
    origin = make_engine(f"sqlite:///{file}")
    try:
        with reading(origin, in_passing=True) as source_connection, writing(engine) as target:
            tables = _reflected(target)
            for table in reversed(tables.sorted_tables):
                target.execute(delete(table))
            _copy_rows(source_connection, target, tables)
            _lift_sequences(target, tables)
    finally:
        origin.dispose()


def check_file(file: Path) -> None:
    """Check that a file is a sound backup of ours. Raises RequestError where it is not."""
    fault = file_fault(file)
    if fault is None:
        source = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        try:
            found = str(source.execute("PRAGMA quick_check(1)").fetchone()[0])
            names = {row[0] for row in source.execute("SELECT name FROM sqlite_master")}
            fault = f"{file} is damaged ({found})" if found != "ok" else None
            if fault is None and not {"meta", "alembic_version"} <= names:
                fault = f"{file} is not a store of this program"
        except sqlite3.Error as error:
            fault = f"{file} is damaged ({error})"
        finally:
            source.close()
    if fault is not None:
        raise RequestError(f"{fault}; nothing was restored")


def lift(connection: Connection, now: datetime, by: int, restamp: Restamp) -> None:
    """Raise SEQUENCE of every event and set LAST-MODIFIED to now, as one new edition of a new history.

    Calendar programs ignore an event whose SEQUENCE or LAST-MODIFIED is lower than what they have: without this they
    would keep what the store said after the backup, which the store no longer knows. `by` 0 changes the history alone.
    """
    connection.execute(delete(meta).where(meta.c.key == "history"))
    connection.execute(insert(meta), {"key": "history", "value": new_name()})
    if by == 0:
        return
    made = insert(edition).returning(edition.c.number)
    number = connection.execute(made, {"made_at": now, "source_id": RESTORED}).scalar_one()
    connection.execute(update(facet).values(revision=number))
    columns = select(event.c.id, event.c.sequence, event.c.modified_at, fragment.c.vevent)
    joined = columns.select_from(event.outerjoin(fragment, fragment.c.event_id == event.c.id)).order_by(event.c.id)
    for row in list(connection.execute(joined)):
        modified = max(now, row.modified_at)
        changed = {"sequence": row.sequence + by, "modified_at": modified, "edition": number}
        connection.execute(update(event).where(event.c.id == row.id).values(**changed))
        if row.vevent is not None:
            written = {
                "vevent": restamp(row.vevent, row.sequence + by, modified),
                "modified_at": int(modified.timestamp()),
            }
            connection.execute(update(fragment).where(fragment.c.event_id == row.id).values(**written))


def _copy_rows_out(engine: Engine, file: Path) -> None:
    target_engine = make_engine(f"sqlite:///{file}")
    try:
        with reading(engine, in_passing=True) as source, writing(target_engine) as target:
            migrate(target, revision_of(source))
            tables = _reflected(target)
            for table in reversed(tables.sorted_tables):
                target.execute(delete(table))
            _copy_rows(source, target, tables)
    finally:
        target_engine.dispose()
    plain = sqlite3.connect(file)
    plain.execute("PRAGMA journal_mode = DELETE")
    plain.close()


def _reflected(connection: Connection) -> MetaData:
    tables = MetaData()
    tables.reflect(connection, only=lambda name, _: name != "alembic_version")
    return tables


def _copy_rows(source: Connection, target: Connection, tables: MetaData) -> None:
    theirs = _reflected(source)
    for table in tables.sorted_tables:
        names = [column.name for column in table.c if column.name in theirs.tables[table.name].c]
        query = select(*(theirs.tables[table.name].c[name] for name in names))
        for part in source.execution_options(yield_per=_BATCH).execute(query).partitions(_BATCH):
            for batch in chunks(part, _BATCH):
                target.execute(insert(table), [dict(zip(names, row, strict=True)) for row in batch])


def _lift_sequences(target: Connection, tables: MetaData) -> None:
    """PostgreSQL counts row numbers apart from the rows: the next one comes after those that were copied."""
    for table in tables.sorted_tables:
        for column in table.primary_key:
            asked = {"table": f'"{table.name}"', "column": column.name}
            found = target.execute(text("SELECT pg_get_serial_sequence(:table, :column)"), asked).scalar()
            if found is not None:
                highest = target.execute(select(func.max(column))).scalar() or 0
                target.execute(text("SELECT setval(:name, :value, false)"), {"name": found, "value": highest + 1})


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


@contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise WorkError(f"{file} cannot be written: {reason}; make room, or name another place") from error


@contextmanager
def _removed_on_failure(file: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        file.unlink(missing_ok=True)
        raise


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

    def last(self, kind: str, *, failed: bool = False) -> MaintenanceRecord | None:
        """Return the newest record of a kind that was done, or that failed; None where there is none."""
        columns = (maintenance.c.kind, maintenance.c.made_at, maintenance.c.file, maintenance.c.outcome)
        wanted = select(*columns).where(maintenance.c.kind == kind, (maintenance.c.outcome == DONE) != failed)
        row = self._connection.execute(wanted.order_by(maintenance.c.id.desc()).limit(1)).first()
        return None if row is None else MaintenanceRecord(*row)
