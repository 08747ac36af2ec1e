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

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from feedsvc.core.errors import StoreUnavailable

BUSY_TIMEOUT_MS = 5_000
STATEMENT_TIMEOUT_MS = 30_000
LOCK_TIMEOUT_MS = 5_000
POOL_SIZE = 5
POOL_OVERFLOW = 15
POOL_TIMEOUT_SECONDS = 5.0
_MAY_NOT_WRITE = frozenset({"25006", "42501"})
"""SQLSTATE of PostgreSQL: the transaction is read-only; the role may not."""
_WRITES = "feedsvc_writes"


def make_engine(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://…`. Makes the folder of a SQLite file."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS}"
    connect_args: dict[str, Any] = {"connect_timeout": 5, "options": options, "application_name": "feedsvc"}
    pool: dict[str, Any] = {"pool_pre_ping": True, "pool_timeout": POOL_TIMEOUT_SECONDS, "pool_size": POOL_SIZE}
    return create_engine(url, max_overflow=POOL_OVERFLOW, connect_args=connect_args, **pool)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not begin transactions by itself, or DDL is not rolled back and BEGIN IMMEDIATE is impossible.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "cache_size = -8000",
        "mmap_size = 268435456",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One snapshot to read from. Raises StoreUnavailable when the database does not answer."""
    with _translated(engine), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that is committed whole or not at all. Raises StoreUnavailable when it can not be."""
    with _translated(engine), engine.connect() as connection:
        connection = connection.execution_options(**{_WRITES: True})
        with connection.begin():
            yield connection


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    name = engine.url.render_as_string()
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise StoreUnavailable(f"the store at {name} did not answer: {error.orig}") from error
    except NoConnectionLeft as error:
        raise StoreUnavailable(f"the store at {name} has no connections left; try again") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreUnavailable(f"the store at {name} went away: {error.orig}") from error
        if getattr(error.orig, "sqlstate", None) in _MAY_NOT_WRITE:
            raise StoreUnavailable(f"the store at {name} may not be written here: {error.orig}") from error
        raise
