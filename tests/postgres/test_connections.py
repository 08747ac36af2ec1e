"""PostgreSQL goes away, comes back, hangs or may only be read: feeds are served, and nothing hangs with it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import sql
from sqlalchemy import text

from feedsvc.bootstrap import Runtime
from feedsvc.core.errors import StoreUnavailable
from feedsvc.feeds.spec import FeedSpec
from feedsvc.refresh import refresh
from feedsvc.store import engine
from feedsvc.store.claims import Heartbeat
from feedsvc.store.store import Store
from tests import postgres_server
from tests.postgres.conftest import NOW, Serve
from tests.postgres_server import Server
from tests.store.records import CHILE, apply, record, written

pytestmark = pytest.mark.postgres
ROLES = Path(__file__).parents[2] / "docs/deploy/roles.sql"


def end_connections(server: Server, database: str) -> None:
    query = sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")
    server.execute(query.format(sql.Literal(database)))


def refreshed(runtime: Runtime) -> Runtime:
    for source in runtime.config.sources:
        assert refresh(runtime.refresh_context, source).run.outcome == "applied"
    return runtime


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
        snapshot._connection.execute(text("SELECT pg_sleep(30)"))
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


def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnavailable, match="read-only"), store.read() as snapshot:
        snapshot.sources.change("listing", last_error="written while reading")


def test_a_password_is_in_no_error(server: Server, database: str) -> None:
    store = Store(server.url(database).replace("postgres@", "postgres:hunter2@").replace(database, "no_such_database"))
    with pytest.raises(StoreUnavailable) as caught, store.read():
        pass
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)
    store.close()


@pytest.fixture
def reader(server: Server, database: str, store: Store) -> Iterator[str]:
    """The name of a role for web processes, made as docs/deploy says."""
    role = f"web_{os.getpid()}_{database[-8:]}"
    run_example(server, database, role)
    yield role
    for name in (role, f"{role}_owner"):
        server.execute(sql.SQL("REASSIGN OWNED BY {} TO postgres").format(sql.Identifier(name)), database)
        server.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)), database)
        server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def run_example(server: Server, database: str, role: str, *, made: bool = False) -> None:
    """Run docs/deploy/roles.sql with names of our own; with `made`, only what it shows for later."""
    text = ROLES.read_text(encoding="utf-8").replace("feedsvc_web", role)
    text = text.replace("ROLE feedsvc ", f"ROLE {role}_owner ").replace("TO feedsvc;", f"TO {role}_owner;")
    lines = text.splitlines()
    now, later = [line for line in lines if line[:2] != "--"], [line[3:] for line in lines if line[:8] == "-- GRANT"]
    server.execute("\n".join(later if made else now), database)


def test_web_processes_serve_with_a_role_that_may_only_read(
    server: Server, database: str, serve: Serve, reader: str
) -> None:
    writer = refreshed(serve(server.url(database)))
    runtime = serve(server.url(database, reader), FEEDSVC_STORE__PREPARE="false")
    everything = runtime.documents.document(FeedSpec(), "ics")
    assert everything.body == writer.documents.document(FeedSpec(), "ics").body
    with pytest.raises(StoreUnavailable, match="permission denied"), runtime.store.write() as snapshot:
        snapshot.sources.change("listing", last_error="x")


def test_web_processes_that_may_write_their_own_tables_count_and_nothing_else(
    server: Server, database: str, reader: str
) -> None:
    run_example(server, database, reader, made=True)
    web = Store(server.url(database, reader))
    with web.write() as snapshot:
        snapshot.counts.add(19_873, {("/all", "apple"): {b"123456"}}, NOW)
    with pytest.raises(StoreUnavailable, match="permission denied"), web.write() as snapshot:
        snapshot.claims.beat(Heartbeat("worker", "web:1", NOW, NOW))
    web.close()


def test_process_that_may_not_make_the_schema_says_who_has_to(server: Server, database: str, serve: Serve) -> None:
    with pytest.raises(StoreUnavailable, match="holds no store; make one with: feedsvc init"):
        serve(server.url(database), FEEDSVC_STORE__PREPARE="false")


@pytest.fixture(scope="module")
def own_server() -> Server:
    """A server that nobody else uses, to be stopped and started."""
    return postgres_server.own(Path(tempfile.gettempdir()) / f"feedsvc-pg-own-{os.getpid()}")


def test_feeds_are_served_while_the_server_is_away_and_anew_when_it_is_back(own_server: Server, serve: Serve) -> None:
    runtime = refreshed(serve(own_server.url("postgres")))
    before = runtime.documents.document(FeedSpec(), "ics")
    own_server.stop()
    assert runtime.documents.look() is False
    assert runtime.documents.document(FeedSpec(), "ics") is before
    with pytest.raises(StoreUnavailable), runtime.store.write():
        pass
    own_server.start()
    assert runtime.documents.look() is True
    apply(runtime.store, written(record("a"), CHILE))
    runtime.documents.look()
    assert runtime.documents.document(FeedSpec(), "ics").events == before.events + 1
