"""Connections. SQLite: WAL, full sync, foreign keys, and every writing transaction begins IMMEDIATE, because a read
transaction that upgrades fails at once whatever busy_timeout says. PostgreSQL: reads see one snapshot, time-outs bound
every statement and lock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from feedsvc.core.errors import ConfigError, StoreUnavailable
from feedsvc.store.sqlite_file import SqliteFile

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
_MAPPED_BYTES = 0x7FFF0000
"""SQLite's own upper limit. Pages that are mapped are read without a call; it takes addresses, not memory."""


def make_engine(url: str, file: SqliteFile | None = None) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://…`. Makes the folder of a SQLite `file`, and watches it.

    Raises ConfigError where the URL or its driver is unknown.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed, file)
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


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        told = f"{folder} cannot be made: {error.strerror}; name another with FEEDSVC_DATA_DIR"
        raise ConfigError([f"store.data_dir: {told}"]) from error


def _sqlite_engine(url: URL, file: SqliteFile | None) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    if file is not None:
        _make_folder(file.file.parent)
        event.listen(engine, "do_connect", file.before_connecting)
        event.listen(engine, "connect", file.remember)
        event.listen(engine, "checkout", file.look)
    return engine


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
    """The first line of the driver's message; the others repeat the statement or guess."""
    return str(error.orig).strip().partition("\n")[0]
