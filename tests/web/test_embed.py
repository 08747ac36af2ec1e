"""The agenda in a frame: it depends on its address alone, and is harmless to the page around it."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from feedsvc.core.errors import StoreUnavailable
from feedsvc.core.model import EventStatus, Stated
from feedsvc.web.embed.routes import Look, embed_code, embed_path
from tests.web.site import Site, links, listing, visible

HOSTILE_TITLES = [
    "<script>window.__xss=1</script>",
    '"><img src=x onerror=window.__xss=1>',
    "'><svg/onload=window.__xss=1>",
    "</title><style>body{display:none}</style>",
    "{{ config }} {% raw %}",
    "&lt;script&gt; &#x3c;b&#x3e;",
]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(
        tmp_path,
        listing("Día abierto"),
        listing(
            "Over the night", date(2026, 5, 27), end=Stated(date(2026, 5, 28), time(1), offset=timedelta(hours=-4))
        ),
        listing("Called off", date(2026, 5, 28), status=EventStatus.CANCELLED),
        listing("Budget hearing", date(2026, 6, 2), countries=("Kenya",), themes=("Fiscal Openness",)),
        listing("Last year", date(2025, 5, 27), countries=("Peru",)),
        listing("Long ago", date(2023, 5, 30), countries=("Peru",)),
    )


def test_it_shows_coming_events_with_their_place_and_links_that_open_a_tab(site: Site) -> None:
    html = site.html("/embed/country/cl")
    words = visible(html)
    assert "Open Gov Week · Chile" in words
    assert "26 Tue May 2026 11:00 – 12:30 Día abierto Chile" in words
    assert "All times are Santiago’s." in words
    assert "Santiago time" not in words
    assert "until Thu 28 May" in words.replace(",", "")
    assert "Budget hearing" not in words
    anchors = re.findall(r"<a [^>]*>", html)
    assert anchors
    assert all('target="_blank" rel="noopener"' in anchor for anchor in anchors)


def test_cancelled_events_are_struck_through_and_say_so(site: Site) -> None:
    html = site.html("/embed/country/cl")
    (row,) = re.findall(r'(?s)<li class="event[^"]* cancelled">(.*?)</li>', html)
    assert "Called off" in row
    assert "Cancelled" in row


def test_when_nothing_is_coming_it_shows_the_latest_year_and_says_so(site: Site) -> None:
    words = visible(site.html("/embed/country/pe"))
    assert "Nothing is coming at the moment. These were the events of 2025." in words
    assert "Last year" in words
    assert "Long ago" not in words


def test_a_feed_without_events_says_so(site: Site) -> None:
    assert "There is no event here yet." in visible(site.html("/embed/country/fr?view=month"))


def test_number_of_events_is_kept_and_the_rest_is_told(site: Site) -> None:
    words = visible(site.html("/embed/all?events=1"))
    assert "Día abierto" in words
    assert "Over the night" not in words
    assert "3 more events" in words


def test_month_view_is_a_grid_from_monday_with_every_event_once(site: Site) -> None:
    html = site.html("/embed/all?view=month")
    assert re.findall(r"<caption>(.*?)</caption>", html) == ["May 2026", "June 2026"]
    assert re.findall(r'<th scope="col">(.*?)</th>', html)[:7] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    rows = re.findall(r"(?s)<tr>(.*?)</tr>", html)
    assert {len(re.findall(r"<t[dh]", row)) for row in rows} == {7}
    assert [html.count(title) for title in ("Día abierto", "Budget hearing", "Over the night")] == [1, 1, 1]


@pytest.mark.parametrize(("language", "told"), [("en", "June 2026"), ("es", "junio de 2026"), ("fr", "juin 2026")])
def test_language_is_that_of_the_address_never_of_the_browser(site: Site, language: str, told: str) -> None:
    html = site.html(f"/embed/country/ke?view=month&lang={language}", Accept_Language="fr")
    assert f'<html lang="{language}"' in html
    assert f"<caption>{told}</caption>" in html


def test_the_same_address_gives_everybody_the_same_bytes(site: Site) -> None:
    plain = site.client.get("/embed/all")
    other = site.client.get(
        "/embed/all",
        headers={"Accept-Language": "es", "Cookie": "a=b", "X-Forwarded-Host": "evil.example"},
    )
    assert plain.data == other.data
    assert "evil" not in other.text


@pytest.mark.parametrize(
    "query", ["view=year&theme=pink&lang=xx&events=0", "events=101", "events=-1", "events=٣", "events=9" + "9" * 5000,
              "view=&theme=&lang=&events=", "view=agenda&view=month", "css=body{}", "theme=dark%22%3E%3Cscript%3E"],
    ids=range(9),
)  # fmt: skip
def test_a_value_that_makes_no_sense_counts_as_not_given(site: Site, query: str) -> None:
    assert site.html(f"/embed/all?{query}") == site.html("/embed/all")


@pytest.mark.parametrize("title", HOSTILE_TITLES)
@pytest.mark.parametrize("view", ["agenda", "month"])
def test_a_hostile_title_stays_text(tmp_path: Path, title: str, view: str) -> None:
    site = Site(
        tmp_path, listing(title, location=title, themes=(title, 'x" onmouseover="alert(1)'), link="javascript:x")
    )
    found = _Tags(site.html(f"/embed/all?view={view}"))
    assert not {"script", "img", "svg", "style"} & found.names
    assert not {name for name in found.attributes if name.startswith("on") or name == "style"}
    assert title in found.text


class _Tags(HTMLParser):
    """What a browser would make of a page: its elements, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_it_may_be_framed_and_can_do_nothing_else(site: Site) -> None:
    response = site.client.get("/embed/country/cl")
    policy = response.headers["Content-Security-Policy"]
    assert "frame-ancestors *;" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "allow-same-origin" not in policy
    assert "X-Frame-Options" not in response.headers
    assert "Set-Cookie" not in response.headers
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    html = response.text
    assert re.findall(r'<link rel="stylesheet" href="([^"]+)"', html) == ["/embed/style.css"]
    assert not re.search(r"<script|<style| style=|<form|<img|https?://(?!calendars\.example\.org)", html)


def test_frame_ancestors_are_as_configured_also_where_nothing_is_found(tmp_path: Path) -> None:
    allowed = "https://www.example.org https://*.example.net"
    site = Site(tmp_path, listing(), FEEDSVC_EMBED__FRAME_ANCESTORS=allowed)
    for path, status in (("/embed/all", 200), ("/embed/country/zz", 404), ("/embed/bundle/none", 404)):
        response = site.client.get(path)
        assert response.status_code == status
        assert f"frame-ancestors {allowed};" in response.headers["Content-Security-Policy"]
    assert "There is no calendar at this address." in response.text


def test_other_pages_may_not_be_framed(site: Site) -> None:
    for path in ("/", "/country/cl", "/bundle/new"):
        assert "frame-ancestors 'none'" in site.client.get(path).headers["Content-Security-Policy"]


def test_another_spelling_leads_to_the_canonical_one_with_what_was_asked_for(site: Site) -> None:
    response = site.client.get("/embed/country/CL_ar?theme=dark&utm=x")
    assert (response.status_code, response.headers["Location"]) == (308, "/embed/country/ar_cl?theme=dark")


def test_an_unchanged_agenda_is_not_sent_again_and_a_changed_one_is(site: Site) -> None:
    first = site.client.get("/embed/country/cl")
    assert "max-age=300" in first.headers["Cache-Control"]
    assert first.headers["Vary"] == "Accept-Encoding"
    again = site.client.get("/embed/country/cl", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    site.listings.append(listing("New", date(2026, 5, 29)))
    site.refresh()
    site.runtime.documents.look()
    assert "New" in site.client.get("/embed/country/cl", headers={"If-None-Match": first.headers["ETag"]}).text


def test_an_event_that_is_over_leaves_by_itself(site: Site) -> None:
    assert "Día abierto" in site.html("/embed/country/cl")
    site.now += timedelta(days=7)
    assert "Día abierto" not in site.html("/embed/country/cl")


def test_a_bundle_can_be_embedded_under_its_own_name(site: Site) -> None:
    site.client.post("/bundle/new", data={"name": "Our <b>lunch</b>", "country": ["ke"]})
    words = visible(site.html("/embed/bundle/our-b-lunch-b"))
    assert "Our <b>lunch</b>" in words
    assert "Budget hearing" in words


def test_when_the_store_is_away_the_last_agenda_is_shown_or_words(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    before = site.html("/embed/country/cl")
    site.now += timedelta(minutes=10)
    monkeypatch.setattr(site.runtime.store, "read", _away)
    assert site.html("/embed/country/cl") == before
    assert "cannot be shown at the moment" in visible(site.html("/embed/country/ke", 503))


def _away() -> None:
    raise StoreUnavailable("away")


def test_styles_have_every_theme_in_light_and_dark(site: Site) -> None:
    response = site.client.get("/embed/style.css")
    assert response.headers["Content-Type"].startswith("text/css")
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    for scope in (":root", ".dark", ".auto"):
        assert f"{scope} .t-civic-space{{--t:#" in response.text
    assert len(response.data) < 12_000


def test_the_code_to_paste_is_one_sandboxed_frame_whatever_the_title() -> None:
    code = embed_code("https://x.example/embed/all?view=month&lang=es", '"><script>alert(1)</script>')
    found = _Tags(code)
    assert found.names == {"iframe"}
    assert {"sandbox", "title", "src", "referrerpolicy", "loading"} <= found.attributes
    assert "https://x.example/embed/all?view=month&amp;lang=es" in code


def test_the_address_tells_only_what_is_unusual() -> None:
    assert embed_path("/country/cl", Look()) == "/embed/country/cl"
    look = Look(view="month", theme="dark", lang="es", events=50)
    assert embed_path("/all", look) == "/embed/all?view=month&theme=dark&lang=es&events=50"
    assert Look.of({"view": "month", "theme": "dark", "lang": "es", "events": "50"}) == look


def test_links_of_an_agenda_keep_its_language(site: Site) -> None:
    assert all("lang=es" in link for link in links(site.html("/embed/all?lang=es")) if not link.endswith(".css"))


@pytest.mark.parametrize("view", ["agenda", "month"])
def test_an_exhibition_stands_on_each_of_its_days_and_doubtful_ones_say_so(tmp_path: Path, view: str) -> None:
    shown = {"start": Stated(date(2026, 5, 18)), "end": Stated(date(2026, 5, 24))}
    site = Site(tmp_path, listing("Exhibition", **shown), listing("Maybe", status=EventStatus.TENTATIVE))
    html = site.html(f"/embed/country/cl?view={view}")
    assert html.count(">Exhibition</a>") == 5, "the days from today, the 20th"
    assert "Not confirmed yet" in visible(html)


def test_an_agenda_of_several_clocks_names_each(tmp_path: Path) -> None:
    site = Site(
        tmp_path,
        listing("Here"),
        listing("There", countries=("Kenya",), start=Stated(date(2026, 5, 27), time(9), zone="Africa/Nairobi")),
    )
    words = visible(site.html("/embed/all"))
    assert "All times are" not in words
    assert "Santiago time" in words
    assert "Nairobi time" in words
