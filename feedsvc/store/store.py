"""The store as others see it: open it, bring its schema up to date, read one snapshot, write one transaction."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, select

from feedsvc.core.errors import FeedsvcError, RequestError, StoreUnavailable, StoreUnfit
from feedsvc.core.model import Facet
from feedsvc.store.administrators import Accounts, Audit
from feedsvc.store.apply import Applier, lock_editions
from feedsvc.store.backup import Maintenance, MaintenanceRecord, Restamp, copy_to_file, fill_from_file, lift
from feedsvc.store.bundles import Bundles
from feedsvc.store.captures import Captures, FetchedPages
from feedsvc.store.claims import Claims
from feedsvc.store.counts import Counts
from feedsvc.store.dialects import put_if_absent
from feedsvc.store.editions import Overview, Provenance, Retention
from feedsvc.store.engine import (
    SqliteFile,
    check,
    is_current,
    make_engine,
    migrate,
    reading,
    revision_of,
    script_directory,
    sqlite_file,
    translated,
    writing,
)
from feedsvc.store.events import Events
from feedsvc.store.feeds import Feeds
from feedsvc.store.history import History
from feedsvc.store.holds import Holds
from feedsvc.store.identity import (
    Identity,
    StoreMark,
    ensure_identity,
    file_fault,
    has_schema,
    is_unused,
    read_identity,
)
from feedsvc.store.merges import Merges
from feedsvc.store.recount import count_all, is_counted
from feedsvc.store.schema import facet, meta
from feedsvc.store.source_settings import SourceSettingsRows
from feedsvc.store.sources import Sources
from feedsvc.store.totals import Totals
from feedsvc.store.word_index import WordIndex


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that can be read within one transaction."""

    _connection: Connection
    events: Events
    feeds: Feeds
    sources: Sources
    pages: FetchedPages
    holds: Holds
    claims: Claims
    bundles: Bundles
    counts: Counts
    overview: Overview
    provenance: Provenance
    retention: Retention
    history: History
    captures: Captures
    merges: Merges
    totals: Totals
    accounts: Accounts
    audit: Audit
    words: WordIndex
    maintenance: Maintenance
    settings: SourceSettingsRows

    @classmethod
    def of(cls, connection: Connection) -> Snapshot:
        """Everything over one connection."""
        return cls(
            connection,
            Events(connection),
            Feeds(connection),
            Sources(connection),
            FetchedPages(connection),
            Holds(connection),
            Claims(connection),
            Bundles(connection),
            Counts(connection),
            Overview(connection),
            Provenance(connection),
            Retention(connection),
            History(connection),
            Captures(connection),
            Merges(connection),
            Totals(connection),
            Accounts(connection),
            Audit(connection),
            WordIndex(connection),
            Maintenance(connection),
            SourceSettingsRows(connection),
        )

    def identity(self) -> Identity:
        """The store's id, the same for ever, and its history, new at each restore. Raises StoreUnavailable."""
        found = read_identity(self._connection)
        if found is None:
            raise StoreUnfit("the store has no identity yet; start a process that may write to it")
        return found

    def founded_at(self) -> int:
        """The time the store was made, in seconds since 1970 UTC: LAST-MODIFIED of a feed that never had an event."""
        return int(self._connection.execute(select(meta.c.value).where(meta.c.key == "founded_at")).scalar_one())

    def lock_editions(self) -> None:
        """Let nobody else commit an edition before this transaction ends; only within `Store.write`."""
        lock_editions(self._connection)

    def applier(self, source_id: str, now: datetime, rendering: str) -> Applier:
        """The writer of a refresh's decisions; only within `Store.write`."""
        return Applier(self._connection, source_id, now, rendering)


def found(connection: Connection, now: datetime, store_id: str | None) -> Identity:
    """Bring the schema and the counts up to date; give a store that has none its founding time and identity."""
    migrate(connection)
    put_if_absent(connection, meta, {"key": "founded_at", "value": str(int(now.timestamp()))})
    identity = ensure_identity(connection, store_id)
    count_all(connection)
    return identity


class Store:
    """A database. Safe to use from several threads; open another after a fork.

    `data_dir` is where a PostgreSQL store's mark and the copies before migrations are kept.
    """

    def __init__(self, url: str, data_dir: Path | None = None) -> None:
        path = sqlite_file(url)
        self._url = url
        self._file = None if path is None else SqliteFile(path.absolute())
        base = self._file.file if self._file is not None else None if data_dir is None else data_dir / "postgresql"
        self.base = base
        self.mark = None if base is None else StoreMark(base.with_name(f"{base.name}.id"))
        self.engine: Engine = make_engine(url, self._file)
        if self._file is None:
            event.listen(self.engine, "connect", self._refuse_another)
        self._expected: str | None = None

    @property
    def name(self) -> str:
        """Its address, without a password."""
        return str(self._file.file) if self._file is not None else self.engine.url.render_as_string()

    def init(self, now: datetime) -> None:
        """Make a new store. Raises RequestError where there is one, or where one was made before."""
        if self.mark is not None and self.mark.read() is not None:
            raise RequestError(f"{self.mark.file} says that a store was made here; remove it to make another")
        with self._closed_on_failure(), self._making():
            if self._file is not None:
                fault = file_fault(self._file.file)
                if fault is not None and (not self._file.file.exists() or self._file.file.stat().st_size == 0):
                    self._make_file(self._file.file, now)
                    return
            with writing(self.engine) as connection:
                if has_schema(connection):
                    raise RequestError(f"{self.name} already holds a store")
                self._remember_as(found(connection, now, None))

    def prepare(self, now: datetime) -> None:
        """Open the store: check that it is the one that was made here, and bring its schema up to date.

        Makes it where nothing was ever made: in an unused folder, never in a PostgreSQL. Raises StoreUnavailable where
        it is missing, empty, foreign, another one, or newer than this program.
        """
        with self._closed_on_failure():
            if self._file is not None and (fault := file_fault(self._file.file)) is not None:
                with self._making():
                    self._make_or_refuse(self._file.file, fault, now)
            with reading(self.engine) as connection:
                self._refuse_foreign(connection)
                current, before = is_current(connection), revision_of(connection) or "nothing"
                identity = read_identity(connection) if current and is_counted(connection) else None
            if identity is None:
                copied = None if current else self._copy_before_migration(before, now)
                with writing(self.engine) as connection:
                    identity = found(connection, now, None if self.mark is None else self.mark.read())
                    if copied is not None:
                        Maintenance(connection).add(copied)
            self._remember_as(identity)

    def check(self, *, schema: bool = True) -> None:
        """Check the store without writing. Raises StoreUnavailable when it, or its schema, is not the expected one.

        Without `schema` one that is older or newer will do.
        """
        with self._closed_on_failure():
            if self._file is not None and (fault := file_fault(self._file.file)) is not None and self.mark is not None:
                self.mark.refuse_lost(fault)
            with reading(self.engine) as connection:
                self._refuse_foreign(connection)
                if schema:
                    check(connection)
                identity = read_identity(connection)
            if identity is not None:
                self._remember_as(identity)

    def examine(self) -> None:
        """Look for damage (SQLite's quick_check). Raises StoreUnavailable with the first fault."""
        if self._file is None:
            return
        with reading(self.engine, in_passing=True) as connection:
            fault = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
        if fault != "ok":
            told = " ".join(fault.split())[:200]
            raise StoreUnfit(f"{self.name} is damaged ({told}); feedsvc restore FILE brings a backup back")

    def _make_or_refuse(self, file: Path, fault: str, now: datetime) -> None:
        if file_fault(file) is None:
            return  # Another process has made it meanwhile.
        if self.mark is not None and (file.exists() or self.mark.read() is not None or not is_unused(file)):
            self.mark.refuse_lost(fault)
        self._make_file(file, now)

    @contextmanager
    def _making(self) -> Iterator[None]:
        """One process at a time makes a store in a folder."""
        if self._file is None:
            yield
            return
        folder = os.open(self._file.file.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _make_file(self, file: Path, now: datetime) -> None:
        """Make the file under another name first: one that is there is whole."""
        fresh = file.with_name(f"{file.name}.new")
        for left in (fresh, fresh.with_name(f"{fresh.name}-wal"), fresh.with_name(f"{fresh.name}-shm")):
            left.unlink(missing_ok=True)
        engine = make_engine(f"sqlite:///{fresh}")
        try:
            with writing(engine) as connection:
                identity = found(connection, now, None)
        finally:
            engine.dispose()
        fresh.replace(file)
        self._remember_as(identity)

    def _refuse_foreign(self, connection: Connection) -> None:
        """Refuse a database without a store of ours, and another store than the one that was made here."""
        if not has_schema(connection):
            if self._file is not None and self.mark is not None:
                self.mark.refuse_lost(f"{self.name} holds no store of this program")
            told = "" if self.mark is None or self.mark.read() is None else f" ({self.mark.read()} was expected)"
            raise StoreUnfit(f"{self.name} holds no store{told}; make one with: feedsvc init")
        identity = read_identity(connection)
        if self.mark is not None:
            self.mark.refuse_other(self.name, None if identity is None else identity.id)

    def _remember_as(self, identity: Identity) -> None:
        self._expected = identity.id
        if self._file is not None:
            self._file.expected_id = identity.id
        if self.mark is not None:
            self.mark.write(identity.id)

    def _refuse_another(self, connection: Any, _record: object) -> None:
        """A new connection to a server may be to another database: one that was dropped and made again, a failover."""
        if self._expected is None:
            return
        driver: Any = self.engine.dialect.dbapi
        try:
            row = connection.execute("SELECT value FROM meta WHERE key = 'store_id'").fetchone()
        except driver.ProgrammingError as error:
            raise driver.OperationalError(f"the database holds no store, {self._expected} was expected") from error
        finally:
            connection.rollback()
        if row is None or row[0] != self._expected:
            raise driver.OperationalError(f"the database holds another store, {self._expected} was expected")

    def backup(self, file: Path) -> None:
        """Copy the store into a new file, online and consistent. Raises WorkError, RequestError."""
        copy_to_file(self.engine, file)

    def lift(self, now: datetime, by: int, restamp: Restamp) -> None:
        """Begin a new history, with SEQUENCE raised by so much and LAST-MODIFIED now. See `backup.lift`."""
        with writing(self.engine) as connection:
            lift(connection, now, by, restamp)

    def replace_by(self, file: Path, now: datetime) -> None:
        """Put what a prepared file holds in the place of this store, under living processes as well.

        A file that is no database any more is moved aside first. Raises StoreUnavailable.
        """
        if self._file is not None:
            path = self._file.file
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file.expected_id = None
            if not self._can_be_filled():
                self.close()
                for suffix in ("", "-wal", "-shm"):
                    with suppress(FileNotFoundError):
                        name = f"{path.name}{suffix}"
                        path.with_name(name).rename(path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%S}{suffix}"))
                self.engine = make_engine(self._url, self._file)
                if self._file is not None:
                    self._file.forget()
        else:
            with reading(self.engine) as connection:
                holds_store = has_schema(connection)
            if not holds_store:
                with writing(self.engine) as connection:
                    found(connection, now, None)
        self._expected = None
        with translated(self.engine):
            fill_from_file(self.engine, file)
        if self.mark is not None:
            self.mark.file.unlink(missing_ok=True)
        self.prepare(now)

    def _can_be_filled(self) -> bool:
        """True where the present file is a database that others may have open, so that it has to be filled in place."""
        try:
            self.examine()
        except StoreUnavailable:
            return False
        return True

    def _copy_before_migration(self, before: str, now: datetime) -> MaintenanceRecord | None:
        """Keep the store as it is before its schema is changed; None where it has nowhere to be kept."""
        if self.base is None:
            return None
        file = self.base.with_name(f"{self.base.name}.before-{script_directory().get_current_head()}-from-{before}")
        file.unlink(missing_ok=True)
        self.backup(file)
        return MaintenanceRecord("copy", now, file.name)

    def remember(self, facets: Iterable[Facet]) -> None:
        """Know these values for ever, with or without events: an address outlives the configuration that named it."""
        with self.read() as snapshot:
            known = {(row.dimension, row.value) for row in snapshot.feeds.facets()}
        new = [one for one in facets if (one.dimension, one.value) not in known]
        if new:
            with self.write() as snapshot:
                for one in new:
                    row = {"dimension": one.dimension, "value": one.value, "label": one.label, "revision": 0}
                    put_if_absent(snapshot._connection, facet, row)

    def name_calendars(self, version: str, names: Callable[[], Iterable[tuple[str, str, str]]]) -> None:
        """Find calendars by these (name, dimension, value); made only when they are of another version."""
        with self.read() as snapshot:
            known = snapshot.words.names_version()
        if known != version:
            with self.write() as snapshot:
                snapshot.words.name_calendars(version, names())

    @contextmanager
    def _closed_on_failure(self) -> Iterator[None]:
        """Close the store where it cannot be begun with: nobody else would."""
        try:
            yield
        except FeedsvcError:
            self.close()
            raise

    @contextmanager
    def read(self, *, in_passing: bool = False) -> Iterator[Snapshot]:
        """One snapshot: everything read within it belongs to one edition.

        `in_passing`: much is read and each page once, so nothing is to stay in memory.
        """
        with reading(self.engine, in_passing=in_passing) as connection:
            yield Snapshot.of(connection)

    @contextmanager
    def write(self) -> Iterator[Snapshot]:
        """One transaction, committed whole at the end of the block, or not at all when it raises."""
        with writing(self.engine) as connection:
            yield Snapshot.of(connection)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
