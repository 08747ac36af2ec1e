"""Connections, and bringing the schema up to date with Alembic inside the caller's transaction.

SQLite: WAL, full sync, foreign keys, and every writing transaction begins IMMEDIATE, because a read transaction that
upgrades fails at once whatever busy_timeout says. PostgreSQL: reads see one snapshot, time-outs bound every statement
and lock.

A SQLite file that lost its name goes on living under old connections, and a process would serve from it for ever
without seeing another edition. So each connection is compared with the name before it is used.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from alembic.config import Config as AlembicConfig
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    DisconnectionError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from feedsvc.core.errors import ConfigError, ProgramTooOld, StoreUnavailable
from feedsvc.store.identity import file_fault

BUSY_TIMEOUT_MS = 5_000
STATEMENT_TIMEOUT_MS = 30_000
LOCK_TIMEOUT_MS = 5_000
POOL_SIZE = 5
POOL_OVERFLOW = 15
POOL_TIMEOUT_SECONDS = 5.0
_LOST_AFTER = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}
"""A machine that is gone answers nothing, not even that it is: given up after 20 to 25 s instead of hours."""
_MAY_NOT_WRITE = frozenset({"25006", "42501"})
"""SQLSTATE of PostgreSQL: the transaction is read-only; the role may not."""
_WRITES = "feedsvc_writes"
_REMEDIES = {
    "SQLITE_FULL": "make room on its disk",
    "SQLITE_IOERR": "if its disk is full, make room; feedsvc doctor looks",
    "SQLITE_READONLY": "let the user of this program write the file and its folder, on a disk that is mounted rw",
    "SQLITE_CANTOPEN": "let the user of this program read and write its folder",
    "SQLITE_CORRUPT": "feedsvc restore FILE brings a backup back",
    "SQLITE_NOTADB": "feedsvc restore FILE brings a backup back",
}
"""Ways out by the beginning of the name of SQLite's result code."""
_MAPPED_BYTES = 0x7FFF0000
"""SQLite's own upper limit. Pages that are mapped are read without a call; it takes addresses, not memory."""


def make_engine(url: str, file: SqliteFile | None = None) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://…`. Makes the folder of a SQLite `file`, and watches it.

    Raises ConfigError where the URL or its driver is unknown.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        if file is not None:
            folder = file.file.parent
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                told = f"{folder} cannot be made: {error.strerror}; name another with FEEDSVC_DATA_DIR"
                raise ConfigError([f"store.data_dir: {told}"]) from error
            event.listen(engine, "do_connect", file.before_connecting)
            event.listen(engine, "connect", file.remember)
            event.listen(engine, "checkout", file.look)
        return engine
    options = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS}"
    connect_args: dict[str, Any] = {"connect_timeout": 5, "options": options, "application_name": "feedsvc"}
    connect_args |= _LOST_AFTER
    pool: dict[str, Any] = {"pool_pre_ping": True, "pool_timeout": POOL_TIMEOUT_SECONDS, "pool_size": POOL_SIZE}
    try:
        return create_engine(url, max_overflow=POOL_OVERFLOW, connect_args=connect_args, **pool)
    except ImportError as error:
        raise ConfigError([f"store.database_url: {error}; install it with: pip install 'feedsvc[postgres]'"]) from error


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        # It may hold a password and is not repeated.
        example = "postgresql+psycopg://user@host:5432/name"
        raise ConfigError([f"store.database_url: not a database URL (example: {example})"]) from error


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite URL; None for one in memory and for other databases."""
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database.startswith((":", "file:")):
        return None
    return Path(parsed.database)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not begin transactions by itself, or DDL is not rolled back and BEGIN IMMEDIATE is impossible.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "cache_size = -8000",
        f"mmap_size = {_MAPPED_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine, *, in_passing: bool = False) -> Iterator[Connection]:
    """One snapshot to read from. Raises StoreUnavailable when the database does not answer.

    `in_passing`: much is read and each page once, so nothing is to stay in memory.
    """
    with translated(engine), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with _mapping(connection, 0 if in_passing else _MAPPED_BYTES), connection.begin():
            yield connection


@contextmanager
def _mapping(connection: Connection, mapped_bytes: int) -> Iterator[None]:
    """Limit how much of a SQLite file is mapped: pages read that way count as memory of this process."""
    if connection.dialect.name != "sqlite" or mapped_bytes == _MAPPED_BYTES:
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA mmap_size = {mapped_bytes}")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that is committed whole or not at all. Raises StoreUnavailable when it cannot be."""
    with translated(engine), engine.connect() as connection:
        connection = connection.execution_options(**{_WRITES: True})
        with connection.begin():
            yield connection


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn what a driver raises within the block into StoreUnavailable."""
    name = engine.url.render_as_string()
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise StoreUnavailable(f"the store at {name} did not answer: {_why(error)}") from error
    except NoConnectionLeft as error:
        raise StoreUnavailable(f"the store at {name} has no connections left; try again") from error
    except DBAPIError as error:
        # A damaged file is told by the bare class: "file is not a database", "database disk image is malformed".
        if error.connection_invalidated or type(error) is DatabaseError:
            raise StoreUnavailable(f"the store at {name} went away: {_why(error)}") from error
        if getattr(error.orig, "sqlstate", None) in _MAY_NOT_WRITE:
            raise StoreUnavailable(f"the store at {name} may not be written here: {_why(error)}") from error
        raise


def _why(error: DBAPIError) -> str:
    """The first line of the driver's message, as the others repeat the statement or guess; and the way out."""
    reason, code = str(error.orig).strip().partition("\n")[0], getattr(error.orig, "sqlite_errorname", None) or ""
    return "; ".join([reason, *(remedy for prefix, remedy in _REMEDIES.items() if code.startswith(prefix))])


_log = logging.getLogger("feedsvc.store")
_FileId = tuple[int, int]


class SqliteFile:
    """Checks connections of one file. `expected_id` is the store's id once known; another store is then refused."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.expected_id: str | None = None
        self._wal = file.with_name(f"{file.name}-wal")
        self._known = False

    def before_connecting(self, *_: object) -> None:
        """Refuse to connect where SQLite would make a new, empty file in the place of the one that was here."""
        if self._known and (fault := file_fault(self.file)) is not None:
            raise sqlite3.OperationalError(fault)

    def forget(self) -> None:
        """Let the file be made again."""
        self._known, self.expected_id = False, None

    def remember(self, connection: sqlite3.Connection, record: Any) -> None:
        """Note which file a new connection is of. Refuses another store than the one that was opened first."""
        facts = self.file.stat()
        record.info.update(file=(facts.st_dev, facts.st_ino), size=facts.st_size, wal=None)
        if self.expected_id is not None:
            found = _store_id(connection)
            if found != self.expected_id:
                told = "no store" if found is None else f"the store {found}"
                raise sqlite3.OperationalError(f"{self.file} holds {told}, not {self.expected_id}")
        self._known = True

    def look(self, connection: sqlite3.Connection, record: Any, _proxy: object) -> None:
        """Drop a connection of another file, of one that was cut, or whose WAL is gone; the pool makes another."""
        facts = _facts(self.file)
        identity = None if facts is None else (facts[0], facts[1])
        if facts is None or record.info["file"] != identity:
            raise DisconnectionError(f"{self.file} was replaced")
        if facts[2] < record.info["size"]:
            raise DisconnectionError(f"{self.file} is shorter than it was")
        record.info["size"] = facts[2]
        wal, known = _facts(self._wal), record.info["wal"]
        if known is not None and (wal is None or wal[:2] != known):
            # Write what the lost WAL holds into the file: this connection still has it open.
            saved = False
            with suppress(sqlite3.Error):
                saved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[0] == 0
            outcome = (
                "its transactions were written into the store" if saved else "check the store with: feedsvc doctor"
            )
            _log.error("%s was taken away under a running process; %s", self._wal, outcome)
            raise DisconnectionError(f"{self._wal} was taken away")
        record.info["wal"] = None if wal is None else wal[:2]


def _facts(file: Path) -> tuple[int, int, int] | None:
    """Device, inode and size; None where there is no such file."""
    try:
        facts = file.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino, facts.st_size


def _store_id(connection: sqlite3.Connection) -> str | None:
    with suppress(sqlite3.DatabaseError):
        row = connection.execute("SELECT value FROM meta WHERE key = 'store_id'").fetchone()
        return None if row is None else str(row[0])
    return None


SCRIPTS = Path(__file__).parent / "migrations"
_PG_LOCK = 7_213_554_201


def script_directory() -> ScriptDirectory:
    """The migrations of this program."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(SCRIPTS))
    return ScriptDirectory.from_config(config)


def is_current(connection: Connection) -> bool:
    """Return True if the schema is this program's. Raises StoreUnavailable when it is newer."""
    scripts = script_directory()
    return _current(connection, scripts) == scripts.get_current_head()


def check(connection: Connection) -> None:
    """Make sure that the schema is this program's. Raises StoreUnavailable when it is older, newer or not there."""
    scripts = script_directory()
    current = _current(connection, scripts)
    if current != scripts.get_current_head():
        has = "no schema" if current is None else f"the older schema {current}"
        raise StoreUnavailable(f"the store has {has}; start a process that may write, with [store] prepare = true")


def revision_of(connection: Connection) -> str | None:
    """Return the schema's revision; None where there is no schema. Raises ProgramTooOld."""
    return _current(connection, script_directory())


def migrate(connection: Connection, target: str | None = None) -> None:
    """Apply what is missing, up to `target` or the newest. Raises ProgramTooOld when the store's schema is newer."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PG_LOCK})
    scripts = script_directory()
    wanted = target or scripts.get_current_head()
    if _current(connection, scripts) == wanted:
        return

    def upgrade(revision: str, _context: MigrationContext) -> list[RevisionStep]:
        return scripts._upgrade_revs(wanted or "head", revision)

    environment = EnvironmentContext(AlembicConfig(), scripts, fn=upgrade)
    with environment:
        environment.configure(connection=connection, transactional_ddl=True, render_as_batch=True)
        environment.run_migrations()


def _current(connection: Connection, scripts: ScriptDirectory) -> str | None:
    """The store's schema, None where it has none. Raises StoreUnavailable when this program does not know it."""
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise ProgramTooOld(f"the store has schema {current}, newer than this program; install the newer program")
    return current
