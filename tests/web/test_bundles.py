"""Bundles: made without an account, changed by a secret link, hidden by an administrator; the address stays."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from feedsvc.core.errors import StoreUnavailable
from feedsvc.core.slugs import RESERVED
from feedsvc.feeds.feed import formats
from feedsvc.ical.lint.check import faults
from feedsvc.services.bundles import spec_of
from feedsvc.services.subscribers import Counter
from tests.web.bundling import make, secret_path
from tests.web.site import BASE, Site, links, listing


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(
        tmp_path,
        listing("Día abierto"),
        listing("Budget hearing", date(2026, 6, 2), countries=("Kenya",), themes=("Fiscal Openness",)),
        listing("Last year", date(2025, 5, 27), countries=("Peru",)),
    )


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


def test_programs_that_look_for_feeds_find_every_format_on_the_page(site: Site) -> None:
    make(site)
    for path in ("/bundle/our-lunch", "/country/cl"):
        found = dict(re.findall(r'<link rel="alternate" type="([^"]*)" href="([^"]*)"', site.html(path)))
        assert found == {
            "text/calendar": f"{path}.ics",
            "application/atom+xml": f"{path}.atom",
            "text/csv": f"{path}.csv",
            "application/calendar+json": f"{path}.jcal",
            "application/json": f"{path}.json",
        }
        assert {site.client.get(address).status_code for address in found.values()} == {200}


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
    site.runtime.documents.look()
    assert "New in Chile" in site.client.get("/bundle/our-lunch.ics").text


def test_the_page_of_a_bundle_subscribes_to_its_own_address(site: Site) -> None:
    make(site)
    html = site.html("/bundle/our-lunch")
    assert "webcal://calendars.example.org/bundle/our-lunch.ics" in links(html)
    assert "Día abierto" in html
    assert "/edit/" not in html
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids)), "something stands twice on the page"


@pytest.mark.parametrize(
    ("path", "location"),
    [("/bundle/Our-Lunch", "/bundle/our-lunch"), ("/bundle/OUR-LUNCH.ICS", "/bundle/our-lunch.ics")],
)
def test_another_spelling_leads_to_the_canonical_one(site: Site, path: str, location: str) -> None:
    make(site)
    response = site.client.get(path)
    assert (response.status_code, response.headers["Location"]) == (308, location)


def test_names_give_slugs_that_are_free_and_not_the_services_own(site: Site) -> None:
    made = [links(make(site, name).text) for name in ("Lunch", "Lunch", "LUNCH!", "New", "Обід", "a" * 80)]
    slugs = [[link for link in found if re.match("/bundle/(?!new)|/bundle/new-", link)][-1] for found in made]
    assert slugs[:4] == ["/bundle/lunch", "/bundle/lunch-2", "/bundle/lunch-3", "/bundle/new-2"]
    assert all(re.fullmatch(r"/bundle/[a-z0-9][a-z0-9-]{0,62}", slug) for slug in slugs)
    assert "new" in RESERVED


def test_the_page_of_a_choice_links_to_the_form_with_the_choice_filled_in(site: Site) -> None:
    (link,) = {link for link in links(site.html("/country/cl_ke/theme/civic-space")) if link.startswith("/bundle/new")}
    html = site.html(f"{link}&name=Lunch&country=XX")
    assert re.findall(r'value="([^"]+)" checked', html) == ["cl", "ke", "civic-space"]
    assert 'value="Lunch"' in html
    assert "mend" not in site.html("/bundle/new"), "an empty form is no fault"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"name": " \u202e "}, "Give it a name"),
        ({"name": "x" * 81}, "The name is too long"),
        ({"name": "Buy at https://evil.example"}, "A name has no web address in it"),
        ({"name": "Nine", "country": ["ar", "bo", "br", "cl", "co", "ec", "pe", "py", "uy"]}, "at most eight"),
    ],
)
def test_a_form_that_cannot_be_saved_says_why_and_keeps_what_was_filled_in(
    site: Site, data: dict[str, object], told: str
) -> None:
    response = site.client.post("/bundle/new", data={"theme": ["civic-space"], **data})
    assert response.status_code == 422
    assert told in response.text
    assert re.search(r'value="civic-space" checked', response.text)
    with site.runtime.store.read() as snapshot:
        assert snapshot.bundles.count() == 0


def test_switched_off_nothing_is_made_or_changed_and_what_is_there_is_served(tmp_path: Path) -> None:
    site = Site(tmp_path, listing())
    path = secret_path(make(site))
    off = Site(tmp_path, listing(), FEEDSVC_BUNDLES__ENABLED="false")
    assert off.client.get("/bundle/new").status_code == 404
    assert "/bundle/new" not in off.html("/country/cl") + off.html("/bundle/our-lunch")
    assert off.client.post("/bundle/new", data={"name": "Lunch"}).status_code == 404
    assert off.client.get(path).status_code == 404
    assert off.client.get("/bundle/our-lunch.ics").status_code == 200


def test_a_hidden_bundle_is_not_there_until_it_is_shown_again(site: Site) -> None:
    path = secret_path(make(site))
    before = site.client.get("/bundle/our-lunch.ics")
    with site.runtime.store.write() as snapshot:
        assert snapshot.bundles.hide("our-lunch", site.now)
    gone = site.client.get("/bundle/our-lunch.ics", headers={"If-None-Match": before.headers["ETag"]})
    assert gone.status_code == 404
    assert gone.headers["Content-Type"].startswith("application/problem+json")
    assert site.client.get("/bundle/our-lunch").status_code == 404
    assert site.client.get(path).status_code == 404
    with site.runtime.store.write() as snapshot:
        snapshot.bundles.hide("our-lunch", None)
    assert site.client.get("/bundle/our-lunch.ics").status_code == 200


def test_when_the_store_is_away_the_last_calendar_is_served(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    make(site)
    before = site.client.get("/bundle/our-lunch.ics")
    monkeypatch.setattr(site.runtime.store, "read", _away)
    away = site.client.get("/bundle/our-lunch.ics")
    assert (away.status_code, away.data) == (200, before.data)
    assert site.client.get("/bundle/never-seen.ics").status_code == 503


def _away() -> None:
    raise StoreUnavailable("away")


def test_a_value_that_nobody_knows_any_more_keeps_the_bundle_alive(site: Site) -> None:
    vocabulary = site.runtime.documents.vocabulary()
    spec = spec_of("/country/cl/theme/gone-for-good", vocabulary)
    assert spec.path == "/country/cl/theme/gone-for-good"
    with site.runtime.store.read() as snapshot:
        assert list(snapshot.feeds.rows(spec.by_dimension)) == []


def removed(site: Site, path: str, **form: str) -> int:
    return site.client.post(f"{path}/remove", data=form).status_code


def test_a_bundle_that_its_maker_removes_is_empty_for_30_days_and_then_gone(site: Site) -> None:
    path = secret_path(make(site))
    before = site.client.get("/bundle/our-lunch.ics")
    assert removed(site, path) == 200
    assert site.client.get("/bundle/our-lunch.ics").data == before.data, "nobody said that they are sure"
    assert removed(site, path, sure="yes") == 200
    for extension in ("ics", "json", "atom", "csv", "jcal"):
        assert site.client.get(f"/bundle/our-lunch.{extension}").status_code == 200
    empty = site.client.get("/bundle/our-lunch.ics", headers={"If-None-Match": before.headers["ETag"]})
    assert b"BEGIN:VEVENT" in before.data
    assert b"BEGIN:VEVENT" not in empty.data
    assert b"X-WR-CALNAME:Our lunch" in empty.data
    assert faults(empty.data) == []
    assert site.client.get("/bundle/our-lunch").status_code == 410
    for gone in (path, f"{path}/renew", "/share/bundle/our-lunch", "/embed/bundle/our-lunch"):
        assert site.client.get(gone).status_code in (404, 405)
    assert "our-lunch" not in site.html("/?q=lunch")
    site.now += timedelta(days=31)
    assert site.client.get("/bundle/our-lunch.ics").status_code == 410
    assert secret_path(make(site)).startswith("/bundle/our-lunch-2/"), "its address is given to nobody else"


def test_a_wrong_secret_removes_nothing(site: Site) -> None:
    path = secret_path(make(site))
    assert removed(site, path + "x", sure="yes") == 404
    assert (
        site.client.post(f"{path}/remove", data={"sure": "yes"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code
        == 403
    )
    assert b"BEGIN:VEVENT" in site.client.get("/bundle/our-lunch.ics").data


def test_hidden_and_removed_bundles_leave_room_for_others(tmp_path: Path) -> None:
    site = Site(tmp_path, listing("Lunch"), FEEDSVC_BUNDLES__AT_MOST="1")
    path = secret_path(make(site))
    make(site, status=503)
    with site.runtime.store.write() as snapshot:
        snapshot.bundles.hide("our-lunch", site.now)
    second = secret_path(make(site))
    assert removed(site, second, sure="yes") == 200
    make(site)
    assert site.client.get(path).status_code == 404


def test_the_last_fetch_is_kept_and_a_year_without_one_is_unused(site: Site) -> None:
    make(site)
    make(site, "Our dinner")
    counter = Counter(site.runtime.store, lambda: site.now, every_seconds=3600)
    site.now += timedelta(days=300)
    counter.served("/bundle/our-lunch.json", None, "192.0.2.1", 304)
    counter.served("/bundle/our-lunch-2.ics", None, "192.0.2.1", 404)
    counter.close()
    with site.runtime.store.read() as snapshot:
        found = {one.slug: one for one in snapshot.bundles.all()}
    assert found["our-lunch"].last_fetched_at == site.now
    assert found["our-dinner"].last_fetched_at is None
    later = site.now + timedelta(days=100)
    assert [slug for slug, one in found.items() if one.is_unused(later)] == ["our-dinner"]
