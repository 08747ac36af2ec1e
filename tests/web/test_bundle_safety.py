"""Bundles keep their secrets, take forms from here alone, and no name or visitor can do harm."""

from __future__ import annotations

import logging
import re
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest

from feedsvc.services.bundles import BundleService
from tests.web.bundling import make, secret_path
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
    site.runtime.close()
    assert secret.encode() not in b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_the_secret_is_in_no_line_of_the_log(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = secret_path(make(site))
    site.application.config["PROPAGATE_EXCEPTIONS"] = False

    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(BundleService, "spec", broken)
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


def test_one_visitor_cannot_fill_the_saved(tmp_path: Path) -> None:
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
