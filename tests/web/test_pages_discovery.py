"""What programs look for: rules for robots, the list of pages, icon, contact, headers."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as Tree
from html import unescape

import pytest

from feedsvc.web.pages.discovery import icon
from tests.web.site import BASE, Site, links, listing


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path, listing("One"), FEEDSVC_SITE__SECURITY_CONTACT="mailto:security@example.org")


def test_robots_may_fetch_every_feed(site):
    text = site.client.get("/robots.txt").text
    assert "Allow: /\n" in text
    assert "/country" not in text
    assert f"Sitemap: {BASE}/sitemap.xml" in text


def test_the_sitemap_names_feeds_and_events_in_each_language(site):
    root = Tree.fromstring(site.client.get("/sitemap.xml").text)
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
    found = {entry.findtext("s:loc", namespaces=space): entry for entry in root}
    assert {f"{BASE}/", f"{BASE}/country/cl", f"{BASE}/theme/civic-space"} <= set(found)
    assert f"{BASE}/event/{site.event_id('One')}" in found
    alternates = {
        link.get("hreflang"): link.get("href") for link in found[f"{BASE}/country/cl"].findall("x:link", space)
    }
    assert alternates["es"] == f"{BASE}/country/cl?lang=es"
    assert set(alternates) == {"en", "es", "fr", "x-default"}


def test_security_txt_tells_the_configured_contact_and_ends_within_a_year(site):
    text = site.client.get("/.well-known/security.txt").text
    assert "Contact: mailto:security@example.org\n" in text
    assert "Expires: 2026-11-16T00:00:00Z\n" in text


def test_without_a_contact_there_is_no_security_txt(tmp_path):
    assert Site(tmp_path).client.get("/.well-known/security.txt").status_code == 404


def test_manifest_and_icon_carry_the_configured_colour(site):
    manifest = json.loads(site.client.get("/site.webmanifest").text)
    assert manifest["theme_color"] == "#0b5d5e"
    assert site.client.get("/favicon.svg").text == icon("#0b5d5e")
    assert site.client.get("/favicon.ico").mimetype == "image/svg+xml"


def test_every_page_carries_the_headers_of_a_public_page(site):
    for path in ("/", "/country/cl", f"/event/{site.event_id('One')}", "/poster/country/cl", "/nowhere"):
        headers = site.client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "camera=()" in headers["Permissions-Policy"]
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Strict-Transport-Security"].startswith("max-age=")


def test_pages_are_sent_compressed_where_asked(site):
    plain = site.client.get("/")
    packed = site.client.get("/", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 3
    assert packed.headers["ETag"] != plain.headers["ETag"]


def test_styles_are_sent_compressed_and_kept_until_the_next_release(site):
    address = next(link for link in links(site.html("/")) if link.startswith("/static/style.css?"))
    response = site.client.get(address, headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Cache-Control"] == "public, max-age=31536000"
    assert site.client.get("/static/style.css").headers["Cache-Control"] == "public, max-age=3600"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/country/cl",
        "/bundle/new",
        "/poster/all",
        "/embed/all",
        "/share/all",
        "/about",
        "/changes/all",
        "/?q=chile",
    ],
)
def test_the_styles_of_a_page_stay_small(site, path):
    """Those of the screen; a browser asks for those of paper when there is nothing else to do."""
    own = [link for link in re.findall(r'rel="stylesheet" href="([^"]+)">', site.html(path)) if "colors" not in link]
    assert own
    assert sum(len(site.client.get(link).data) for link in own) < 20_000
    assert len(site.client.get("/static/print.css").data) < 1_500


@pytest.mark.parametrize("path", ["/", "/country/cl", "/share/all", "/about", "/?q=chile"])
def test_the_scripts_of_a_page_stay_small(site, path):
    own = [link for link in re.findall(r'<script src="([^"]+)"', site.html(path)) if "zones" not in link]
    assert own
    assert sum(len(site.client.get(link).data) for link in own) < 15_000
    assert len(site.client.get("/zones.js").data) < 9_000


@pytest.mark.parametrize("extension", ["svg", "png"])
def test_a_qr_code_exists_for_feeds_and_nothing_else(site, extension):
    assert site.client.get(f"/qr/country/cl.{extension}").status_code == 200
    assert site.client.get(f"/qr/country/zz.{extension}").status_code == 404
    assert site.client.get(f"/qr/country/CL.{extension}").status_code == 404


def test_a_fault_of_ours_is_a_page_without_details(site, monkeypatch):
    def broken(*_arguments, **_named):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("feedsvc.web.pages.routes.render_template", broken)
    site.application.testing = False
    response = site.client.get("/country/cl")
    assert response.status_code == 500
    assert "secret detail" not in response.text
    assert "Something is broken here" in response.text


def test_a_crawl_that_follows_what_it_may_ends(client):
    seen, ahead = {"/"}, ["/"]
    while ahead:
        answer = client.get(ahead.pop(), follow_redirects=True)
        assert answer.status_code == 200
        if answer.mimetype == "text/html":
            tags = [tag for tag in re.findall(r"<a\b[^>]*>", answer.text) if "nofollow" not in tag]
            found = {unescape(path) for tag in tags for path in re.findall(r'href="(/[^"#]*)', tag)} - seen
            seen |= found
            ahead += found
            assert len(seen) < 1_000, sorted(found)
    assert {"/all", "/country/ua", "/theme/civic-space", "/about", "/status"} <= seen
    assert sum(path.startswith("/event/") for path in seen) == 70
