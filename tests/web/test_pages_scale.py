"""Long agendas, palettes, levels: what a page does with hundreds of events and any colours."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.core.model import Stated
from feedsvc.web.viewmodels.colors import NIGHT, PAPER, contrast, readable, stylesheet
from feedsvc.web.viewmodels.filters import level
from tests.web.site import Site, links, listing

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    days = [date(2026, 5, 25) + timedelta(days=n % 5) for n in range(350)]
    autumn = [listing(f"Autumn {n}", date(2026, 10, 1)) for n in range(3)]
    return Site(tmp_path_factory.mktemp("many"), *(listing(f"Event {n}", day) for n, day in enumerate(days)), *autumn)


def test_a_long_agenda_is_filled_with_whole_days_and_leads_on(site):
    html = site.html("/all")
    assert 'id="day-2026-05-25"' in html
    assert 'id="day-2026-05-26"' not in html
    assert "/all?at=2026-05-26#agenda" in links(html)
    assert "26 May, 70 events ›" in site.words("/all")


def test_a_day_of_more_rows_than_a_page_has_is_cut_at_a_clock_time_and_goes_on(tmp_path):
    hours = [time(8 + n // 20, n % 20) for n in range(150)]
    day = date(2026, 5, 26)
    site = Site(tmp_path, *(listing(f"E{n:03}", start=Stated(day, at), end=None) for n, at in enumerate(hours)))
    html = site.html("/all")
    assert html.count('class="row-event') == 120
    assert "/all?at=2026-05-26T14%3A00#agenda" in links(html)
    rest = site.words("/all?at=2026-05-26T14:00")
    assert "E120" in rest
    assert "E119" not in rest


@pytest.mark.parametrize("events", [300, 1_300])
@pytest.mark.parametrize("whole_day", [False, True])
def test_events_of_one_instant_are_shown_a_page_at_a_time_and_each_once(tmp_path, events, whole_day):
    day = date(2026, 5, 26)
    start, end = (Stated(day), Stated(day)) if whole_day else (Stated(day, time(11)), None)
    site = Site(tmp_path, *(listing(f"E{n:04}", start=start, end=end) for n in range(events)))
    path, shown = "/all", []
    for _ in range(events // 120 + 2):
        html = site.html(path)
        found = re.findall(r"(?:<h4>|<b>)<a [^>]*>(E\d{4})</a>", html)
        assert len(found) <= 120
        shown += found
        onward = re.search(r'class="later"><a [^>]*?href="([^"#]+)', html)
        if onward is None:
            break
        path = onward[1]
    assert sorted(shown) == [f"E{n:04}" for n in range(events)]


def test_any_day_and_month_of_it_has_an_address(site):
    assert 'id="day-2026-05-28"' in site.html("/all?at=2026-05-28")
    october = site.words("/all?at=2026-10")
    assert "Autumn 2" in october
    assert "Event 1 " not in october


def test_a_day_that_does_not_exist_counts_as_not_asked_for(site):
    assert site.words("/all?at=2026-02-31") == site.words("/all")


def test_a_year_without_events_leads_to_the_nearest_day(site):
    assert 'id="day-2026-05-25"' in site.html("/all?year=1999")


@given(COLORS, st.sampled_from([PAPER, NIGHT]))
def test_any_configured_colour_can_be_read_on_the_page(color, ground):
    assert contrast(readable(color, ground), ground) >= 4.5


def test_a_colour_that_can_be_read_stays_as_configured():
    assert readable("#0b5d5e", PAPER) == "#0b5d5e"
    assert ".t-civic-space{--t:#a8511b}" in stylesheet("#0b5d5e", {"civic-space": "#a8511b"})


@given(st.integers(0, 5000))
def test_more_events_are_never_shown_lighter(count):
    assert 0 <= level(count) <= 4
    assert level(count) <= level(count + 1)
    assert (level(count) == 0) == (count == 0)
