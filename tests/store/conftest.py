"""Stores to test: each contract is held by SQLite and by PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedsvc.store.store import Store
from tests import postgres_server
from tests.quick import prepared_file

FOUNDED = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'feedsvc.sqlite'}"
        return
    server = postgres_server.shared()
    with server.database() as name:
        yield server.url(name)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A store with its schema, founded at FOUNDED."""
    if store_url.startswith("sqlite"):
        prepared_file(Path(store_url.removeprefix("sqlite:///")), FOUNDED)
    store = Store(store_url)
    if store_url.startswith("sqlite"):
        store.prepare(FOUNDED)
    else:
        store.init(FOUNDED)
    yield store
    store.close()
