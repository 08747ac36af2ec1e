"""Every address answers with the headers that keep strangers out. The addresses are those of the application itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedsvc.app import create_application
from tests.sample import opened

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": {"no-referrer", "same-origin"},
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
    "Strict-Transport-Security": "max-age=31536000",
}
FILLED = {
    "path": "country/ua",
    "extension": "ics",
    "public_id": "nobody",
    "slug": "none",
    "secret": "s",
    "filename": "style.css",
    "number": "1",
}


def addresses(application: Flask) -> list[str]:
    """One address for each route that is read."""
    found = []
    for rule in application.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            values = {name: FILLED.get(name, "x") for name in rule.arguments}
            found.append(application.url_map.bind("localhost").build(rule.endpoint, values))
    return sorted(set(found))


def test_every_address_answers_with_protecting_headers(application: Flask) -> None:
    client = application.test_client()
    asked = [*addresses(application), "/country/xx", "/country/xx.ics", "/nothing", "/all.exe", "/country/CL"]
    assert {"/", "/country/ua.ics", "/metrics", "/status", "/static/style.css"} <= set(asked)
    for path in asked:
        for method in ("GET", "HEAD", "POST", "PROPFIND"):
            response = client.open(path, method=method, buffered=True)
            for name, value in EVERYWHERE.items():
                assert response.headers.get(name, "") in value, (path, method, name)
            assert response.status_code < 500, path


def test_nothing_of_ours_may_stand_in_a_frame_but_the_agenda(application: Flask) -> None:
    client = application.test_client()
    for path in addresses(application):
        policy = client.get(path, buffered=True).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        framed = "frame-ancestors 'none'" in policy or "sandbox" in policy
        assert framed or path.startswith("/embed/"), (path, policy)


def test_pages_run_no_script_but_their_own(client: FlaskClient) -> None:
    for path in ("/", "/all", "/country/xx", "/status"):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_plain_http_is_not_told_to_become_https(sample_folder: Path) -> None:
    runtime = opened(sample_folder)
    client = create_application(runtime).test_client()
    for path in ("/", "/country/ua.ics", "/country/xx.ics"):
        assert "Strict-Transport-Security" not in client.get(path).headers
    runtime.close()


@pytest.mark.parametrize("path", ["/", "/country/CL.ics", "/status.json", "/event/nobody"])
def test_fault_inside_is_told_without_its_insides(
    application: Flask, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("secret insides at /work/place")

    endpoint = application.url_map.bind("localhost").match(path)[0]
    monkeypatch.setitem(application.view_functions, endpoint, broken)
    monkeypatch.setitem(application.config, "PROPAGATE_EXCEPTIONS", False)
    response = application.test_client().get(path)
    assert response.status_code == 500
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    assert response.headers["X-Content-Type-Options"] == "nosniff"
