"""A feed that some programs would lose events of says so on its page, and leads to narrower ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.web.bundling import make
from tests.web.site import Site, links, listing

TOO_LARGE = "Too large for Google Calendar."


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Three events in Chile, one in Kenya; four are too many for one calendar, and so are those of Chile."""
    monkeypatch.setattr("feedsvc.feeds.cache.LARGE_BYTES", 1_000)
    monkeypatch.setattr("feedsvc.feeds.document.LARGE_BYTES", 1_000)
    made = Site(
        tmp_path,
        listing("One", date(2026, 5, 26)),
        listing("Two", date(2026, 5, 27), themes=("Justice",)),
        listing("Three", date(2026, 5, 28), themes=("Justice",)),
        listing("Other", countries=("Kenya",)),
    )
    yield made
    made.runtime.close()


def narrower(site: Site, path: str) -> list[str]:
    html = site.html(path)
    assert TOO_LARGE in html
    return links(html.partition(TOO_LARGE)[2].partition('<ul class="ways-first"')[0])


def test_page_of_a_large_feed_offers_those_with_one_value_more_the_largest_first(site: Site) -> None:
    assert narrower(site, "/all") == ["/region/latin-america", "/theme/civic-space", "/theme/justice", "/region/africa"]
    assert narrower(site, "/country/cl") == ["/country/cl/theme/justice", "/country/cl/theme/civic-space"]


def test_feed_of_several_values_is_parted_into_them(site: Site) -> None:
    assert narrower(site, "/country/cl_ke/theme/civic-space_justice") == [
        "/country/cl/theme/civic-space_justice",
        "/country/ke/theme/civic-space_justice",
    ]


def test_offer_is_the_same_before_and_after_the_feed_was_built(site: Site) -> None:
    before = narrower(site, "/all")
    assert site.client.get("/all.ics").status_code == 200
    site.now = site.now.replace(hour=10)
    assert narrower(site, "/all") == before


def test_feed_that_is_not_large_or_cannot_be_narrower_offers_nothing(site: Site) -> None:
    assert TOO_LARGE not in site.html("/country/ke")
    assert narrower(site, "/country/cl/theme/justice") == []


def test_page_of_a_large_bundle_says_so_too(site: Site) -> None:
    make(site, country=["cl", "ke"], theme=["civic-space", "justice"])
    assert "/country/cl/theme/civic-space_justice" in narrower(site, "/bundle/our-lunch")
