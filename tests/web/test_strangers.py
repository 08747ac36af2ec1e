"""Strangers that send much, or wait for much, cost others nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from feedsvc.services import subscribers
from feedsvc.web.http import answers
from feedsvc.web.http.body_limit import BodyLimit
from feedsvc.web.http.gate import BEHIND_AT_ONCE, WAITING_AT_ONCE, Gate
from feedsvc.web.http.hosts import Hosts
from tests.sample import configured


class Kept:
    """Documents of which none is at hand, and one is outdated."""

    def __init__(self, outdated: Any) -> None:
        self._outdated = outdated

    def at_hand(self, _path: str) -> None:
        return None

    def kept(self, path: str) -> Any:
        return self._outdated if path == "/all.ics" else None


def test_hanging_pages_leave_threads_for_what_is_at_hand(tmp_path: Any, client: FlaskClient) -> None:
    served = client.get("/all.ics")
    application: Any = client.application
    gate_of_app = application.wsgi_app
    document = gate_of_app._kept("/all.ics")
    settings = configured(tmp_path).settings
    hang, entered = Event(), []

    def flask(_environ: Any, start_response: Any) -> list[bytes]:
        entered.append(1)
        hang.wait(60)
        start_response("200 OK", [])
        return [b"late"]

    gate = Gate(flask, Kept(document), Hosts(settings), answers.Serving.of(settings))  # type: ignore[arg-type]

    def ask(path: str) -> tuple[str, bytes]:
        told: list[str] = []
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "HTTP_HOST": "localhost"}
        body = gate(environ, lambda status, _headers: told.append(status))
        return told[0], b"".join(body)

    with ThreadPoolExecutor(64) as pool:
        pages = [pool.submit(ask, "/about") for _ in range(64)]
        ended = wait(pages, timeout=4).done
        refused = [page for page in ended if page.result()[0].startswith("503")]
        assert ask("/all.ics") == ("200 OK", served.data)
        assert len(entered) == BEHIND_AT_ONCE
        assert len(refused) >= 64 - BEHIND_AT_ONCE - WAITING_AT_ONCE
        hang.set()


def test_strings_of_strangers_are_cut_before_they_are_kept() -> None:
    for number in range(50):
        answers.accepts_gzip(f"gzip;q=0, {number}" + "x" * 300_000)
        answers.http_date(f"{number}" + "x" * 300_000)
    counter = subscribers.Counter(None, None)  # type: ignore[arg-type]
    counter._due = object()  # type: ignore[assignment]
    counter.served("/all.ics", "x" * 300_000, "192.0.2.1", 200)
    assert all(len(agent) <= subscribers.LONGEST_AGENT for _path, agent, _address in counter._noted)
    assert answers.accepts_gzip("gzip") is True


@pytest.mark.parametrize("begin", ["/", "/country/", "/bundle/", "/event/", "/share/", "/static/", "/qr/"])
@pytest.mark.parametrize("length", [300, 5_000])
@pytest.mark.parametrize("end", ["", ".ics", ".xyz", "/more"])
def test_path_that_is_not_there_is_repeated_shortly(client: FlaskClient, begin: str, length: int, end: str) -> None:
    answer = client.get(begin + "x" * length + end)
    assert answer.status_code == 404
    assert "x" * 201 not in answer.text


@pytest.mark.parametrize("path", ["/bundle/lunch/edit/s3cret/x", "/admin/first/s3cret/x", "/admin/link/s3cret/x.ics"])
def test_answer_that_repeats_a_path_leaves_its_secret_out(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "s3cret" not in answer.text


@pytest.mark.parametrize(
    ("host", "protocol", "status"),
    [
        ("localhost", "HTTP/1.1", 200),
        ("", "HTTP/1.1", 400),
        (None, "HTTP/1.1", 400),
        ("localhost,localhost", "HTTP/1.1", 400),
        ("localhost, other.example", "HTTP/1.0", 400),
        (None, "HTTP/1.0", 200),
    ],
)
@pytest.mark.parametrize("path", ["/all.ics", "/about", "/healthz/live"])
def test_request_without_exactly_one_host_is_refused(
    client: FlaskClient, path: str, host: str | None, protocol: str, status: int
) -> None:
    environ: dict[str, Any] = EnvironBuilder(path).get_environ()
    environ["SERVER_PROTOCOL"] = protocol
    environ.pop("HTTP_HOST")
    if host is not None:
        environ["HTTP_HOST"] = host
    assert client.get("/all.ics").status_code == 200
    application: Any = client.application
    told: list[str] = []
    b"".join(application.wsgi_app(environ, lambda line, _headers: told.append(line)))
    assert told[0].startswith(str(status))


class Slow:
    """A body that comes in pieces, and ends when the server hangs up."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.ended = Event()

    def read(self, size: int) -> bytes:
        if self.pieces:
            return self.pieces.pop(0)[:size]
        self.ended.wait(60)
        return b""


def taken(limit: BodyLimit, body: Slow, **more: Any) -> tuple[str, bytes]:
    """Answer of a service behind the limit that repeats what it is sent."""
    told: list[str] = []
    environ = {**EnvironBuilder("/", method="POST").get_environ(), "wsgi.input": body, "REMOTE_ADDR": "192.0.2.1"}
    answer = limit({**environ, **more}, lambda line, _headers: told.append(line))
    return told[0], b"".join(answer)


@Request.application
def repeat(request: Request) -> Response:
    try:
        return Response(request.get_data())
    except HTTPException as error:
        return Response(error.description, error.code)


def test_body_that_does_not_come_in_time_is_408_and_makes_room() -> None:
    late = Slow(b"name=")
    hung_up: list[str] = []

    def hang_up(peer: str, _seconds: float) -> None:
        hung_up.append(peer)
        late.ended.set()

    limit = BodyLimit(repeat, hang_up, at_once=1, seconds=0.05)
    assert taken(limit, late, CONTENT_LENGTH="50")[0].startswith("408")
    assert hung_up == ["192.0.2.1"]
    assert taken(limit, Slow(b"na", b"me"), CONTENT_LENGTH="4") == ("200 OK", b"name")


def test_body_beyond_the_room_is_503_at_once() -> None:
    body = Slow()
    limit = BodyLimit(repeat, at_once=1, seconds=60)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(taken, limit, body, CONTENT_LENGTH="4")
        while not taken(limit, Slow(b"x"), CONTENT_LENGTH="1")[0].startswith("503"):
            assert not first.done()
        body.ended.set()
        assert first.result()[0].startswith("408")


CHUNKED: dict[str, Any] = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}


def test_body_of_unknown_length_is_refused_and_none_is_no_body() -> None:
    limit = BodyLimit(repeat, seconds=60)
    assert taken(limit, Slow(b"x"), **CHUNKED)[0].startswith("411")
    assert taken(limit, Slow(b"x")) == ("200 OK", b"")
