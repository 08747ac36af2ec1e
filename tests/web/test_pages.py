"""The pages without a browser: what they show for which address, and that nothing but the address decides it."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from feedsvc.core.model import EventStatus, Stated
from tests.web.site import BASE, Site, links, listing, visible


@pytest.fixture
def site(tmp_path):
    return Site(
        tmp_path,
        listing("Día abierto"),
        listing("Budget hearing", date(2026, 6, 2), countries=("Kenya",), themes=("Fiscal Openness",)),
        listing("Two rivers", date(2026, 6, 3), countries=("Argentina", "Chile"), themes=("Civic Space", "Justice")),
        listing("Last year", date(2025, 5, 27), countries=("Peru",)),
    )


@pytest.mark.parametrize("path", ["/", "/all", "/country/cl", "/theme/civic-space", "/country/ar_cl/theme/justice"])
def test_a_feed_page_shows_its_events_and_subscribes_to_its_own_calendar(site, path):
    html = site.html(path)
    feed = "/all.ics" if path == "/" else f"{path}.ics"
    assert BASE + feed in html
    assert f"webcal://calendars.example.org{feed}" in links(html)
    assert "Two rivers" in visible(html)


def test_a_feed_page_shows_no_event_of_another_feed(site):
    words = site.words("/country/ke")
    assert "Budget hearing" in words
    assert "Two rivers" not in words


def test_another_spelling_leads_to_the_canonical_page_and_keeps_the_language(site):
    response = site.client.get("/country/CL_ar?lang=es&utm=x")
    assert (response.status_code, response.headers["Location"]) == (308, "/country/ar_cl?lang=es")


def test_pressing_a_chosen_country_takes_it_back(site):
    assert "/country/ar_cl" in links(site.html("/country/cl"))
    assert "/country/cl" in links(site.html("/country/ar_cl"))


def test_where_no_more_values_fit_nothing_leads_to_a_page_that_does_not_exist(site):
    html = site.html("/country/ar_at_be_bg_br_ca_ch_cl")
    assert "at most eight" in visible(html)
    for path in links(html):
        if path.startswith("/country/"):
            assert site.client.get(path).status_code == 200, path


def test_counts_tell_what_a_press_would_give(site):
    words = site.words("/theme/civic-space")
    assert "Chile 2" in words
    assert "Argentina 1" in words
    assert "Kenya 1" not in words


def test_a_page_opens_on_what_is_coming_and_offers_the_years(site):
    words = site.words("/")
    assert "Día abierto" in words
    assert "Last year" not in words
    assert "Last year" in site.words("/?year=2025")


@pytest.mark.parametrize(
    ("path", "dates"),
    [("/", "26 May – 3 Jun 2026"), ("/country/ke", "2 Jun 2026"), ("/country/cl?lang=fr", "26 mai – 3 juin 2026")],
)
def test_a_page_says_first_when_its_events_are(site, path, dates):
    words = site.words(path).replace("\u2009", " ")
    assert dates in words[: words.index("Google")]


def test_where_nothing_is_coming_a_page_shows_the_latest_year_and_says_so(site):
    words = site.words("/country/pe")
    assert "Nothing is coming" in words
    assert "Last year" in words
    assert "27 May 2025" not in words[: words.index("Google")]


def test_what_has_just_changed_did_not_change_in_the_future(site):
    assert "Last changed 1 second ago" in site.words("/")


def test_a_feed_without_events_is_a_page_that_can_be_subscribed_to(site):
    html = site.html("/country/de")
    assert "There is no event here yet" in visible(html)
    assert "webcal://calendars.example.org/country/de.ics" in links(html)


@pytest.mark.parametrize("path", ["/country/zz", "/nowhere", "/event/none", "/country", "/theme/unheard-of"])
def test_an_address_that_leads_nowhere_helps_to_a_calendar_with_events(site, path):
    html = site.html(path, 404)
    assert "/country/cl" in links(html)


@pytest.mark.parametrize("query", ["dia abierto", "DÍA", "abierto chile", "civic dia"])
def test_search_finds_words_without_accents_in_title_country_and_theme(site, query):
    words = site.words(f"/?q={query}")
    assert "Día abierto" in words
    assert "Budget hearing" not in words


def test_a_search_that_finds_nothing_says_so_and_offers_calendars_that_have_events(site):
    words = site.words("/country/ke/theme/justice?q=nowhere")
    assert "No event here has “nowhere” in it." in words
    assert words.index("Found") < words.index("These calendars have events: Kenya") < words.index("Google")


def test_search_stays_within_the_feed(site):
    assert "Two rivers" not in site.words("/country/ke?q=rivers")


def test_an_event_page_tells_everything_known(site):
    words = site.words(f"/event/{site.event_id('Two rivers')}")
    for fact in ("Wednesday, 3 June 2026", "11:00 – 12:30", "Argentina", "Chile", "Civic Space", "Justice", "As listed",
                 "Chile, in the morning"):  # fmt: skip
        assert fact in words


def test_a_doubt_is_told_in_words(tmp_path):
    site = Site(tmp_path, listing("Open end", end=None, start=Stated(date(2026, 5, 26), time(11), zone="America/Lima")))
    assert "The end is not given; shown as 1 hour." in site.words("/")


def test_a_cancelled_event_says_so(tmp_path):
    site = Site(tmp_path, listing("Called off", status=EventStatus.CANCELLED))
    assert "Cancelled" in site.words("/")
    page = f"/event/{site.event_id('Called off')}"
    assert "Cancelled" in site.words(page)
    assert "Add to your calendar" not in site.words(page)
    assert "/country/cl" in links(site.html(page))


def test_a_moved_event_shows_its_old_time(site):
    later = Stated(date(2026, 5, 26), time(15), offset=timedelta(hours=-4))
    site.listings[0] = listing("Día abierto", start=later, end=None)
    site.refresh()
    words = site.words("/country/cl")
    assert "Moved" in words
    assert "11:00 – 12:30" in words


def test_an_unchanged_page_answers_304(site):
    first = site.client.get("/country/cl")
    again = site.client.get("/country/cl", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_no_page_sets_a_cookie_or_allows_inline_code(site):
    for path in ("/", "/country/cl", "/nowhere"):
        response = site.client.get(path)
        assert "Set-Cookie" not in response.headers
        policy = response.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'none'" in policy
