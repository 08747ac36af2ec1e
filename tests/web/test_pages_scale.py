"""Long agendas, palettes, month grids: what a page does with hundreds of events and any colours."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.web.viewmodels.agenda_range import MAX_SHOWN
from feedsvc.web.viewmodels.colors import NIGHT, PAPER, contrast, readable, stylesheet
from feedsvc.web.viewmodels.i18n import words
from feedsvc.web.viewmodels.month_grid import LEVELS, level, months
from tests.web.site import Site, links, listing

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    days = [date(2026, 5, 25) + timedelta(days=n % 5) for n in range(MAX_SHOWN + 50)]
    autumn = [listing(f"Autumn {n}", date(2026, 10, 1)) for n in range(3)]
    return Site(tmp_path_factory.mktemp("many"), *(listing(f"Event {n}", day) for n, day in enumerate(days)), *autumn)


def test_a_long_agenda_narrows_to_the_next_day_and_offers_the_others(site):
    html = site.html("/all")
    assert 'id="day-2026-05-25"' in html
    assert 'id="day-2026-05-26"' not in html
    assert "/all?at=2026-05-26#agenda" in links(html)
    assert f"70 of {MAX_SHOWN + 53} events are shown" in site.words("/all")


def test_any_day_and_month_of_it_has_an_address(site):
    assert 'id="day-2026-05-28"' in site.html("/all?at=2026-05-28")
    october = site.words("/all?at=2026-10")
    assert "Autumn 2" in october
    assert "Event 1 " not in october


def test_a_day_that_does_not_exist_counts_as_not_asked_for(site):
    assert site.words("/all?at=2026-02-31") == site.words("/all")


def test_a_year_without_events_says_so(site):
    assert "1999: no event here." in site.words("/all?year=1999")


@given(COLORS, st.sampled_from([PAPER, NIGHT]))
def test_any_configured_colour_can_be_read_on_the_page(color, ground):
    assert contrast(readable(color, ground), ground) >= 4.5


def test_a_colour_that_can_be_read_stays_as_configured():
    assert readable("#0b5d5e", PAPER) == "#0b5d5e"
    assert ".t-civic-space{--t:#a8511b}" in stylesheet("#0b5d5e", {"civic-space": "#a8511b"})


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_more_events_are_never_shown_lighter(count, most):
    assert 0 <= level(count, most) <= LEVELS
    assert level(count, most) <= level(count + 1, most)
    assert (level(count, most) == 0) == (count == 0)


@pytest.mark.parametrize(("language", "first"), [("en", "Monday"), ("es", "lunes"), ("fr", "lundi")])
def test_a_month_grid_begins_its_weeks_as_the_language_does(language, first):
    (month,) = months({date(2026, 5, 26): 3}, (), words(language))
    assert month.weekdays[0][1] == first
    cells = [cell for week in month.weeks for cell in week if cell]
    assert [cell.day.day for cell in cells] == list(range(1, 32))
    assert [cell.day.day for cell in cells if cell.events] == [26]
