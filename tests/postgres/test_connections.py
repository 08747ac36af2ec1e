"""PostgreSQL goes away, comes back, hangs or may only be read: feeds are served, and nothing hangs with it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import sql
from sqlalchemy import text

from feedsvc.bootstrap import Services
from feedsvc.core.errors import StoreUnavailable
from feedsvc.feeds.spec import FeedSpec
from feedsvc.refresh import refresh
from feedsvc.store import engine
from feedsvc.store.store import Store
from tests import postgres_server
from tests.postgres.conftest import NOW, Serve
from tests.postgres_server import Server
from tests.store.records import CHILE, apply, record, written

pytestmark = pytest.mark.postgres


def end_connections(server: Server, database: str) -> None:
    query = sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")
    server.execute(query.format(sql.Literal(database)))


def refreshed(services: Services) -> Services:
    for source in services.config.sources:
        assert refresh(services.desk, source).run.outcome == "applied"
    return services


def test_connections_that_were_cut_are_not_given_out_again(store: Store, server: Server, database: str) -> None:
    apply(store, written(record("a"), CHILE))
    end_connections(server, database)
    with store.read() as snapshot:
        assert snapshot.feeds.edition() == 1
    end_connections(server, database)
    assert apply(store, written(record("b"), CHILE)) == 2


def test_connection_that_is_cut_within_a_transaction_is_an_unavailable_store(
    store: Store, server: Server, database: str
) -> None:
    with pytest.raises(StoreUnavailable), store.write() as snapshot:
        snapshot.applier("listing", NOW, "rendering").apply([written(record("a"), CHILE)])
        end_connections(server, database)
        snapshot.feeds.edition()
    with store.read() as snapshot:
        assert snapshot.feeds.edition() == 0


def test_statement_that_hangs_is_ended(server: Server, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "STATEMENT_TIMEOUT_MS", 100)
    store = Store(server.url(database))
    with pytest.raises(StoreUnavailable, match="statement timeout"), store.read() as snapshot:
        snapshot.connection.execute(text("SELECT pg_sleep(30)"))
    store.close()


def test_lock_that_is_never_given_back_is_not_waited_for(
    store: Store, server: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LOCK_TIMEOUT_MS", 100)
    other = Store(server.url(database))
    with store.write() as snapshot:
        snapshot.applier("listing", NOW, "rendering").apply([written(record("a"), CHILE)])
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            apply(other, written(record("b"), CHILE))
    other.close()


def test_more_readers_than_connections_is_an_unavailable_store_not_a_crash(
    server: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "POOL_SIZE", 1)
    monkeypatch.setattr(engine, "POOL_OVERFLOW", 0)
    monkeypatch.setattr(engine, "POOL_TIMEOUT_SECONDS", 0.05)
    store = Store(server.url(database))
    with store.read(), pytest.raises(StoreUnavailable, match="connections"), store.read():
        pass
    store.close()


def test_reading_can_not_write(store: Store) -> None:
    with pytest.raises(StoreUnavailable, match="read-only"), store.read() as snapshot:
        snapshot.sources.change("listing", last_error="written while reading")


def test_a_password_is_in_no_error(server: Server, database: str) -> None:
    store = Store(server.url(database).replace("postgres@", "postgres:hunter2@").replace(database, "no_such_database"))
    with pytest.raises(StoreUnavailable) as caught, store.read():
        pass
    assert "hunter2" not in str(caught.value)
    store.close()


@pytest.fixture
def reader(server: Server, database: str) -> Iterator[str]:
    """The name of a role that may read everything in the database and write nothing, as docs/scale.md makes it."""
    role = f"web_{os.getpid()}_{database[-8:]}"
    name, base = sql.Identifier(role), sql.Identifier(database)
    server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
    server.execute(sql.SQL("GRANT pg_read_all_data TO {}").format(name))
    yield role
    server.execute(sql.SQL("REASSIGN OWNED BY {} TO postgres").format(name), database)
    server.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM {}").format(base, name))
    server.execute(sql.SQL("DROP ROLE {}").format(name))


def test_web_processes_serve_with_a_role_that_may_only_read(
    server: Server, database: str, serve: Serve, reader: str
) -> None:
    writer = refreshed(serve(server.url(database)))
    services = serve(server.url(database, reader), FEEDSVC_STORE__PREPARE="false")
    everything = services.library.document(FeedSpec(), "ics")
    assert everything.body == writer.library.document(FeedSpec(), "ics").body
    with pytest.raises(StoreUnavailable, match="permission denied"), services.store.write() as snapshot:
        snapshot.sources.change("listing", last_error="x")


def test_a_reader_of_a_store_without_schema_says_who_has_to_make_it(
    server: Server, database: str, serve: Serve, reader: str
) -> None:
    with pytest.raises(StoreUnavailable, match="no schema"):
        serve(server.url(database, reader), FEEDSVC_STORE__PREPARE="false")


@pytest.fixture(scope="module")
def own_server() -> Server:
    """A server that nobody else uses, to be stopped and started."""
    return postgres_server.own(Path(tempfile.gettempdir()) / f"feedsvc-pg-own-{os.getpid()}")


def test_feeds_are_served_while_the_server_is_away_and_anew_when_it_is_back(own_server: Server, serve: Serve) -> None:
    services = refreshed(serve(own_server.url("postgres")))
    before = services.library.document(FeedSpec(), "ics")
    own_server.stop()
    assert services.library.look() is False
    assert services.library.document(FeedSpec(), "ics") is before
    with pytest.raises(StoreUnavailable), services.store.write():
        pass
    own_server.start()
    assert services.library.look() is True
    apply(services.store, written(record("a"), CHILE))
    services.library.look()
    assert services.library.document(FeedSpec(), "ics").events == before.events + 1
