"""Feeds as calendar programs fetch them, from the sample."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from feedsvc.app import create_application
from feedsvc.bootstrap import make_runtime
from feedsvc.config.loader import load
from feedsvc.core import countries
from feedsvc.feeds.feed import formats
from feedsvc.ical.lint.check import faults
from feedsvc.sources.base import find_kinds

METHODS = ["POST", "PUT", "DELETE", "PATCH", "PROPFIND", "REPORT", "MKCALENDAR", "TRACE", "LOCK", "BREW"]


@pytest.mark.parametrize(
    ("path", "events"),
    [
        ("/country/ua.ics", 6),
        ("/theme/fiscal-openness.ics", 3),
        ("/country/ar_cl/theme/access-to-information.ics", 5),
        ("/all.ics", 70),
    ],
)
def test_feed_has_its_events_and_no_fault(client: FlaskClient, path: str, events: int) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.data.count(b"BEGIN:VEVENT") == events
    assert faults(response.data) == []
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"


@pytest.mark.parametrize("extension", list(formats()))
def test_every_format_has_its_address(client: FlaskClient, extension: str) -> None:
    response = client.get(f"/country/ua.{extension}")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == formats()[extension].content_type
    assert response.headers["Content-Disposition"] == f'inline; filename="country-ua.{extension}"'


@pytest.mark.parametrize(
    ("spelled", "canonical"),
    [
        ("/country/UA.ics", "/country/ua.ics"),
        ("/country/ua.ICS", "/country/ua.ics"),
        ("/theme/access-to-information/country/cl_ar.ics", "/country/ar_cl/theme/access-to-information.ics"),
        ("/country/cl_ar_cl.json", "/country/ar_cl.json"),
        ("/theme/right-to-information.ics", "/theme/access-to-information.ics"),
        ("/country/ua/.ics", "/country/ua.ics"),
        ("/country/cl_ar.ics?utm=1&next=//evil", "/country/ar_cl.ics"),
        ("/country/ua.ics/", "/country/ua.ics"),
    ],
)
def test_other_spelling_leads_to_the_canonical_path_for_ever(client: FlaskClient, spelled: str, canonical: str) -> None:
    for method in ("GET", "HEAD"):
        response = client.open(spelled, method=method)
        assert (response.status_code, response.headers["Location"]) == (308, canonical)
        # A page of another site may read feeds, so it has to be let through on the way to one as well.
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response.headers["Cache-Control"].startswith("public, max-age=")


@pytest.mark.parametrize("path", ["//country/ua.ics", "///country/ua.ics", "//evil.example/country/UA.ics"])
def test_path_that_browsers_take_for_a_host_leads_nowhere_else(client: FlaskClient, path: str) -> None:
    response = client.get("/", environ_overrides={"PATH_INFO": path})
    assert response.status_code in (200, 404)
    assert "Location" not in response.headers


@pytest.mark.parametrize(
    "path",
    ["/country/xx.ics", "/theme/never-heard.ics", "/planet/mars.ics", "/all.exe", "/country.ics", "/event/nobody.ics",
     "/event/x.json", "/country/ua.ics/x.css"],
)  # fmt: skip
def test_unknown_feed_is_a_problem_document(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    told = json.loads(response.data)
    assert told["status"] == 404
    assert len(told["detail"]) > 10
    assert response.headers["Cache-Control"] == "no-store"


def test_known_value_without_events_is_an_empty_valid_feed(client: FlaskClient) -> None:
    for country in (*countries.countries()[::25], "other"):
        response = client.get(f"/country/{country}.ics")
        assert response.status_code == 200
        assert response.data.startswith(b"BEGIN:VCALENDAR")
        assert response.data.endswith(b"END:VCALENDAR\r\n")
        assert faults(response.data) == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ["/country/ua.ics", "/all.json", "/event/x.ics"])
def test_other_methods_are_refused_with_those_that_are_allowed(client: FlaskClient, path: str, method: str) -> None:
    response = client.open(path, method=method, data=b"<propfind/>", headers={"Authorization": "Bearer x"})
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert response.headers["Content-Type"] == "application/problem+json; charset=utf-8"


def test_options_says_what_a_browser_may_ask(client: FlaskClient) -> None:
    response = client.options("/country/ua.ics")
    assert (response.status_code, response.data) == (204, b"")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_what_else_a_request_says_changes_nothing(client: FlaskClient) -> None:
    plain = client.get("/country/ua.ics")
    for headers in (
        {"Accept": "application/calendar+json, text/html"},
        {"Accept-Language": "fr"},
        {"User-Agent": "Google-Calendar-Importer"},
        {"Authorization": "Basic eDp5"},
        {"Cookie": "session=1; lang=es"},
        {"Range": "bytes=0-10"},
        {"X-HTTP-Method-Override": "DELETE"},
    ):
        other = client.get("/country/ua.ics?feed=all&format=json", headers=headers)
        assert (other.status_code, other.data) == (200, plain.data)
        assert dict(other.headers) == dict(plain.headers)
        assert "Set-Cookie" not in other.headers


def test_no_public_page_or_feed_sets_a_cookie(client: FlaskClient) -> None:
    for path in ("/", "/all", "/country/ua", "/country/ua.ics", "/country/xx", "/country/CL.ics", "/status.json"):
        assert "Set-Cookie" not in client.get(path).headers


def test_event_is_a_calendar_of_its_own(client: FlaskClient) -> None:
    feed = json.loads(client.get("/country/ua.json").data)
    uid = feed["events"][0]["uid"]
    response = client.get(f"/event/{uid.partition('@')[0]}.ics")
    assert response.status_code == 200
    assert response.data.count(b"BEGIN:VEVENT") == 1
    assert uid.encode() in response.data
    assert faults(response.data) == []


@pytest.fixture
def renamed(sample_folder: Path, tmp_path: Path) -> Iterator[FlaskClient]:
    """The sample's store under a configuration in which one theme has another name and one is gone."""
    (tmp_path / "feedsvc.toml").write_text("", encoding="utf-8")
    (tmp_path / "sources.toml").write_text("", encoding="utf-8")
    themes = '[[theme]]\nname = "Budgets"\nformer_slugs = ["fiscal-openness"]\n'
    (tmp_path / "themes.toml").write_text(themes, encoding="utf-8")
    kinds = {name: kind.settings for name, kind in find_kinds().items()}
    runtime = make_runtime(load(kinds, tmp_path / "feedsvc.toml", {"FEEDSVC_DATA_DIR": str(sample_folder)}))
    yield create_application(runtime).test_client()
    runtime.close()


def test_renamed_theme_leads_from_its_old_address_to_the_new_one(renamed: FlaskClient) -> None:
    response = renamed.get("/theme/fiscal-openness.ics")
    assert (response.status_code, response.headers["Location"]) == (308, "/theme/budgets.ics")
    assert renamed.get("/theme/budgets.ics").status_code == 200


def test_theme_that_had_events_is_served_although_nobody_configures_it_any_more(renamed: FlaskClient) -> None:
    response = renamed.get("/theme/civic-space.ics")
    assert response.status_code == 200
    assert response.data.count(b"BEGIN:VEVENT") > 0


def test_theme_that_was_only_ever_an_empty_feed_is_served_after_it_left_the_configuration(renamed: FlaskClient) -> None:
    response = renamed.get("/theme/media-freedom.ics")
    assert response.status_code == 200
    assert "BEGIN:VEVENT" not in response.text
    assert "Media Freedom" in response.text
