"""Links that put a feed into a calendar: each program's own encoding."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from feedsvc.core.errors import ConfigError
from feedsvc.web.viewmodels.add_to_calendar import to_webcal, ways
from tests.web.site import Site, links

FEED = "https://calendars.example.org/country/ar_cl/theme/civic-space.ics"


def _link(key: str, url: str = FEED, title: str = "Open Gov Week · Chile & Perú + more") -> str:
    return next(way.href for way in ways(url, title) if way.key == key)


def test_google_gets_the_webcal_address_with_every_character_encoded():
    assert _link("google") == (
        "https://calendar.google.com/calendar/r"
        "?cid=webcal%3A%2F%2Fcalendars.example.org%2Fcountry%2Far_cl%2Ftheme%2Fcivic-space.ics"
    )


@pytest.mark.parametrize(("key", "host"), [("outlook", "outlook.live.com"), ("office365", "outlook.office.com")])
def test_outlook_gets_the_https_address_and_a_name_without_plus_signs(key, host):
    parts = urlsplit(_link(key))
    assert (parts.scheme, parts.netloc, parts.path) == ("https", host, "/calendar/0/addfromweb")
    assert "+" not in parts.query
    assert parse_qs(parts.query) == {"url": [FEED], "name": ["Open Gov Week · Chile & Perú + more"]}


def test_apple_gets_the_same_address_under_webcal():
    assert _link("apple") == "webcal://calendars.example.org/country/ar_cl/theme/civic-space.ics"


def test_a_port_survives_in_every_link():
    assert "127.0.0.1%3A8000" in _link("google", "http://127.0.0.1:8000/all.ics")
    assert to_webcal("http://127.0.0.1:8000/all.ics") == "webcal://127.0.0.1:8000/all.ics"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.example/all.ics", "ftp://x/all.ics", "webcal://x/all.ics"]
)
def test_what_is_no_web_address_becomes_no_link(url):
    with pytest.raises(ValueError, match="is not an http or https address"):
        ways(url, "x")


def test_a_link_that_its_maker_changes_can_be_mended_in_the_configuration(tmp_path):
    site = Site(tmp_path, FEEDSVC_SUBSCRIBE__GOOGLE="https://calendar.google.com/new?u={address}&w={webcal}&n={name}")
    assert (
        "https://calendar.google.com/new?u=https%3A%2F%2Fcalendars.example.org%2Fcountry%2Fcl.ics"
        "&w=webcal%3A%2F%2Fcalendars.example.org%2Fcountry%2Fcl.ics&n=Open%20Gov%20Week%20%C2%B7%20Chile"
    ) in links(site.html("/country/cl"))


def test_a_title_is_not_taken_for_a_part_of_the_link():
    assert _link("outlook", title="{address}{webcal}").endswith("&name=%7Baddress%7D%7Bwebcal%7D")


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "http://calendar.example/{webcal}", "https://x/{host}", "https://x/{", 'https://x/"><b>',
     "https:///x", "https://x y/", "https://x/\n", "//x/{webcal}"],
)  # fmt: skip
def test_a_configured_link_leads_to_https_and_nowhere_else(tmp_path, link):
    with pytest.raises(ConfigError, match="not an https address"):
        Site(tmp_path, FEEDSVC_SUBSCRIBE__GOOGLE=link)
