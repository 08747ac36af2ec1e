"""The example listing on PostgreSQL gives the very bytes that it gives on SQLite, in every feed and format."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.bootstrap import Services
from feedsvc.refresh import refresh
from tests.postgres.conftest import Serve
from tests.postgres_server import Server

pytestmark = pytest.mark.postgres


def refreshed(services: Services) -> Services:
    for source in services.config.sources:
        assert refresh(services.desk, source).run.outcome == "applied"
    return services


def published(services: Services) -> dict[str, bytes]:
    """Every feed in every format, by path."""
    catalogue = services.catalogue
    found = {}
    for offer in catalogue.offers((), (0, "")).offers:
        with catalogue.sheet(offer) as sheet:
            found[offer.path] = b"".join(sheet.chunks)
    return found


def test_feeds_have_the_same_bytes_on_both_databases(
    server: Server, database: str, serve: Serve, tmp_path: Path
) -> None:
    embedded = published(refreshed(serve(f"sqlite:///{tmp_path / 'twin.sqlite'}")))
    served = published(refreshed(serve(server.url(database))))
    assert served.keys() == embedded.keys()
    assert [path for path in served if served[path] != embedded[path]] == []
    assert served["all.ics"].count(b"BEGIN:VEVENT") == 70


def test_second_refresh_of_the_same_listing_makes_no_edition(server: Server, database: str, serve: Serve) -> None:
    services = refreshed(serve(server.url(database)))
    for source in services.config.sources:
        assert refresh(services.desk, source).run.outcome == "unchanged"
    with services.store.read() as snapshot:
        assert snapshot.feeds.edition() == len(services.config.sources)
