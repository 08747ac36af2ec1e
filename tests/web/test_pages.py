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


@pytest.mark.parametrize("path", ["/all", "/country/cl", "/theme/civic-space", "/country/ar_cl/theme/justice"])
def test_a_feed_page_shows_its_events_and_subscribes_to_its_own_calendar(site, path):
    html = site.html(path)
    feed = f"{path}.ics"
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
    assert "/country/ar_cl#add" in links(site.html("/country/cl"))
    assert "/country/cl" in links(site.html("/country/ar_cl"))


def test_where_no_more_values_fit_nothing_leads_to_a_page_that_does_not_exist(site):
    html = site.html("/country/ar_at_be_bg_br_ca_ch_cl")
    assert "at most eight" in visible(html)
    for path in links(html):
        if path.startswith("/country/"):
            assert site.client.get(path).status_code == 200, path


def test_counts_tell_what_a_press_would_give(site):
    html = site.html("/theme/civic-space")
    assert 'aria-label="CL, Chile, 2 events"' in html
    assert 'aria-label="AR, Argentina, 1 event"' in html
    assert 'aria-label="KE, Kenya, no event yet"' in html


def test_a_page_opens_on_what_is_coming_and_offers_the_years(site):
    words = site.words("/all")
    assert "Día abierto" in words
    assert "Last year" not in words
    assert "/all?at=2025#agenda" in links(site.html("/all"))
    assert "Last year" in site.words("/all?year=2025")


@pytest.mark.parametrize(
    ("path", "dates"),
    [
        ("/", "26 May – 3 June 2026"),
        ("/country/ke", "2 June 2026"),
        ("/country/cl?lang=fr", "26 mai – 3 juin 2026"),
    ],
)
def test_a_page_says_first_when_its_events_are(site, path, dates):
    words = site.words(path)
    assert 0 <= words.find(dates) < (words.find("Google") if "Google" in words else 250)


def test_where_nothing_is_coming_a_page_shows_the_latest_year_and_says_so(site):
    words = site.words("/country/pe")
    assert words.index("27 May 2025 · 1 event") < words.index("Nothing is coming") < words.index("Google")
    assert "Last year" in words


def test_what_has_just_changed_did_not_change_in_the_future(site):
    assert "Last changed 1 second ago" in site.words("/all")


def test_a_feed_without_events_is_a_page_that_can_be_subscribed_to(site):
    html = site.html("/country/de")
    assert "Nothing is listed for Germany so far." in visible(html)
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
    words = site.words("/?q=kenja")
    assert "Nothing has “kenja” in it" in words
    assert "/country/ke" in links(site.html("/?q=kenja"))
    assert "Kenya" in site.words("/?q=kenia"), "its name in Spanish finds it too"


def test_search_shows_calendars_first_then_what_is_coming_then_the_past(site):
    words = site.words("/?q=chile")
    assert "“chile”: 2 calendars, 2 coming events" in words
    order = ("Calendars Chile Country · 2 events", "Latin America Region with Chile in it", "Coming 2,", "Día abierto")
    places = [words.index(one) for one in order]
    assert places == sorted(places)
    assert "/country/cl#subscribe" in links(site.html("/?q=chile"))
    assert "Past 1" in site.words("/?q=last")


def test_a_name_of_one_calendar_leads_from_the_field_straight_to_it(site):
    assert site.client.get("/?q=chile&go=1").headers["Location"] == "/country/cl"
    assert site.client.get("/?q=KENIA&go=1&lang=es").headers["Location"] == "/country/ke?lang=es"
    assert site.client.get("/?q=argentina&go=1&to=/country/cl").headers["Location"] == "/country/ar_cl"
    assert site.client.get("/?q=abierto&go=1").status_code == 200


def test_search_in_a_calendar_leads_to_the_search(site):
    assert site.client.get("/country/ke?q=rivers").headers["Location"] == "/?q=rivers"


def test_an_event_page_tells_everything_known(site):
    words = site.words(f"/event/{site.event_id('Two rivers')}")
    for fact in ("Wednesday 3 June 2026", "11:00 – 12:30", "Argentina", "Chile", "Civic Space", "Justice", "As listed",
                 "Chile, in the morning"):  # fmt: skip
        assert fact in words


def test_a_doubt_is_told_in_words_on_the_event_s_page(tmp_path):
    site = Site(tmp_path, listing("Open end", end=None, start=Stated(date(2026, 5, 26), time(11), zone="America/Lima")))
    page = f"/event/{site.event_id('Open end')}"
    assert "The end is not given; shown as 1 hour." in site.words(page)
    assert "end not given" in site.words("/all")


def test_an_event_of_several_clocks_says_what_else_it_may_mean(tmp_path):
    start = Stated(date(2026, 5, 26), time(15))
    site = Site(tmp_path, listing("Talk", start=start, end=None, countries=("Chile", "France", "Kenya")))
    told = "May be another clock: three countries are named. If Paris was meant, it begins at 09:00."
    assert told in site.words("/all")


def test_a_mark_is_on_nothing_where_one_clock_is_likely(tmp_path):
    site = Site(tmp_path, listing(start=Stated(date(2026, 5, 26), time(11)), end=None))
    assert 'class="doubt"' not in site.html("/all")
    assert "Times are as the list gives them." in site.words("/all")


def test_a_cancelled_event_says_so(tmp_path):
    site = Site(tmp_path, listing("Called off", status=EventStatus.CANCELLED))
    assert "Cancelled" in site.words("/all")
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
    for path in ("/", "/all", "/country/cl", "/nowhere"):
        response = site.client.get(path)
        assert "Set-Cookie" not in response.headers
        policy = response.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'none'" in policy


def test_the_file_of_an_event_is_an_event_to_add_and_not_a_calendar(site):
    file = site.client.get(f"/event/{site.event_id('Two rivers')}.ics").text
    assert "SUMMARY:Two rivers" in file
    for name in ("X-WR-CALNAME", "NAME:", "REFRESH-INTERVAL", "X-PUBLISHED-TTL"):
        assert f"\n{name}" not in file


def test_neighbours_are_those_of_the_calendar_an_event_was_opened_from(tmp_path):
    site = Site(
        tmp_path,
        listing("In Chile before", date(2026, 5, 25)),
        listing("In Uruguay before", date(2026, 5, 25), countries=("Uruguay",)),
        listing("Of three", date(2026, 5, 26), countries=("Chile", "Uruguay")),
        listing("In Uruguay after", date(2026, 5, 27), countries=("Uruguay",)),
    )
    path = f"/event/{site.event_id('Of three')}"
    assert "In Chile before" in site.html(path)
    assert "In Uruguay" not in site.html(path)
    assert f'href="{path}?in=%2Fcountry%2Fuy"' in site.html("/country/uy")
    assert f'href="{path}"' in site.html("/country/cl")
    opened = site.html(f"{path}?in=/country/uy")
    assert "Before it in Uruguay" in opened
    assert "In Uruguay before" in opened
    assert "In Uruguay after" in opened
    for not_its_own in ("/country/pe", "/nowhere", "//x", "/all"):
        assert "Before it in Chile" in site.html(f"{path}?in={not_its_own}")


def test_an_event_s_page_says_that_it_is_not_confirmed(tmp_path):
    site = Site(tmp_path, listing("Maybe", status=EventStatus.TENTATIVE))
    assert "Not confirmed yet" in visible(site.html(f"/event/{site.event_id('Maybe')}"))
