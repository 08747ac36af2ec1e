"""A poisoned request leaves nothing behind: the next clean one gets the same bytes as if it had never been.

Two passes over everything that an attacker controls: first the poison, then a clean request, which has to equal the one
from before; and the marker of the poison stands in no answer at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedsvc.app import create_application
from tests.sample import opened

MARK = "poison-7f3a"
EVIL = f"{MARK}.example"
PATHS = [
    "/", "/all", "/country/ua", "/country/ua.ics", "/country/ua.json", "/country/ua.atom", "/country/UA.ics",
    "/country/UA", "/country/xx.ics", "/country/xx", "/event/nobody", "/status.json", "/embed/all", "/metrics",
]  # fmt: skip
HEADERS = [
    {"X-Forwarded-Host": EVIL},
    {"X-Forwarded-Proto": MARK},
    {"X-Forwarded-Prefix": f"/{MARK}"},
    {"X-Forwarded-For": EVIL},
    {"Forwarded": f"for={EVIL};host={EVIL};proto=http"},
    {"X-Original-URL": f"/{MARK}"},
    {"X-Rewrite-URL": f"/{MARK}"},
    {"X-HTTP-Method-Override": MARK},
    {"Referer": f"https://{EVIL}/"},
    {"Origin": f"https://{EVIL}"},
    {"User-Agent": MARK},
    {"Accept-Language": MARK},
    {"Cookie": f"session={MARK}"},
    {"Authorization": f"Bearer {MARK}"},
]
QUERIES = [f"utm_source={MARK}", f"feed={MARK}&feed=all", f";{MARK}", f"%0d%0aX-Evil:%20{MARK}", f"next=//{EVIL}"]


def clean(client: FlaskClient, path: str) -> tuple[int, bytes, list[tuple[str, str]]]:
    response = client.get(path)
    fields = [field for field in response.headers if field[0] != "Date"]
    return response.status_code, b"" if path in ("/metrics", "/status.json") else response.data, fields


def traces(response: TestResponse) -> list[str]:
    """Where the marker stands in an answer."""
    found = [name for name, value in response.headers if MARK in value]
    return [*found, *(["body"] if MARK in response.text else [])]


@pytest.mark.parametrize("path", PATHS)
def test_headers_of_one_request_reach_no_other_and_no_answer(client: FlaskClient, path: str) -> None:
    before = clean(client, path)
    for headers in HEADERS:
        assert traces(client.get(path, headers=headers)) == [], headers
        after = clean(client, path)
        assert after[:2] == before[:2], headers
        if before[1]:
            assert after[2] == before[2], headers


@pytest.mark.parametrize("path", [path for path in PATHS if "." in path])
def test_queries_change_nothing_in_feeds(client: FlaskClient, path: str) -> None:
    before = clean(client, path)
    for query in QUERIES:
        response = client.get(f"{path}?{query}")
        assert traces(response) == []
        assert response.status_code == before[0]
        assert clean(client, path)[:2] == before[:2]


@pytest.mark.parametrize("path", PATHS)
def test_strange_host_is_refused_where_an_address_is_configured(client: FlaskClient, path: str) -> None:
    before = clean(client, path)
    for host in (EVIL, f"calendars.example.org.{EVIL}", f"calendars.example.org@{EVIL}", f"[{MARK}]", "a b", ""):
        response = client.get(path, headers={"Host": host})
        assert response.status_code == (200 if path == "/metrics" and host else 400), host
        assert traces(response) == []
    assert clean(client, path)[:2] == before[:2]


@pytest.fixture
def nameless(sample_folder: Path) -> Iterator[Flask]:
    """The application without a public address: it answers to any name."""
    runtime = opened(sample_folder)
    yield create_application(runtime)
    runtime.close()


@pytest.mark.parametrize("path", PATHS)
def test_any_host_is_answered_without_an_address_and_never_repeated(nameless: Flask, path: str) -> None:
    client = nameless.test_client()
    before = clean(client, path)
    response = client.get(path, headers={"Host": EVIL})
    assert response.status_code == before[0]
    assert traces(response) == []
    assert clean(client, path)[:2] == before[:2]


@pytest.mark.parametrize(
    "path", ["/%0d%0aX-Evil:1.ics", "/country/ua%0d%0aX-Evil:1", "/country/ua.ics%00", "/..%2f..%2fetc.ics"]
)
def test_line_breaks_in_a_path_become_no_header(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "X-Evil" not in response.headers
    assert all("\n" not in value and "\r" not in value for _, value in response.headers)
