"""Whatever a source says fits into PostgreSQL, which refuses NUL, half characters and texts beyond their column."""

from __future__ import annotations

import pytest

from feedsvc.core.model import Facet, Finding
from feedsvc.store.captures import StoredPage
from feedsvc.store.sources import Run
from feedsvc.store.store import Store
from tests.postgres.conftest import NOW
from tests.store.records import SOURCE, apply, record, written

pytestmark = pytest.mark.postgres

HOSTILE = ["a\x00b", "half \ud800 a character", "x" * 5_000, "\x1b[31m", "é" * 3_000]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_any_text_can_be_the_detail_of_a_finding_and_the_reason_of_a_failure(store: Store, text: str) -> None:
    with store.write() as snapshot:
        snapshot.sources.change(SOURCE, last_error=text, moved_to=text)
        snapshot.sources.record_run(Run(SOURCE, NOW, 1, "failed", message=text))
        snapshot.sources.replace_findings(SOURCE, [Finding("unreadable", text, 1)])
    apply(store, written(record("a", findings=(Finding("text-cut", text),))))
    with store.read() as snapshot:
        assert len(snapshot.feeds.findings()) == 2


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_any_header_of_an_upstream_can_be_kept_with_its_page(store: Store, text: str) -> None:
    page = StoredPage("https://a.test/", "https://a.test/", text, text, text, text, "0" * 32, b"")
    with store.write() as snapshot:
        snapshot.pages.keep(SOURCE, [page], [page.url])


def test_the_longest_address_that_is_fetched_can_be_a_key(store: Store) -> None:
    url = "https://a.test/" + "0123456789abcdef" * 127
    with store.write() as snapshot:
        snapshot.pages.keep(SOURCE, [StoredPage(url, url, "text/html", None, None, None, "0" * 32, b"")], [url])
        assert snapshot.pages.find(SOURCE, url) is not None


def test_a_long_theme_is_a_value(store: Store) -> None:
    apply(store, written(record("a"), Facet("theme", "very-long-" * 8, "Very long " * 60)))
