"""Pages of calendars with many events are made from counts; they say what pages made from all events say."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from feedsvc.core.model import Stated
from feedsvc.web.pages import feed, template_context
from tests.web.site import Site, listing

WEEK = date(2026, 5, 25)
PATHS = ("/", "/all", "/country/cl", "/country/cl_ke", "/country/cl/theme/budget", "/theme/budget?at=2026-05-28",
         "/year/2025", "/country/cl?at=2025-05-26", "/region/africa", "/?q=event")  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A week of events with one before it, a weekly series, one of several days, and some of last year."""
    week = [
        listing(
            f"Event {n}",
            WEEK + timedelta(days=n % 7),
            countries=("Chile", "Kenya")[n % 3 == 0 :][:1],
            themes=("Budget", "Civic Space")[n % 2 :],
        )
        for n in range(90)
    ]
    series = [
        listing("Choir", WEEK + timedelta(weeks=n), start=Stated(WEEK + timedelta(weeks=n), time(18))) for n in range(4)
    ]
    fair = listing("Fair", WEEK, start=Stated(WEEK), end=Stated(WEEK + timedelta(days=4)))
    old = [listing(f"Old event {n}", date(2025, 5, 26)) for n in range(5)]
    return Site(tmp_path, *week, *series, fair, *old, listing("Early event", date(2026, 5, 21)))


@pytest.mark.parametrize("path", PATHS)
def test_page_made_from_counts_is_the_page_made_from_events(
    site: Site, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = []
    monkeypatch.setattr(template_context, "MOST", 0)
    for few in (1_000, 0):
        monkeypatch.setattr(feed, "FEW", few)
        answer = site.client.get(path, follow_redirects=True)
        assert answer.status_code == 200
        pages.append(answer.get_data(as_text=True))
    assert pages[0] == pages[1]
