"""A PostgreSQL database for each test, and the service over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pytest

from feedsvc.bootstrap import Runtime, make_runtime
from feedsvc.config.loader import load
from feedsvc.core.errors import RequestError
from feedsvc.sources.base import find_kinds
from feedsvc.store.store import Store
from tests import postgres_server
from tests.postgres_server import Server

ROOT = Path(__file__).parents[2]
NOW = datetime(2024, 5, 20, 9, 0, tzinfo=UTC)

Serve = Callable[..., Runtime]


@pytest.fixture
def server() -> Server:
    """The shared server."""
    return postgres_server.shared()


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    """The name of an empty database."""
    with server.database() as name:
        yield name


@pytest.fixture
def store(server: Server, database: str) -> Iterator[Store]:
    """A store with its schema."""
    store = Store(server.url(database))
    store.init(NOW)
    yield store
    store.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Makes services over the project's own configuration at NOW, given a database's address, and closes them."""
    made: list[Runtime] = []
    kinds = {name: kind.settings for name, kind in find_kinds().items()}

    def make(url: str, **environment: str) -> Runtime:
        given = {
            "FEEDSVC_DATA_DIR": str(tmp_path),
            "FEEDSVC_DATABASE_URL": url,
            "FEEDSVC_BASE_URL": "https://calendars.example.org",
            **environment,
        }
        if environment.get("FEEDSVC_STORE__PREPARE") != "false":
            store = Store(url)
            with suppress(RequestError):
                store.init(NOW)
            store.close()
        config = load(kinds, ROOT / "config/feedsvc.toml", MappingProxyType(given))
        made.append(make_runtime(config, clock=lambda: NOW))
        return made[-1]

    yield make
    for runtime in made:
        runtime.close()
