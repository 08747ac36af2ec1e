"""Bundles: made without an account, changed by a secret link, hidden by an administrator; the address stays."""

from __future__ import annotations

import logging
import re
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from feedsvc.core.bundles import RESERVED
from feedsvc.core.errors import StoreUnavailable
from feedsvc.feeds.feed import formats
from feedsvc.store.bundles import Bundles
from feedsvc.web.shelf import Shelf, spec_of
from tests.web.site import BASE, Site, links, listing

HOSTILE = [
    "<script>window.__xss=1</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7*7 }}${7*7}",
    "A\r\nATTENDEE:mailto:evil@x",
    "A\u2028B\x85C\x00D\u202eE",
    "</title><script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(
        tmp_path,
        listing("Día abierto"),
        listing("Budget hearing", date(2026, 6, 2), countries=("Kenya",), themes=("Fiscal Openness",)),
        listing("Last year", date(2025, 5, 27), countries=("Peru",)),
    )


def make(site: Site, name: str = "Our lunch", status: int = 201, **more: object) -> TestResponse:
    response = site.client.post("/bundle/new", data={"name": name, "country": ["cl"], **more})
    assert response.status_code == status, response.text
    return response


def secret_path(response: TestResponse) -> str:
    """The secret link that a page shows, as a path."""
    (found,) = re.findall(rf'value="{BASE}(/bundle/[^/"]+/edit/[^"]+)"', response.text)
    return str(found)


def test_a_bundle_is_made_shared_and_changed_and_subscribers_keep_their_address(site: Site) -> None:
    made = make(site)
    assert f"{BASE}/bundle/our-lunch.ics" in made.text
    before = site.client.get("/bundle/our-lunch.ics")
    assert before.status_code == 200
    assert "X-WR-CALNAME:Our lunch" in before.text
    assert "Día abierto" in before.text
    assert "Budget hearing" not in before.text
    site.now += timedelta(minutes=5)
    data = {"name": "Our dinner", "country": ["ke"], "theme": ["fiscal-openness"]}
    assert "Saved." in site.client.post(secret_path(made), data=data).text
    validators = {"If-None-Match": before.headers["ETag"], "If-Modified-Since": before.headers["Last-Modified"]}
    after = site.client.get("/bundle/our-lunch.ics", headers=validators)
    assert after.status_code == 200
    assert "X-WR-CALNAME:Our dinner" in after.text
    assert "Budget hearing" in after.text
    assert "Día abierto" not in after.text


def test_a_change_moves_last_modified_even_to_a_feed_of_old_events(site: Site) -> None:
    made = make(site)
    before = site.client.get("/bundle/our-lunch.ics")
    site.now += timedelta(hours=2)
    site.client.post(secret_path(made), data={"name": "Our lunch", "country": ["pe"]})
    since = {"If-Modified-Since": before.headers["Last-Modified"]}
    after = site.client.get("/bundle/our-lunch.ics", headers=since)
    assert after.status_code == 200
    assert after.headers["Last-Modified"] == "Wed, 20 May 2026 11:00:00 GMT"
    again = site.client.get("/bundle/our-lunch.ics", headers={"If-None-Match": after.headers["ETag"]})
    assert again.status_code == 304


def test_a_bundle_is_the_bytes_of_its_feed_but_for_its_name_and_address(site: Site) -> None:
    make(site)
    bundle, feed = (site.client.get(f"{path}.ics").text for path in ("/bundle/our-lunch", "/country/cl"))
    assert bundle.split("BEGIN:VEVENT")[1:] == feed.split("BEGIN:VEVENT")[1:]
    assert f"SOURCE;VALUE=URI:{BASE}/bundle/our-lunch.ics" in bundle.replace("\r\n ", "")


def test_every_format_of_a_bundle_has_its_name(site: Site) -> None:
    make(site)
    for extension in formats():
        response = site.client.get(f"/bundle/our-lunch.{extension}")
        assert response.status_code == 200
        assert f'filename="bundle-our-lunch.{extension}"' in response.headers["Content-Disposition"]


def test_a_refresh_reaches_the_bundle(site: Site) -> None:
    make(site)
    site.client.get("/bundle/our-lunch.ics")
    site.listings.append(listing("New in Chile", date(2026, 6, 9)))
    site.refresh()
    site.services.library.look()
    assert "New in Chile" in site.client.get("/bundle/our-lunch.ics").text


def test_the_page_of_a_bundle_subscribes_to_its_own_address(site: Site) -> None:
    make(site)
    html = site.html("/bundle/our-lunch")
    assert "webcal://calendars.example.org/bundle/our-lunch.ics" in links(html)
    assert "Día abierto" in html
    assert "/edit/" not in html


@pytest.mark.parametrize(
    ("path", "location"),
    [("/bundle/Our-Lunch", "/bundle/our-lunch"), ("/bundle/OUR-LUNCH.ICS", "/bundle/our-lunch.ics")],
)
def test_another_spelling_leads_to_the_canonical_one(site: Site, path: str, location: str) -> None:
    make(site)
    response = site.client.get(path)
    assert (response.status_code, response.headers["Location"]) == (308, location)


def test_names_give_slugs_that_are_free_and_not_the_services_own(site: Site) -> None:
    slugs = [links(make(site, name).text)[-1] for name in ("Lunch", "Lunch", "LUNCH!", "New", "Обід", "a" * 80)]
    assert slugs[:4] == ["/bundle/lunch", "/bundle/lunch-2", "/bundle/lunch-3", "/bundle/new-2"]
    assert all(re.fullmatch(r"/bundle/[a-z0-9][a-z0-9-]{0,62}", slug) for slug in slugs)
    assert "new" in RESERVED


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"name": " \u202e "}, "Give it a name"),
        ({"name": "x" * 81}, "The name is too long"),
        ({"name": "Buy at https://evil.example"}, "A name has no web address in it"),
        ({"name": "Nine", "country": ["ar", "bo", "br", "cl", "co", "ec", "pe", "py", "uy"]}, "at most eight"),
    ],
)
def test_a_form_that_can_not_be_saved_says_why_and_keeps_what_was_filled_in(
    site: Site, data: dict[str, object], told: str
) -> None:
    response = site.client.post("/bundle/new", data={"theme": ["civic-space"], **data})
    assert response.status_code == 422
    assert told in response.text
    assert re.search(r'value="civic-space" checked', response.text)
    with site.services.store.read() as snapshot:
        assert Bundles(snapshot.connection).count() == 0


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_text_everywhere(site: Site, name: str) -> None:
    made = make(site, name)
    path = links(made.text)[-1]
    pages = [made.text, site.html(path), site.html(secret_path(made))]
    for html in pages:
        body = html.partition("<body>")[2]
        assert not re.search(r"<script(?! src=\"/static/)|<img|onmouseover='|onerror=alert\(1\)>", body), body
        assert "49" not in re.findall(r"<h1[^>]*>(.*?)</h1>", html)
    calendar = site.client.get(f"{path}.ics").text
    assert not re.search(r"^ATTENDEE|\x00|\u2028|\x85", calendar, re.MULTILINE)


def test_pages_with_a_secret_are_kept_and_told_nowhere(site: Site) -> None:
    made = make(site)
    opened = site.client.get(secret_path(made))
    for response in (made, opened):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert "ETag" not in response.headers
        assert "Set-Cookie" not in response.headers
        sources = re.findall(r'(?:src|href)="(https?://[^"]+)"', response.text)
        assert all(source.startswith(BASE) for source in sources)


def test_only_a_hash_of_the_secret_is_on_the_disk(site: Site, tmp_path: Path) -> None:
    secret = secret_path(make(site)).rpartition("/")[2]
    assert len(secret) >= 43
    site.services.close()
    assert secret.encode() not in b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_the_secret_is_in_no_line_of_the_log(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = secret_path(make(site))
    site.application.config["PROPAGATE_EXCEPTIONS"] = False

    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Shelf, "spec", broken)
    with caplog.at_level(logging.DEBUG):
        response = site.client.get(path)
    assert response.status_code == 500
    assert "/bundle/our-lunch/edit/…" in caplog.text
    assert path.rpartition("/")[2] not in caplog.text


def test_a_wrong_secret_and_an_unknown_bundle_are_the_same_answer(site: Site) -> None:
    secret = secret_path(make(site)).rpartition("/")[2]
    asked = [f"/bundle/our-lunch/edit/{secret[:-1]}~", f"/bundle/not-there/edit/{secret[:-1]}~"]
    wrong, unknown = (site.client.get(path) for path in asked)
    assert wrong.status_code == unknown.status_code == 404
    assert wrong.text == unknown.text.replace("not-there", "our-lunch")
    assert dict(wrong.headers) == dict(unknown.headers)
    for path in ("/bundle/our-lunch/edit/x", "/bundle/our-lunch/edit/x/renew", "/bundle/our-lunch/edit/\x00"):
        assert site.client.post(path, data={"name": "Taken"}).status_code == 404


def test_a_new_secret_link_ends_the_old_one(site: Site) -> None:
    old = secret_path(make(site))
    renewed = site.client.post(f"{old}/renew")
    assert renewed.status_code == 200
    assert renewed.headers["Cache-Control"] == "no-store"
    new = secret_path(renewed)
    assert site.client.get(old).status_code == 404
    assert site.client.post(old, data={"name": "Taken", "country": ["ke"]}).status_code == 404
    assert site.client.get(new).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": BASE}, 403),
        ({"Origin": BASE}, 201),
        ({"Origin": "http://localhost"}, 201),  # the host the request came to
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 201),
    ],
)
def test_a_form_of_another_site_makes_nothing(site: Site, headers: dict[str, str], status: int) -> None:
    response = site.client.post("/bundle/new", data={"name": "Lunch"}, headers=headers)
    assert response.status_code == status
    assert site.client.get("/bundle/lunch").status_code == (200 if status == 201 else 404)


def test_the_page_with_the_form_lets_the_browser_say_where_the_form_comes_from(site: Site) -> None:
    assert site.client.get("/bundle/new").headers["Referrer-Policy"] == "same-origin"
    path = secret_path(make(site))
    changed = site.client.post(path, data={"name": "Lunch", "country": ["pe"]}, headers={"Origin": "null"})
    assert changed.status_code == 200


def test_one_visitor_can_not_fill_the_shelf(tmp_path: Path) -> None:
    site = Site(tmp_path, listing(), FEEDSVC_BUNDLES__PER_HOUR="2", FEEDSVC_BUNDLES__AT_MOST="3")
    path = secret_path(make(site, "one"))
    make(site, "two")
    refused = make(site, "three", 429)
    assert refused.headers["Retry-After"] == "3600"
    assert 'value="three"' in refused.text, "what was filled in is gone"
    assert site.client.post(path, data={"name": "one, again"}).status_code == 429
    elsewhere = site.client.post("/bundle/new", data={"name": "three"}, environ_base={"REMOTE_ADDR": "192.0.2.9"})
    assert elsewhere.status_code == 201
    site.now += timedelta(hours=1)
    assert "No more calendars can be saved" in make(site, "four", 503).text
    with sqlite3.connect(tmp_path / "feedsvc.sqlite") as connection:
        visitors = [row[0] for row in connection.execute("SELECT DISTINCT visitor FROM bundle_change")]
    assert len(visitors) == 2
    assert all(len(visitor) == 6 for visitor in visitors), "an address is stored"


def test_switched_off_nothing_is_made_or_changed_and_what_is_there_is_served(tmp_path: Path) -> None:
    site = Site(tmp_path, listing())
    path = secret_path(make(site))
    off = Site(tmp_path, listing(), FEEDSVC_BUNDLES__ENABLED="false")
    assert off.client.get("/bundle/new").status_code == 404
    assert off.client.post("/bundle/new", data={"name": "Lunch"}).status_code == 404
    assert off.client.get(path).status_code == 404
    assert off.client.get("/bundle/our-lunch.ics").status_code == 200


def test_a_hidden_bundle_is_not_there_until_it_is_shown_again(site: Site) -> None:
    path = secret_path(make(site))
    before = site.client.get("/bundle/our-lunch.ics")
    with site.services.store.write() as snapshot:
        assert Bundles(snapshot.connection).hide("our-lunch", site.now)
    gone = site.client.get("/bundle/our-lunch.ics", headers={"If-None-Match": before.headers["ETag"]})
    assert gone.status_code == 404
    assert gone.headers["Content-Type"].startswith("application/problem+json")
    assert site.client.get("/bundle/our-lunch").status_code == 404
    assert site.client.get(path).status_code == 404
    with site.services.store.write() as snapshot:
        Bundles(snapshot.connection).hide("our-lunch", None)
    assert site.client.get("/bundle/our-lunch.ics").status_code == 200


def test_when_the_store_is_away_the_last_calendar_is_served(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    make(site)
    before = site.client.get("/bundle/our-lunch.ics")
    monkeypatch.setattr(site.services.store, "read", _away)
    away = site.client.get("/bundle/our-lunch.ics")
    assert (away.status_code, away.data) == (200, before.data)
    assert site.client.get("/bundle/never-seen.ics").status_code == 503


def _away() -> None:
    raise StoreUnavailable("away")


def test_a_value_that_nobody_knows_any_more_keeps_the_bundle_alive(site: Site) -> None:
    vocabulary = site.services.library.vocabulary()
    spec = spec_of("/country/cl/theme/gone-for-good", vocabulary)
    assert spec.path == "/country/cl/theme/gone-for-good"
    with site.services.store.read() as snapshot:
        assert list(snapshot.feeds.rows(spec.by_dimension)) == []
