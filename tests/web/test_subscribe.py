"""Links that put a feed into a calendar: each program's own encoding."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from feedsvc.web.subscribe import to_webcal, ways

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
    with pytest.raises(ValueError, match="is no http or https address"):
        ways(url, "x")
