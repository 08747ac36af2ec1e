"""The gate answers what Flask would answer, byte for byte; and goes on when everything behind it stops."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from feedsvc.app import create_application, create_flask
from feedsvc.bootstrap import Runtime
from feedsvc.core import countries
from feedsvc.core.errors import StoreUnavailable
from feedsvc.feeds.cache import DocumentCache
from feedsvc.feeds.feed import formats
from feedsvc.store.store import Snapshot
from feedsvc.web.http.answers import Serving
from feedsvc.web.http.gate import Environ, Gate, StartResponse
from feedsvc.web.http.hosts import Hosts
from tests.sample import Ticks, opened

Whole = tuple[str, list[tuple[str, str]], bytes]


def ask(
    application: Any, method: str, path: str, headers: dict[str, str] | None = None, host: str = "localhost"
) -> Whole:
    """A whole answer: status line, headers in order of name, body."""
    environ = EnvironBuilder(method=method, path="/", headers=headers).get_environ()
    environ.update(PATH_INFO=path, HTTP_HOST=host)
    told: list[Any] = []
    body = application(environ, lambda status, fields, *_: told.extend((status, fields)))
    # A page tells the time it was made.
    return told[0], sorted(field for field in told[1] if field[0] != "Date"), b"".join(body)


def never(_environ: Environ, _start_response: StartResponse) -> list[bytes]:
    raise AssertionError("Flask was asked")


class Both:
    """The gate and Flask over one document cache, and the gate with nothing behind it."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        settings = runtime.config.settings
        self.served: list[tuple[Any, ...]] = []
        serving = Serving.of(settings, lambda *told: self.served.append(told))
        self.hits = serving.hits
        self.flask = create_flask(runtime, replace(serving, on_served=None)).wsgi_app
        self.gate = Gate(self.flask, runtime.documents, Hosts(settings), serving)
        self.alone = Gate(never, runtime.documents, Hosts(settings), serving)


@pytest.fixture
def both(sample_folder: Path) -> Iterator[Both]:
    runtime = opened(sample_folder, FEEDSVC_BASE_URL="https://calendars.example.org")
    yield Both(runtime)
    runtime.close()


def test_gate_and_flask_answer_every_shape_of_request_alike(both: Both) -> None:
    for path in ("/country/ua.ics", "/all.json", "/country/jp.csv"):
        told = dict(ask(both.flask, "GET", path)[1])
        packed = dict(ask(both.flask, "GET", path, {"Accept-Encoding": "gzip"})[1])
        tags = [None, told["ETag"], packed["ETag"], f"W/{told['ETag']}", f'"x", {packed["ETag"]}', "*", '"x"', "", "?"]
        dates = [None, told["Last-Modified"], "Mon, 20 May 2000 09:30:15 GMT", "Fri, 20 May 2044 09:30:15 GMT", "x"]
        encodings = [None, "gzip", "gzip;q=0", "br, gzip;q=0.1", "identity", "*"]
        for method, tag, date, encoding in product(("GET", "HEAD"), tags, dates, encodings):
            asked = {"If-None-Match": tag, "If-Modified-Since": date, "Accept-Encoding": encoding}
            headers = {name: value for name, value in asked.items() if value is not None}
            assert ask(both.alone, method, path, headers) == ask(both.flask, method, path, headers), (method, headers)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("OPTIONS", "/country/ua.ics"), ("POST", "/country/ua.ics"), ("PROPFIND", "/country/ua.ics"),
        ("GET", "/country/UA.ics"), ("GET", "/country/xx.ics"), ("GET", "/country/ua"), ("GET", "/nothing/here.ics"),
        ("GET", "//country/ua.ics"), ("GET", "/country/ua.ics/"), ("GET", ""), ("GET", "/\xff\xfe.ics"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_left_to_flask(both: Both, method: str, path: str) -> None:
    ask(both.gate, "GET", "/country/ua.ics")
    assert ask(both.gate, method, path) == ask(both.flask, method, path)
    assert (both.hits.full, both.hits.unchanged) == (0, 0)


def test_document_that_flask_built_is_answered_by_the_gate_from_then_on(both: Both) -> None:
    first = ask(both.gate, "GET", "/country/ua.ics")
    assert (both.hits.full, both.hits.unchanged) == (0, 0)
    assert ask(both.alone, "GET", "/country/ua.ics") == first
    tag = dict(first[1])["ETag"]
    assert ask(both.alone, "GET", "/country/ua.ics", {"If-None-Match": tag})[0] == "304 NOT MODIFIED".title()
    assert (both.hits.full, both.hits.unchanged) == (1, 1)


def test_event_is_answered_by_the_gate_too(both: Both) -> None:
    with both.runtime.store.read() as snapshot:
        public_id = next(iter(snapshot.events.all())).id
    first = ask(both.gate, "GET", f"/event/{public_id}.ics")
    assert ask(both.alone, "GET", f"/event/{public_id}.ics") == first


def test_whoever_counts_is_told_of_every_document_once(both: Both) -> None:
    for _ in range(2):
        ask(both.gate, "GET", "/country/ua.ics", {"User-Agent": "Thunderbird"})
    assert both.served == [("/country/ua.ics", "Thunderbird", None, 200)]
    told: list[tuple[Any, ...]] = []
    serving = Serving.of(both.runtime.config.settings, lambda *one: told.append(one))
    ask(create_flask(both.runtime, serving).wsgi_app, "GET", "/country/ua.ics", {"If-None-Match": "*"})
    assert [one[-1] for one in told] == [304]


def test_server_may_add_to_the_headers_it_is_given(both: Both) -> None:
    ask(both.gate, "GET", "/country/ua.ics")

    def adds(_status: str, headers: list[tuple[str, str]]) -> None:
        headers.append(("Server", "curious"))

    environ = EnvironBuilder(path="/country/ua.ics").get_environ()
    both.alone(environ, adds)
    assert "Server" not in dict(ask(both.alone, "GET", "/country/ua.ics")[1])


def test_strange_name_is_not_answered_by_the_gate_either(both: Both) -> None:
    ask(both.gate, "GET", "/country/ua.ics")
    strange = (
        "evil.example", "calendars.example.org.evil.example", "evil.example@calendars.example.org",
        "calendars.example.org/evil", "calendars.example.org, evil.example", "calendars.example.org..",
    )  # fmt: skip
    for host in strange:
        status, _headers, body = ask(both.gate, "GET", "/country/ua.ics", host=host)
        assert status.startswith("400")
        assert b"evil" not in body
    for host in ("calendars.example.org", "CALENDARS.example.org:8443", "127.0.0.1:8000", "localhost:1"):
        assert ask(both.gate, "GET", "/country/ua.ics", host=host)[0].startswith("200")


class Away:
    """Stands in for a store that was shut away."""

    def __init__(self, runtime: Runtime) -> None:
        self._read = runtime.store.read
        self.away = False

    @contextmanager
    def read(self, **options: Any) -> Iterator[Snapshot]:
        if self.away:
            raise StoreUnavailable("it was shut away")
        with self._read(**options) as snapshot:
            yield snapshot


def behind_a_gate(sample_folder: Path, max_bytes: int = 64_000_000) -> tuple[Any, Away, Ticks, Runtime]:
    ticks = Ticks()
    runtime = opened(sample_folder)
    away = Away(runtime)
    documents = DocumentCache(away, runtime.dimensions, runtime.documents.site, ticks, max_bytes)  # type: ignore[arg-type]
    runtime = replace(runtime, documents=documents)
    return create_application(runtime).wsgi_app, away, ticks, runtime


def test_store_shut_away_leaves_the_feeds_at_200_however_long(sample_folder: Path) -> None:
    application, away, ticks, runtime = behind_a_gate(sample_folder)
    paths = [f"/country/ua.{extension}" for extension in formats()]
    before = {path: ask(application, "GET", path) for path in paths}
    away.away = True
    for days in (0, 1, 400):
        ticks.now += days * 86_400
        assert {path: ask(application, "GET", path) for path in paths} == before
    status, headers, _ = ask(application, "GET", "/country/ke.ics")
    assert status.startswith("503")
    assert dict(headers)["Retry-After"].isdigit()
    assert b'"answers": false' in ask(application, "GET", "/status.json")[2]
    runtime.close()


def test_odd_combinations_leave_memory_bounded_and_single_values_at_hand(sample_folder: Path) -> None:
    application, _away, _ticks, runtime = behind_a_gate(sample_folder, max_bytes=1_000_000)
    single = ["/all.ics", *(f"/country/{code}.ics" for code in countries.countries()[:40])]
    for path in single:
        ask(application, "GET", path, {"Accept-Encoding": "gzip"})
    odd = ["_".join(pair) for pair in combinations(countries.countries(), 2)]
    for pair in odd[:600]:
        assert ask(application, "GET", f"/country/{pair}.ics", {"Accept-Encoding": "gzip"})[0] == "200 OK"
    assert runtime.documents.lru.weight <= 1_000_000
    builds = runtime.documents.build_counts.builds
    assert all(ask(application, "GET", path)[0] == "200 OK" for path in single)
    assert runtime.documents.build_counts.builds == builds
    runtime.close()


def test_forwarded_headers_are_believed_only_from_configured_proxies(sample_folder: Path) -> None:
    claims = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    base = {"FEEDSVC_BASE_URL": "https://calendars.example.org"}
    for proxies, status in (("0", "200 OK"), ("1", "400 BAD REQUEST")):
        runtime = opened(sample_folder, FEEDSVC_SERVER__TRUSTED_PROXIES=proxies, **base)
        application = create_application(runtime).wsgi_app
        for _ in range(2):
            assert ask(application, "GET", "/country/ua.ics", claims)[0].upper() == status.upper()
        runtime.close()


def test_gate_reads_nothing_of_the_body(both: Both) -> None:
    ask(both.gate, "GET", "/country/ua.ics")
    environ = EnvironBuilder(path="/country/ua.ics").get_environ()
    environ["wsgi.input"] = io.BytesIO(b"fat")
    environ["CONTENT_LENGTH"] = "3"
    both.alone(environ, lambda *_: None)
    assert environ["wsgi.input"].tell() == 0
