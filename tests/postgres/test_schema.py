"""The schema on PostgreSQL: made by the migrations, once, whole, and sorted by bytes as in SQLite."""

from __future__ import annotations

import importlib
import pkgutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

import feedsvc.store
from feedsvc.core.errors import StoreUnavailable
from feedsvc.store.dialects import metadata
from feedsvc.store.engine import script_directory, writing
from feedsvc.store.store import Store
from tests.postgres.conftest import NOW
from tests.postgres_server import Server

pytestmark = pytest.mark.postgres


def test_migrations_make_the_tables_that_the_code_describes(store: Store) -> None:
    for found in pkgutil.iter_modules(feedsvc.store.__path__):
        importlib.import_module(f"feedsvc.store.{found.name}")
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_uids_are_sorted_by_bytes_whatever_the_language_of_the_database(store: Store) -> None:
    query = (
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND collation_name = 'C' ORDER BY 1"
    )
    with store.engine.connect() as connection:
        found = {tuple(row) for row in connection.execute(text(query))}
    assert {("event", "uid"), ("fragment", "uid")} <= found


def test_preparing_twice_changes_nothing(store: Store) -> None:
    store.prepare(NOW + timedelta(days=1))
    with store.read() as snapshot:
        assert snapshot.founded_at() == int(NOW.timestamp())


def test_processes_that_start_together_make_the_schema_once(server: Server, database: str) -> None:
    stores = [Store(server.url(database)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: one.init(NOW), stores))
    assert server.execute("SELECT key FROM meta ORDER BY key", database) == [
        ("counted",),
        ("founded_at",),
        ("history",),
        ("store_id",),
    ]
    for one in stores:
        one.close()


def test_every_migration_can_be_taken_back(store: Store) -> None:
    with writing(store.engine) as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            for script in script_directory().walk_revisions():
                script.module.downgrade()
        assert inspect(connection).get_table_names() == ["alembic_version"]


def test_store_of_a_newer_program_is_refused_in_one_line(server: Server, database: str, store: Store) -> None:
    server.execute("UPDATE alembic_version SET version_num = '9999'", database)
    with pytest.raises(StoreUnavailable, match="9999, newer than this program"):
        store.prepare(NOW)


def test_migration_that_dies_half_way_leaves_nothing(server: Server, database: str) -> None:
    store = Store(server.url(database))
    with pytest.raises(RuntimeError), writing(store.engine) as connection:
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        raise RuntimeError("killed")
    with store.read() as snapshot:
        assert inspect(snapshot._connection).get_table_names() == []
    store.close()
