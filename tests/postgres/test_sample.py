"""The example listing on PostgreSQL gives the very bytes that it gives on SQLite, in every feed and format."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.bootstrap import Runtime
from feedsvc.refresh import refresh
from tests.postgres.conftest import Serve
from tests.postgres_server import Server

pytestmark = pytest.mark.postgres


def refreshed(runtime: Runtime) -> Runtime:
    for source in runtime.config.sources:
        assert refresh(runtime.refresh_context, source).run.outcome == "applied"
    return runtime


def published(runtime: Runtime) -> dict[str, bytes]:
    """Every feed in every format, by path."""
    exports = runtime.exports
    found = {}
    for feed_file in exports.feed_files((), (0, "")).feed_files:
        with exports.publication(feed_file) as publication:
            found[feed_file.path] = b"".join(publication.chunks)
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
    runtime = refreshed(serve(server.url(database)))
    for source in runtime.config.sources:
        assert refresh(runtime.refresh_context, source).run.outcome == "unchanged"
    with runtime.store.read() as snapshot:
        assert snapshot.feeds.edition() == len(runtime.config.sources)
