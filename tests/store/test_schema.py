"""The schema: what the migrations make is what the tables say, from nothing to the newest and back."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

import feedsvc.store
from feedsvc.core.errors import StoreUnavailable
from feedsvc.store.dialects import Instant, metadata
from feedsvc.store.engine import make_engine, script_directory, writing
from feedsvc.store.store import Store

NOW = datetime(2024, 5, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    store.prepare(NOW)
    return store


def test_migrations_make_the_tables_that_the_code_describes(store: Store) -> None:
    for found in pkgutil.iter_modules(feedsvc.store.__path__):
        importlib.import_module(f"feedsvc.store.{found.name}")
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_every_column_tells_its_unit_or_origin() -> None:
    untold = [
        f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.c if not column.comment
    ]
    assert untold == []


def test_every_migration_can_be_taken_back(store: Store) -> None:
    with writing(store.engine) as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            for script in script_directory().walk_revisions():
                script.module.downgrade()
        assert inspect(connection).get_table_names() == ["alembic_version"]


def test_preparing_twice_changes_nothing(store: Store) -> None:
    with store.read() as snapshot:
        founded = snapshot.founded_at()
    store.prepare(NOW + timedelta(days=1))
    with store.read() as snapshot:
        assert snapshot.founded_at() == founded


def test_a_store_of_a_newer_program_is_refused_in_one_line(store: Store) -> None:
    with writing(store.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="9999, newer than this program"):
        store.prepare(NOW)


def test_a_migration_that_dies_half_way_leaves_nothing(tmp_path: Path) -> None:
    # Python's SQLite driver commits DDL behind one's back unless it is told not to begin transactions itself.
    engine = make_engine(f"sqlite:///{tmp_path / 'half.sqlite'}")
    with pytest.raises(RuntimeError), writing(engine) as connection:
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        raise RuntimeError("killed")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == []


def test_an_instant_is_stored_the_same_from_any_zone_and_never_naive() -> None:
    kind, there = Instant(), timezone(timedelta(hours=-4))
    assert kind.process_bind_param(NOW.astimezone(there), None) == int(NOW.timestamp())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="naive"):
        kind.process_bind_param(NOW.replace(tzinfo=None), None)  # type: ignore[arg-type]


def test_a_second_writer_waits_instead_of_failing(store: Store) -> None:
    """A reading transaction that turns into a writing one fails at once; so every writing one begins as such."""
    with store.engine.connect() as connection, connection.begin():
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 5000
    with store.write() as snapshot:
        begun = snapshot._connection.connection.driver_connection.in_transaction  # type: ignore[union-attr]
        assert begun
        with store.read() as other:
            assert other.feeds.edition() == 0
